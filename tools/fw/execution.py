"""`fw run`, `fw monitor`, `fw gdb`: an app's program on its board, with its flash, its card and, where asked for, a tool around it."""

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import chip_time
import console
import flashing
import running
from console import Failure, say
from project import ROOT, Project, relative

PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
# What a sanitizer prints; what the user says himself comes last and wins.
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1", "UBSAN_OPTIONS": "print_stacktrace=1", "TSAN_OPTIONS": "second_deadlock_stack=1"}


def pictures(names):
    """The files of --image, a folder's pictures sorted by name."""
    files = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
            if not found:
                raise Failure(f"--image {name}: there is no picture ({', '.join(PICTURES)}) in this folder")
            files += found
        elif path.is_file():
            files.append(path)
        else:
            raise Failure(f"--image {name}: there is no such file")
    return files


def check(app, args):
    """What is wrong with a run's arguments is said before minutes are spent on a build."""
    flashing.check(args)
    args.pictures = pictures(args.image)
    if args.image and not app.board.sdcard:
        raise Failure(f"--image: the board {app.board.name} has no SD card")
    if args.sdcard and not Path(args.sdcard).is_dir():
        raise Failure(f"--sdcard {args.sdcard}: there is no such folder")
    args.expected = running.Expected(args.expect) if args.expect else None
    if args.timeout is not None and args.timeout <= 0:
        raise Failure(f"--timeout {args.timeout:g}: it is a number of seconds")
    if args.valgrind and (args.gdb or app.sanitizer):
        raise Failure("--valgrind goes neither with --gdb nor with a sanitizer")
    if app.toolchain:
        check_toolchain(app, args)
    if args.gdb and (args.json or args.expect or args.timeout or args.chip_speed):
        raise Failure("--gdb is for a person at the keyboard: not with --json, --expect, --timeout and --chip-speed")
    for tool in ("gdb", "valgrind"):
        if getattr(args, tool):
            need(tool)


def check_toolchain(app, args):
    """What a program that runs in an emulator cannot have."""
    for tool in ("gdb", "valgrind"):
        if getattr(args, tool):
            app.native_only(f"--{tool}")
    options = ("image", "sdcard", "psram", "flash_file", "fault", "heap_report", "log_level", "chip_speed", "rest")
    given = [name for name in options if getattr(args, name, None)]
    if app.toolchain.bare and given:
        option = "arguments of the program" if given[0] == "rest" else f"--{given[0].replace('_', '-')}"
        raise Failure(f"{option}: a program for {app.toolchain.name} has no card, no flash and no arguments")


def need(tool):
    if not shutil.which(tool):
        raise Failure(f"{tool} is not installed; on Debian and Ubuntu: apt-get install {tool}")


def fill_card(app, args):
    """The card's folder with the model (where the app wants it there) and the pictures of --image."""
    card = Path(args.sdcard).resolve() if args.sdcard else app.sdcard
    card.mkdir(parents=True, exist_ok=True)
    for entry in app.description()["sdcard_files"]:
        target = card / entry["path"].lstrip("/")
        source = Path(entry["file"])
        if not target.exists() or target.stat().st_size != source.stat().st_size or target.stat().st_mtime < source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            os.utime(target)
    # The pictures of an earlier --image leave the card; what somebody else put there stays.
    record = app.build_dir / ".fw-images.json"
    if record.is_file():
        for name in json.loads(record.read_text()):
            Path(name).unlink(missing_ok=True)
        record.unlink()
    if args.pictures:
        folder = card / "input"
        folder.mkdir(exist_ok=True)
        copied = []
        for picture in args.pictures:
            target = folder / picture.name
            number = 2
            while target.exists():
                target = folder / f"{picture.stem}_{number}{picture.suffix}"
                number += 1
            shutil.copyfile(picture, target)
            copied.append(str(target))
        record.write_text(json.dumps(copied))
    return card


def output_files(card):
    """What lies in the card's output folder: when each file was written, and its size."""
    folder = card / "output" if card else None
    if not folder or not folder.is_dir():
        return {}
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.iterdir() if p.is_file()}


def program_command(app, args, card):
    command = app.emulator() + [str(app.program)]
    if app.toolchain and app.toolchain.bare:
        return command
    command += ["--flash-file", str(flashing.file_of(app, args))]
    if card:
        command += ["--sdcard", str(card)]
    if args.psram:
        command += ["--psram", args.psram]
    for fault in args.fault:
        command += ["--fault", fault]
    if args.heap_report:
        command.append("--heap-report")
    if args.log_level:
        command += ["--log-level", args.log_level]
    return command + args.rest


