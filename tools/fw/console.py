"""What fw says: progress on a terminal, plain lines in a pipe, reasons on stderr."""

import os
import re
import shutil
import subprocess
import sys
import time


class Failure(Exception):
    """Ends fw with an exit code and a reason: 1 a check failed, 2 the input or the arguments are wrong."""

    def __init__(self, message, code=2):
        super().__init__(message)
        self.code = code


def say(text):
    print(text, flush=True)


def note(text):
    """What fw is doing, beside the result: on stderr, so that a pipe gets the result only."""
    print(text, file=sys.stderr, flush=True)


def warn(text):
    print(f"fw: {text}", file=sys.stderr, flush=True)


STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)$")


class Progress:
    """One line that is rewritten on a terminal; nothing but the result in a pipe."""

    def __init__(self, title):
        self.title = title
        self.tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.start = time.monotonic()
        self.drawn = False
        if not self.tty:
            note(f"{title} ...")

    def update(self, done, total, detail=""):
        if not self.tty:
            return
        width = shutil.get_terminal_size().columns
        bar = 24
        filled = bar * done // max(total, 1)
        line = f"{self.title} [{'#' * filled}{'.' * (bar - filled)}] {done}/{total} {detail}"
        print("\r" + line[: width - 1].ljust(width - 1), end="", file=sys.stderr, flush=True)
        self.drawn = True

    def clear(self):
        if self.drawn:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r", end="", file=sys.stderr, flush=True)
            self.drawn = False


def run_build(title, command, env=None, verbose=False):
    """Runs a build that prints ninja's [n/m] lines. Success is quiet; compiler warnings and failures are shown."""
    env = dict(env or os.environ, NINJA_STATUS="[%f/%t] ")
    if verbose:
        return subprocess.call(command, env=env)
    progress = Progress(title)
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    said = []
    for line in process.stdout:
        match = STEP.match(line)
        if match:
            progress.update(int(match[1]), int(match[2]), match[3].rstrip())
        elif not line.startswith(("-- ", "ninja: ")) or "error" in line.lower():
            said.append(line)
            if "warning:" in line:
                progress.clear()
    process.wait()
    progress.clear()
    text = "".join(said).strip()
    if text and (process.returncode or "warning" in text.lower() or "note:" in text):
        note(text)
    return process.returncode


def run_quiet(what, command, env=None, verbose=False):
    """Runs a step whose output matters only when it fails (or when it warns)."""
    if verbose:
        code = subprocess.call(command, env=env)
        output = ""
    else:
        result = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        code, output = result.returncode, result.stdout
    if code:
        print(output.strip(), file=sys.stderr)
        raise Failure(f"{what} failed")
    for line in output.splitlines():
        if line.startswith("note: ") or "CMake Warning" in line:
            note(line)
