"""`fw eval APP --component NAME --class NAME -- OPTIONS OF espdl eval`: accuracy of an app's own component, in firmware that consists of it.

A project is made that has the app's configuration and components, and tools/fw/eval/eval_main.hpp for its app_main(). Its program answers for
pictures; `espdl eval` starts one for each thread and does all the rest.
"""

import copy
import os
import re
import shutil
import subprocess
from pathlib import Path

import chip_time
import execution
import flashing
from console import Failure
from project import ROOT, Project

TEMPLATE = ROOT / "tools" / "fw" / "eval" / "eval_main.hpp"
CLASS = re.compile(r"(::)?[A-Za-z_]\w*(::[A-Za-z_]\w*)*")
HEADER = re.compile(r"[\w./+-]+")


def write_changed(path, text):
    """A file that stays as it is compiles nothing again."""
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def make_project(app, component, class_name, header):
    """The project's folder."""
    if not CLASS.fullmatch(class_name):
        raise Failure(f"--class {class_name}: this is no name of a class")
    folders = [app.dir / "components"]
    if "/" in component:
        place = Path(component).resolve()
        if not (place / "CMakeLists.txt").is_file():
            raise Failure(f"--component {component}: there is no CMakeLists.txt in this folder")
        folders.append(place)
        component = place.name
    header = header or f"{component}.hpp"
    if not HEADER.fullmatch(header) or not re.fullmatch(r"[\w.+-]+", component):
        raise Failure(f"--component {component}, --header {header}: these are no names of a component and a header")
    base = ROOT / "build" / "eval" if ROOT in app.dir.parents else app.dir / "build" / "eval"
    folder = base / f"{app.name}-{component}"
    found = " ".join(f'"{f}"' for f in folders if f.is_dir())
    write_changed(folder / "CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\n\n" + (f"set(EXTRA_COMPONENT_DIRS {found})\n" if found else "")
                  + f"include($ENV{{IDF_PATH}}/tools/cmake/project.cmake)\nproject(eval_{re.sub(chr(92) + 'W', '_', folder.name)})\n")
    write_changed(folder / "main" / "CMakeLists.txt", f'idf_component_register(SRCS "main.cpp"\n                       REQUIRES {component} esp-dl)\n')
    write_changed(folder / "main" / "main.cpp", f'#include "{header}"\n#include "eval_main.hpp"\n\n'
                  f'extern "C" void app_main(void) {{\n    eval::run<{class_name}>();\n}}\n')
    write_changed(folder / "main" / "eval_main.hpp", TEMPLATE.read_text())
    for pattern in ("sdkconfig", "sdkconfig.defaults*", "partitions*.csv", "*.csv", "main/idf_component.yml"):
        for file in app.dir.glob(pattern):
            write_changed(folder / file.relative_to(app.dir), file.read_text())
    return folder


def digest(files):
    """Of what decides about results beside the program: the flash as it was written, and the models on the card."""
    import hashlib  # takes long to load: see main.py

    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def evaluate(args):
    app = Project(args)
    app.native_only("fw eval")
    args = copy.copy(args)
    args.app = str(make_project(app, args.component, getattr(args, "class"), args.header))
    args.board, args.build_dir, args.image, args.sdcard, args.pictures, args.flash_file = app.board.name, None, [], None, [], None
    runner = Project(args)
    runner.build()
    flashing.write(runner, args)
    card = execution.fill_card(runner, args) if execution.has_card(runner) else None
    written = [runner.flash_file] + [card / entry["path"].lstrip("/") for entry in runner.description()["sdcard_files"]]
    key = digest(written)
    # Each process has a flash of its own to write to.
    for number in range(1, args.threads + 1):
        shutil.copyfile(runner.flash_file, runner.build_dir / f"flash-eval-{number}.bin")
    words = ["--flash-file", str(runner.build_dir / "flash-eval-{}.bin")] + (["--sdcard", str(card)] if card else [])
    command = [str(chip_time.tool(runner.sanitizer)), "eval", "--program", str(runner.program), "--program-key", key, "--target", runner.board.chip,
               "--threads", str(args.threads), *(f"--program-argument={word}" for word in words), *args.rest]
    return subprocess.call(command, env=execution.environment(runner))


def add_arguments(parser):
    parser.add_argument("--component", metavar="NAME", required=True, help="the component, by its name, or its folder")
    parser.add_argument("--class", metavar="NAME", required=True, help="its class with run(picture), which is made without arguments")
    parser.add_argument("--header", metavar="FILE", help="where the class is declared (default: <component>.hpp)")
    parser.add_argument("--threads", metavar="N", type=int, choices=range(1, 257), default=os.cpu_count() or 1, help="programs at a time (default: all cores)")
    parser.epilog = "Arguments after -- go to `espdl eval` as they are: -- --data labels.json --out run/"
