"""The programs behind the package: where they lie, and how they are called."""
import os
import pathlib
import subprocess
import sys

try:
    from ._checkout import ROOT as _ROOT
except ImportError:  # not installed: the package lies in its checkout
    _ROOT = str(pathlib.Path(__file__).resolve().parents[3])


class Error(RuntimeError):
    """What went wrong, in the words of the runtime or the quantizer."""


def _checkout():
    root = pathlib.Path(_ROOT)
    return root if (root / "fw").is_file() else None


def _executable(path):
    return path.is_file() and os.access(path, os.X_OK)


def espdl():
    """The path of espdl: DESKBOARD_ESPDL, else the installed one, else that of the checkout, which is built if needed."""
    given = os.environ.get("DESKBOARD_ESPDL")
    if given:
        if not _executable(pathlib.Path(given)):
            raise Error(f"DESKBOARD_ESPDL: '{given}' is no program")
        return given
    installed = pathlib.Path(__file__).with_name("bin") / "espdl"
    if _executable(installed):
        return str(installed)
    root = _checkout()
    if not root:
        raise Error("espdl is not there: install the package with pip from a checkout of Deskboard, or set DESKBOARD_ESPDL")
    host = pathlib.Path(os.environ.get("DESKBOARD_HOST_BUILD") or root / "build" / "host")
    built = host / "tools" / "espdl" / "espdl"
    if not _executable(built):
        subprocess.run([str(root / "fw"), "espdl", "--version"], check=True, stdout=subprocess.DEVNULL)
    return str(built)


def quantizer():
    """The command that starts espdl with its quantizer. The checkout's fw builds it when it is first used."""
    program = pathlib.Path(espdl())
    folder = program.resolve().parent
    if any(_executable(folder / place / "espdl-quantize") for place in (".", "../quantize")):
        return [str(program)]
    root = _checkout()
    if not root:
        raise Error(f"espdl-quantize is not beside '{program}', and '{_ROOT}', which would build it, is no longer there")
    return [str(root / "fw"), "espdl"]


def reason(text, program):
    """The lines that say why a program refused, without its name."""
    lines = [line for line in text.splitlines() if line.startswith("espdl: ") and not line.startswith("espdl: warning")]
    found = [line[len("espdl: "):] for line in lines] or text.strip().splitlines()[-5:]
    return "\n".join(found) or f"{program} failed and did not say why"


def call(command, progress=False):
    """Runs a command to its end. @return (exit code, standard output, standard error); with progress the latter is shown, too"""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT if progress else subprocess.PIPE,
                          text=True, errors="replace") as process:
        try:
            if not progress:
                out, err = process.communicate()
                return process.returncode, out, err
            lines = []
            for line in process.stdout:
                lines.append(line)
                print(line, end="", file=sys.stderr, flush=True)
            text = "".join(lines)
            return process.wait(), text, text
        except BaseException:
            process.kill()
            raise
