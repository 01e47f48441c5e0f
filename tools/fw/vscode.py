"""`fw vscode`: .vscode/launch.json, tasks.json and c_cpp_properties.json of a project.

What the user has written in them stays: only entries whose name begins with "Deskboard" are ours.
"""

import json

from console import Failure, say
from project import ROOT, Project, relative

PREFIX = "Deskboard"


def tasks(app):
    fw = str(ROOT / "fw")
    board = ["--board", app.board.name]

    def task(name, *arguments, **more):
        return {"label": f"{PREFIX}: {name}", "type": "shell", "command": fw, "args": [*arguments, str(app.dir), *board],
                "problemMatcher": "$gcc", **more}

    return {
        "version": "2.0.0",
        "tasks": [
            task("build", "build", group={"kind": "build", "isDefault": True}),
            task("flash", "flash"),
            task("run", "run"),
            task("run with AddressSanitizer", "run", "--asan"),
            task("test", "test", group="test"),
            task("clean", "clean"),
        ],
    }


def launch(app):
    arguments = ["--flash-file", str(app.flash_file)]
    if app.board.sdcard:
        arguments += ["--sdcard", str(app.sdcard)]
    commands = [
        "-enable-pretty-printing",
        "set debuginfod enabled off",
        f"directory {ROOT / 'build' / 'host'}:{ROOT}",
    ]
    return {
        "version": "0.2.0",
        "configurations": [
            {
                "name": f"{PREFIX}: {app.name} on {app.board.name}",
                "type": "cppdbg",
                "request": "launch",
                "program": str(app.program),
                "args": arguments,
                "cwd": str(app.dir),
                "MIMode": "gdb",
                "miDebuggerPath": "gdb",
                "preLaunchTask": f"{PREFIX}: flash",
                "setupCommands": [{"text": command, "ignoreFailures": True} for command in commands],
            }
        ],
    }


def properties(app):
    return {
        "version": 4,
        "configurations": [
            {
                "name": f"{PREFIX}: {app.board.name}",
                "compileCommands": str(app.build_dir / "compile_commands.json"),
                "cppStandard": "c++23",
                "cStandard": "c17",
            }
        ],
    }


def merge(path, ours, key, name):
    """Our entries, then the user's. A file with comments is refused: writing it again would lose them."""
    if not path.is_file() or not path.read_text().strip():
        return ours
    try:
        theirs = json.loads(path.read_text())
        kept = [entry for entry in theirs.get(key, []) if not str(entry.get(name, "")).startswith(PREFIX)]
    except (ValueError, AttributeError, TypeError):
        raise Failure(f"{path} cannot be merged: it has comments or is no JSON of that kind. Nothing was written; "
                      f"add what `fw vscode --print` shows, or move the file away") from None
    return {**ours, **theirs, key: ours[key] + kept}


def vscode(args):
    app = Project(args)
    app.native_only("fw vscode")
    app.build()
    folder = app.dir / ".vscode"
    files = [("tasks.json", tasks(app), "tasks", "label"), ("launch.json", launch(app), "configurations", "name"),
             ("c_cpp_properties.json", properties(app), "configurations", "name")]
    if args.print:
        for name, content, _, _ in files:
            say(f"{name}:\n{json.dumps(content, indent=4)}")
        return
    # All are merged before the first is written.
    merged = [(folder / name, merge(folder / name, content, key, entry)) for name, content, key, entry in files]
    folder.mkdir(exist_ok=True)
    for path, content in merged:
        text = json.dumps(content, indent=4) + "\n"
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
            say(f"Wrote {relative(path)}")
        else:
            say(f"{relative(path)} is as it should be")