def environment(app, in_gdb=False):
    env = dict(os.environ)
    if app.sanitizer:
        for name, options in SANITIZER_OPTIONS.items():
            # Leaks are looked for by the means of a debugger, of which there can be one.
            options += ":detect_leaks=0" if in_gdb and name == "ASAN_OPTIONS" else ""
            env[name] = ":".join(filter(None, (options, env.get(name))))
    return env


def gdb_command(command, extra=()):
    """gdb at app_main(). The debug information of the libraries names files as seen from the checkout."""
    settings = ["set debuginfod enabled off", f"directory {ROOT / 'build' / 'host'}:{ROOT}"]
    start = ["tbreak app_main", "run"] if not extra else []
    words = ["gdb", "-q"]
    for line in settings:
        words += ["-iex", line]
    for line in [*start, *extra]:
        words += ["-ex", line]
    return words + ["--args", *command]


def valgrind_command(command):
    return ["valgrind", "--quiet", "--error-exitcode=1", "--leak-check=full", "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite",
            *command]


@contextlib.contextmanager
def speed_file(found):
    """What the program waits for with --chip-speed; None without it."""
    path = chip_time.write_speed_file(found) if found is not None else None
    try:
        yield path
    finally:
        if path:
            Path(path).unlink(missing_ok=True)


def has_card(app):
    return app.board.sdcard and not (app.toolchain and app.toolchain.bare)


def execute(app, args):
    card = fill_card(app, args) if has_card(app) else None
    command = program_command(app, args, card)
    env = environment(app, in_gdb=args.gdb)
    # Before the run only where it needs them: predictions take a while, the first time espdl is built for them.
    found = reasons = None
    if args.chip_speed:
        found, reasons = chip_time.predictions(app)
        for reason in reasons:
            console.warn(f"--chip-speed: this model runs as fast as the PC: {reason}")
    if args.gdb:
        return subprocess.call(gdb_command(command), env=env)
    if args.valgrind:
        command = valgrind_command(command)
        # Painting stacks is writing below the stack pointer, and valgrind knows no AVX-512.
        env.update(DESKBOARD_NO_STACK_PAINT="1", DESKBOARD_ISA=env.get("DESKBOARD_ISA", "avx2"))
    before = output_files(card)
    watched = None
    with running.Report() as report, speed_file(found if args.chip_speed else None) as speed:
        env["DESKBOARD_RUN_REPORT"] = report.path
        if speed:
            env["DESKBOARD_CHIP_SPEED"] = speed
        if getattr(args, "trace", None):
            env["DESKBOARD_TRACE"] = args.trace
        if args.json or args.expected or args.timeout:
            watched = running.Watched(command, env=env, expected=args.expected)
            code = watched.wait(args.timeout)
        else:
            code = subprocess.call(command, env=env)
        memory, models = report.read()
    files = []
    for path, state in sorted(output_files(card).items()):
        if state == before.get(path):
            continue  # of an earlier run
        files.append({"path": str(path), "bytes": state[1]})
        if state[1] == 0:
            console.warn(f"{relative(path)} is empty: the app could not write it, as on a full SD card")
        else:
            say(f"Wrote {relative(path)}")
    if app.toolchain:
        # What an emulator takes says nothing.
        models, found, reasons = [], {}, []
    elif found is None:
        found, reasons = chip_time.predictions(app) if models != [] else ({}, [])
    rows = chip_time.join(models, found)
    chip_time.show(app, rows, reasons)
    if args.json:
        running.write_json(args.json, running.result(app, watched, code, command, files, memory, rows))
    return verdict(app, args, watched, code)


def verdict(app, args, watched, code):
    """fw's exit code, with a line that says why it is not 0."""
    if watched and watched.timed_out:
        console.warn(f"{app.name} was ended after {args.timeout:g} seconds (--timeout)")
    if args.expected:
        problem = args.expected.problem()
        if problem:
            console.warn(problem)
            return 1
        if watched.satisfied.is_set():
            return 0
    if watched and watched.timed_out:
        return 1
    if code:
        reason = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        console.warn(f"{app.name} {reason}")
        return code if code in (1, 2) else 1
    return 0


def run(args):
    app = Project(args)
    check(app, args)
    app.build()
    if not (app.toolchain and app.toolchain.bare):
        flashing.write(app, args)
    return execute(app, args)


def monitor(args):
    app = Project(args)
    check(app, args)
    if not app.program.exists():
        raise Failure(f"{app.name} has not been built for {app.board.name}")
    return execute(app, args)


def gdb(args):
    """The same with gdb around it; --ex and --batch are gdb's own."""
    app = Project(args)
    app.native_only("fw gdb")
    need("gdb")
    check(app, args)
    app.build()
    flashing.write(app, args)
    card = fill_card(app, args) if app.board.sdcard else None
    command = gdb_command(program_command(app, args, card), args.ex)
    if args.batch:
        command.insert(1, "-batch")
    return subprocess.call(command, env=environment(app, in_gdb=True))
