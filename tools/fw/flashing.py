"""The flash file of an app on its board, and the C++ tools that read and write it."""

import subprocess
from pathlib import Path

import boards
from console import Failure


def tool_of(app):
    tool = app.description()["flash_tool"]
    if not tool or not Path(tool).exists():
        raise Failure("this build has no deskboard-flash; run `fw build` again")
    return tool


def check(args):
    """A mistyped --flash-file is said before anything is built; folders are not made for it."""
    name = getattr(args, "flash_file", None)
    if name and not Path(name).resolve().parent.is_dir():
        raise Failure(f"--flash-file {name}: there is no folder {Path(name).parent}")


def file_of(app, args):
    name = getattr(args, "flash_file", None)
    return Path(name).resolve() if name else app.flash_file


def run_tool(command, what, quiet=False):
    """Runs one of the C++ tools; its exit code is ours."""
    result = subprocess.run(command, stdout=subprocess.PIPE if quiet else None, text=True)
    if result.returncode:
        raise Failure(f"{what} failed", code=result.returncode if result.returncode in (1, 2) else 1)
    return result.stdout


def larger_boards(app, size):
    """What a message adds: which boards with the same chip have that much flash."""
    folder = app.board.dir.parent
    every = (boards.load(folder, name) for name in boards.names(folder))
    fitting = [f"--board {board.name}" for board in every if board.chip == app.board.chip and board.flash_size >= size]
    return f"; that much have: {', '.join(fitting)}" if fitting else ""


def write(app, args, only=None):
    description = app.description()
    flash_file = file_of(app, args)
    command = [tool_of(app), "write", "--args", str(app.build_dir / "flasher_args.json"), "--flash", str(flash_file)]
    # The file is as large as the board's flash; the app may use less of it (CONFIG_ESPTOOLPY_FLASHSIZE).
    configured = boards.parse_size(description["flash_size"].removesuffix("B"), "CONFIG_ESPTOOLPY_FLASHSIZE")
    if configured > app.board.flash_size:
        raise Failure(
            f"{app.name} is built for a flash of {configured >> 20} MB (CONFIG_ESPTOOLPY_FLASHSIZE), the board {app.board.name} has "
            f"{app.board.flash_size >> 20} MB{larger_boards(app, configured)}"
        )
    command += ["--flash-size", str(app.board.flash_size)]
    if only:
        command += ["--only", only]
    run_tool(command, "Flashing")
    return flash_file
