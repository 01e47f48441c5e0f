"""What fw says: progress on a terminal, plain lines in a pipe, reasons on stderr."""

import os
import re
import shutil
import subprocess
import sys
import time

import diagnostics


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


def run_build(title, command, source="", env=None, verbose=False, error_file=None, absent=None, cwd=None):
    """Runs a build that prints ninja's [n/m] lines. Success is quiet but for warnings; of a failure the errors come first.

    Returns 2 where CMake, run again by ninja, has refused the project.
    """
    env = dict(env or os.environ, NINJA_STATUS="[%f/%t] ")
    if error_file is not None:
        error_file.unlink(missing_ok=True)
    if verbose:
        return subprocess.call(command, env=env, cwd=cwd)
    progress = Progress(title)
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    said, configuring = [], []
    try:
        for line in process.stdout:
            match = STEP.match(line)
            if match:
                progress.update(int(match[1]), int(match[2]), match[3].rstrip())
                configuring.clear()
                said.append(line)
            elif line.startswith("-- "):
                configuring.append(line)
            else:
                said.append(line)
                configuring.append(line)
        process.wait()
    except KeyboardInterrupt:
        # Ninja has got the signal, too, and removes what is half made.
        process.wait()
        raise
    finally:
        process.stdout.close()
        progress.clear()
    text = "".join(said)
    if process.returncode:
        if diagnostics.NO_SPACE in text:
            raise Failure(f"{title}: no space left on the device")
        if any(line.startswith("CMake Error") for line in said) or (error_file is not None and error_file.is_file()):
            note(diagnostics.configure_report(text, source, error_file))
            return 2
        else:
            note(diagnostics.build_report(said, absent))
    else:
        warnings = diagnostics.configure_warnings(text) if "CMake Warning" in text else []
        rest = [line for line in said if not STEP.match(line) and not line.startswith("ninja: ")]
        body = "".join(rest).strip()
        if not warnings and ("warning" in body.lower() or "note:" in body):
            note(body)
        for line in warnings:
            note(line)
    return process.returncode


def run_quiet(what, command, source="", env=None, verbose=False, error_file=None):
    """Runs a CMake step whose output matters only when it fails (or when it warns)."""
    if error_file is not None:
        error_file.unlink(missing_ok=True)
    if verbose:
        code = subprocess.call(command, env=env)
        output = ""
    else:
        result = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        code, output = result.returncode, result.stdout
    if code:
        if not verbose:
            print(diagnostics.configure_report(output, source, error_file), file=sys.stderr)
        if diagnostics.NO_SPACE in output:
            raise Failure(f"{what}: no space left on the device")
        raise Failure(f"{what} failed")
    for line in diagnostics.configure_warnings(output):
        note(line)
