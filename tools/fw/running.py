"""An app's run, watched: its lines as they come, what it must print (--expect), and what has become of it, as JSON (--json)."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from console import Failure

SCHEMA = 2
LOG_LINE = re.compile(r"^([EWIDV]) \((\d+)\) ([^:]+): (.*)$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"^--- (?:(0x[0-9a-f]+):| \(inlined by\)) (.*) at (\S+?)(?::(\d+))?$")
PANIC = re.compile(r"panic'ed|abort\(\) was called|^The app has ended: a chip would start anew")
SANITIZER = re.compile(r"ERROR: (AddressSanitizer|LeakSanitizer)|WARNING: ThreadSanitizer|: runtime error: ")
RESTART = re.compile(r"^esp_restart\(\): the app has ended")
# Of an app that is told to end: then it is ended.
PATIENCE = 5


class Expectation:
    """One line of an --expect file: text that a line contains, /a regular expression/, or either behind "! ": it must not come."""

    def __init__(self, text, where):
        self.text, self.where = text, where
        self.forbidden = text.startswith("! ")
        text = text[2:].strip() if self.forbidden else text
        if len(text) > 2 and text[0] == text[-1] == "/":
            try:
                self.pattern = re.compile(text[1:-1])
            except re.error as error:
                raise Failure(f"{where}: '{text}' is no regular expression: {error}") from None
        else:
            self.pattern = re.compile(re.escape(text))

    def holds(self, line):
        return self.pattern.search(line) is not None


class Expected:
    """The lines that must come, in this order; those that must not come may stand anywhere."""

    def __init__(self, file):
        path = Path(file)
        if not path.is_file():
            raise Failure(f"--expect {file}: there is no such file")
        found = [Expectation(line.strip(), f"{file}:{number}")
                 for number, line in enumerate(path.read_text().splitlines(), 1) if line.strip() and not line.startswith("#")]
        self.wanted = [e for e in found if not e.forbidden]
        self.forbidden = [e for e in found if e.forbidden]
        if not self.wanted:
            raise Failure(f"--expect {file}: it names no line that must come")
        self.seen = 0
        self.broken = None

    def take(self, line):
        """@return whether nothing more has to be seen."""
        for expectation in self.forbidden:
            if expectation.holds(line):
                self.broken = f"{expectation.where}: a line has come that must not: {line.strip()}"
                return True
        if self.seen < len(self.wanted) and self.wanted[self.seen].holds(line):
            self.seen += 1
        return self.seen == len(self.wanted)

    def problem(self):
        if self.broken:
            return self.broken
        if self.seen < len(self.wanted):
            missing = self.wanted[self.seen]
            return f"{missing.where}: this line has not come: {missing.text}"
        return None

    def summary(self):
        return {"passed": self.problem() is None, "expected": len(self.wanted), "seen": self.seen, "problem": self.problem()}


class Watched:
    """A program whose output is read line by line, by a thread, while this one keeps the time."""

    def __init__(self, command, env=None, expected=None, echo=True, stdin=None):
        self.lines = []
        self.expected = expected
        self.echo = echo
        self.timed_out = False
        self.satisfied = threading.Event()
        self.started = time.time()
        self.process = subprocess.Popen(
            command, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", bufsize=1
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\r\n"))
            if self.echo:
                sys.stdout.write(line)
                sys.stdout.flush()
            if self.expected and not self.satisfied.is_set() and self.expected.take(COLOUR.sub("", line)):
                self.satisfied.set()

    def wait(self, timeout=None):
        """Until the program has ended, every expectation is met, or the time is over. @return the exit code"""
        end = time.monotonic() + timeout if timeout else None
        while self.process.poll() is None:
            if self.satisfied.wait(0.02):
                break
            if end and time.monotonic() > end:
                self.timed_out = True
                break
        if self.process.poll() is None:
            self._end()
        self.usage = None
        self.reader.join(PATIENCE)
        self.seconds = time.time() - self.started
        return self.process.returncode

    def _end(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def log_entries(lines):
    """Log lines in parts, other lines as they are."""
    entries = []
    for line in lines:
        match = LOG_LINE.match(COLOUR.sub("", line))
        if match:
            entries.append({"level": match[1], "time_ms": int(match[2]), "tag": match[3], "text": match[4]})
        else:
            entries.append({"level": None, "time_ms": None, "tag": None, "text": COLOUR.sub("", line)})
    return entries


def backtrace(lines):
    """The decoded calls of a panic."""
    frames = []
    for line in lines:
        match = FRAME.match(line)
        if match:
            frames.append({"address": match[1], "function": match[2], "file": match[3], "line": int(match[4] or 0)})
    return frames


def exit_reason(watched, code):
    """(one word, the line that says it)."""
    def first(pattern):
        return next((line for line in watched.lines if pattern.search(line)), None)

    if watched.timed_out:
        return "timeout", None
    found = first(SANITIZER)
    if found:
        return "sanitizer", found.strip()
    if watched.satisfied.is_set():
        return "expected", None
    if code < 0:
        return "signal", None
    if code == 2:
        return "refused", watched.lines[-1] if watched.lines else None
    if code == 0:
        return ("restart" if first(RESTART) else "returned"), None
    found = first(PANIC)
    return ("panic", found.strip()) if found else ("failed", None)


def result(app, watched, code, command, files, memory, models):
    """What `fw run --json` writes: docs/debugging.md. A key once there keeps its meaning; new ones raise SCHEMA."""
    import datetime  # loaded where it is needed, as in most runs it is not

    reason, message = exit_reason(watched, code)
    return {
        "schema": SCHEMA,
        "app": app.name,
        "board": app.board.name,
        "chip": app.board.chip,
        "command": command,
        "started": datetime.datetime.fromtimestamp(watched.started, datetime.timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(watched.seconds, 3),
        "exit": {"code": code if code >= 0 else None, "signal": -code if code < 0 else None, "reason": reason, "message": message},
        "backtrace": backtrace(watched.lines),
        "log": log_entries(watched.lines),
        "files": files,
        "memory": memory,
        "models": models,
        "expect": watched.expected.summary() if watched.expected else None,
    }


class Report:
    """The file in which the program leaves what only it knows (DESKBOARD_RUN_REPORT)."""

    def __enter__(self):
        handle, self.path = tempfile.mkstemp(prefix="deskboard-run-")
        os.close(handle)
        return self

    def __exit__(self, *_):
        for name in (self.path, self.path + ".part"):
            Path(name).unlink(missing_ok=True)

    def read(self):
        """(memory, models that have run), after a panic as it left them. (None, None) where the program could not write them."""
        try:
            memory = json.loads(Path(self.path).read_text())
        except ValueError:
            return None, None
        models = memory.pop("models", [])
        for model in models:
            # The program escapes bytes, whatever they encode.
            model["name"] = model["name"].encode("latin-1").decode(errors="replace")
        return memory, models


def write_json(file, content):
    try:
        Path(file).write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise Failure(f"--json {file}: {error.strerror}") from None
