#!/usr/bin/env python3
"""./fw: builds, flashes and runs ESP-IDF style firmware on an emulated board.

Exit codes: 0 done, 1 the check failed (a build, a test, a budget, the app), 2 the input or the arguments are wrong.
"""

import argparse
import importlib
import os
import sys

if sys.version_info < (3, 8):
    sys.exit("fw: Python 3.8 or newer is needed")

# Compiling fw's modules anew would be a third of its start. They are kept with what is built, not beside the sources.
sys.dont_write_bytecode = False
sys.pycache_prefix = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "pycache")

# Most commands need no hashlib, which loads OpenSSL: what does imports it where it is used.
import boards
import bootstrap
import commands
import console
import evaluation
import execution
import toolchains
from console import Failure

DESCRIPTION = "Builds, flashes and runs ESP-IDF style firmware on an emulated board."
EPILOG = """examples:
  fw run yolo11_detect
  fw run yolo11_detect --image my.jpg --board esp32_s3_eye --model-location partition
  fw run path/to/project -- --log-level debug
  fw test

APP is the name of an app (apps/, examples/) or the folder of any ESP-IDF style project; without it, the current folder.
Exit codes: 0 done, 1 a check failed, 2 the input or the arguments are wrong."""


def later(module, function):
    """A handler whose module is loaded when the command is run: most of the commands need none of these."""
    return lambda args: getattr(importlib.import_module(module), function)(args)


def add_project_arguments(parser, build=True):
    parser.add_argument("app", nargs="?", metavar="APP", help="an app's name, or a project's folder (default: the current folder)")
    parser.add_argument(
        "--board",
        "-b",
        default=os.environ.get("DESKBOARD_BOARD"),
        help="the board (default: the first with the chip of IDF_TARGET or of the project's configuration, else " + boards.DEFAULT_BOARD + ")",
    )
    parser.add_argument("--build-dir", "-B", metavar="DIR", help="build folder (default: build/<board>/<app>)")
    parser.add_argument("-C", "--project-dir", metavar="DIR", help="the project's folder, as with idf.py; the same as APP")
    sanitizer = parser.add_mutually_exclusive_group()
    sanitizer.add_argument("--asan", action="store_true", help="with AddressSanitizer and UndefinedBehaviorSanitizer; has its own build folder")
    sanitizer.add_argument("--tsan", action="store_true", help="with ThreadSanitizer, in a build folder of its own")
    sanitizer.add_argument("--toolchain", metavar="NAME", help="for another machine, whose emulator runs it: " + ", ".join(toolchains.TOOLCHAINS))
    parser.add_argument("-D", "--define", metavar="NAME=VALUE", action="append", default=[], help="a CMake variable, e.g. IDF_TARGET=esp32s3")
    if build:
        parser.add_argument(
            "--model-location", choices=("rodata", "partition", "sdcard"), help="where the model lies (default: as configured)"
        )
        parser.add_argument("--model", metavar="FILE", help="an .espdl file that replaces the app's model")
        parser.add_argument("--keep-going", "-k", action="store_true", help="after an error build what can be built, and show every error")
        parser.add_argument("--verbose", "-v", action="store_true", help="show the build's own output")


def add_run_arguments(parser):
    parser.add_argument("--image", nargs="+", action="extend", metavar="FILE", default=[], help="pictures, or folders of them, for input/ on the SD card")
    parser.add_argument("--sdcard", metavar="DIR", help="folder that is the SD card (default: sdcard/ in the build folder)")
    parser.add_argument("--psram", metavar="SIZE", help="another PSRAM size, e.g. 8M")
    parser.add_argument("--flash-file", metavar="FILE", help="file that is the flash (default: flash.bin in the build folder)")
    parser.add_argument("--fault", metavar="SPEC", action="append", default=[], help="inject a fault, e.g. alloc=3")
    parser.add_argument("--heap-report", action="store_true", help="print what the heap held")
    parser.add_argument("--log-level", metavar="LEVEL", help="none, error, warn, info, debug or verbose")
    parser.add_argument("--json", metavar="FILE", help="write what has become of the run: log, files, memory, how it ended")
    parser.add_argument("--expect", metavar="FILE", help="lines that must come in this order: a text or /a regular expression/; then the app is ended")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, help="end the app after so long; then the run has failed")
    parser.add_argument("--chip-speed", action="store_true", help="a run of a model lasts as long as `espdl predict` says of the chip")
    parser.add_argument("--gdb", action="store_true", help="in gdb, which stops at app_main()")
    parser.add_argument("--valgrind", action="store_true", help="in valgrind: memory errors and leaks of the PC's memory")
    parser.epilog = "Arguments after -- go to the program as they are."


def make_parser():
    parser = argparse.ArgumentParser(
        prog="fw", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"Deskboard {commands.version()}")
    sub = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, help_text, handler, project=False, build=True, needs_packages=True):
        child = sub.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
        child.set_defaults(handler=handler, needs_packages=needs_packages)
        if project:
            add_project_arguments(child, build)
        return child

    child = command("boards", "list the boards", commands.list_boards, needs_packages=False)
    child.add_argument("--json", action="store_true", help="for machines")
    command("build", "build an app for a board", commands.build, project=True)
    child = command("flash", "build, then write what changed into the board's flash file", commands.flash, project=True)
    child.add_argument("--flash-file", metavar="FILE", help="file that is the flash (default: flash.bin in the build folder)")
    child = command("app-flash", "as flash, but only the app", commands.app_flash, project=True)
    child.add_argument("--flash-file", metavar="FILE", help="file that is the flash (default: flash.bin in the build folder)")
    add_run_arguments(command("run", "build, flash and run an app", execution.run, project=True))
    add_run_arguments(command("monitor", "run an app without building or flashing it", execution.monitor, project=True, build=False))
    child = command("trace", "run an app and write what its tasks, models and flash have done, for Perfetto or chrome://tracing",
                    later("tracing", "trace"), project=True)
    add_run_arguments(child)
    child.add_argument("--output", "-o", metavar="FILE", default="trace.json", help="default: %(default)s")
    child = command("report", "write one page on a model (an .espdl file), or on an app's run and its models", later("report", "report"), project=True)
    add_run_arguments(child)
    child.add_argument("--output", "-o", metavar="FILE", default="report.html", help="default: %(default)s")
    child.add_argument("--data", metavar="DIR", help="pictures for the audit and for results")
    child.add_argument("--onnx", metavar="FILE", help="the float network, to compare with")
    child.add_argument("--cores", type=int, choices=(1, 2), default=1, help="of the chip, that share each convolution (default: 1)")
    child.add_argument("--param-copy", choices=("auto", "yes", "no"), default="auto", help="the parameters are copied to PSRAM (default: auto)")
    evaluation.add_arguments(command("eval", "measure an app's own component on a data set (docs/eval.md)", evaluation.evaluate, project=True))
    child = command("gdb", "build and flash an app, and start it in gdb at app_main()", execution.gdb, project=True)
    add_run_arguments(child)
    child.add_argument("--ex", metavar="COMMAND", action="append", default=[], help="a command of gdb, instead of stopping at app_main()")
    child.add_argument("--batch", action="store_true", help="end gdb after the commands")
    child = command("coverage", "run an app and show which of its lines were reached (lcov, HTML)", later("coverage", "coverage"), project=True)
    add_run_arguments(child)
    child.add_argument("--output", "-o", metavar="DIR", help="where the HTML goes (default: coverage/ in the build folder)")
    child = command("vscode", "write launch.json, tasks.json and c_cpp_properties.json into the project's .vscode", later("vscode", "vscode"), project=True)
    child.add_argument("--print", action="store_true", help="show them instead")
    child = command("test", "run every test of Deskboard; with APP, the test cases of that project (Unity) and of its test_apps", commands.test)
    add_project_arguments(child, build=False)
    child.add_argument("--filter", "-R", metavar="REGEX", help="only the tests whose name matches")
    child.add_argument("--jobs", "-j", type=int, default=os.cpu_count(), help="tests of Deskboard at once (default: %(default)s)")
    child.add_argument("--junit", metavar="FILE", help="of a project's tests: write JUnit's XML")
    child.add_argument("--timeout", metavar="SECONDS", type=float, default=600, help="of a project's tests: for each start of the app (default: 600)")
    child.add_argument("--verbose", "-v", action="store_true", help="show the build's own output, and the app's")
    child.epilog = "Arguments after -- go to ctest, or to the project's program, as they are."
    child = command("pytest", "run pytest_*.py of a project, as pytest-embedded would on a board", later("project_tests", "pytest"))
    child.add_argument("app", nargs="?", metavar="APP", help="an app's name, a folder or a file (default: the current folder)")
    child.add_argument("--board", "-b", default=os.environ.get("DESKBOARD_BOARD"), help="the emulated board")
    child.epilog = "Arguments after -- go to pytest as they are, e.g. -- --target esp32s3 --junitxml results.xml -k NAME."
    command("clean", "remove what the build of an app made", commands.clean, project=True, build=False)
    command("fullclean", "remove an app's build folder, its flash and SD card included", commands.fullclean, project=True, build=False)
    child = command("size", "what the app's image and its data take of the flash", commands.size, project=True)
    child.add_argument("--json", action="store_true", help="for machines")
    child = command("fit", "does the app fit the board: flash, PSRAM, internal RAM", commands.fit, project=True)
    child.add_argument("--all-boards", action="store_true", help="for every board")
    child.add_argument("--json", action="store_true", help="for machines")
    command("menuconfig", "change the configuration of an app on a board", commands.menuconfig, project=True)
    command("reconfigure", "run CMake again", commands.reconfigure, project=True)
    child = command("set-target", "choose the chip of a project: its sdkconfig begins anew", commands.set_target, needs_packages=False)
    child.add_argument("target", metavar="CHIP", help="e.g. esp32s3")
    add_project_arguments(child, build=False)
    child = command("create-project", "make a project that prints one line", commands.create_project, needs_packages=False)
    child.add_argument("name", metavar="NAME")
    child.add_argument("--path", "-p", metavar="DIR", help="its folder (default: NAME)")
    child = command("add-dependency", "add a component to main/idf_component.yml", commands.add_dependency, needs_packages=False)
    child.add_argument("dependency", metavar="NAMESPACE/NAME[VERSION]", help="e.g. espressif/esp-dl^3.1.0")
    add_project_arguments(child, build=False)
    child = command("export-idf", "write an app with its components and models as a project for ESP-IDF", later("idf_export", "export_idf"))
    child.add_argument("app", nargs="?", metavar="APP", help="an app's name, or a project's folder (default: the current folder)")
    child.add_argument("--output", "-o", metavar="DIR", required=True, help="a new or empty folder")
    child.add_argument("--board", "-b", default=os.environ.get("DESKBOARD_BOARD"), help="the board, whose chip and memory the project is for")
    child.add_argument("-C", "--project-dir", metavar="DIR", help="the project's folder, as with idf.py; the same as APP")
    child.add_argument("--model-location", choices=("rodata", "partition", "sdcard"), help="where the model lies (default: as configured)")
    child.add_argument("--model", metavar="FILE", help="an .espdl file that replaces the app's model")
    child.add_argument("--verbose", "-v", action="store_true", help="show the configuration's own output")
    child = command("partition-table", "print the partition table", commands.partition_table, project=True)
    child.add_argument("--json", action="store_true", help="for machines")
    child = command("merge-bin", "one file with everything at its offset in flash", commands.merge_bin, project=True)
    child.add_argument("--output", "-o", metavar="FILE", help="default: merged-binary.bin in the build folder")
    child = command("erase-flash", "erase the board's flash file", commands.erase_flash, project=True, build=False)
    child.add_argument("--flash-file", metavar="FILE", help="default: flash.bin in the build folder")

    child = command("sdcard", "move a FAT32 image into or out of the emulated SD card", commands.sdcard, needs_packages=False)
    child.add_argument("action", choices=("import", "export"))
    child.add_argument("image", metavar="IMAGE", help="the image file")
    add_project_arguments(child, build=False)
    child.add_argument("--sdcard", metavar="DIR", help="the card's folder (default: that of APP)")
    child.add_argument("--size", metavar="SIZE", help="size of the exported image, e.g. 256M (default: what is needed)")

    child = command("models", "list or fetch the published models", commands.models, needs_packages=False)
    child.add_argument("action", choices=("list", "fetch"))
    child.add_argument("names", nargs="*", metavar="NAME", help="only the models whose name contains this")
    child.add_argument("--from", dest="source", metavar="DIR", help="copy from a folder instead of downloading")

    child = command("espdl", "run the .espdl tool (built if needed)", commands.espdl)
    child.add_argument("arguments", nargs=argparse.REMAINDER, help="see `fw espdl --help`")
    return parser


def split_arguments(argv):
    """What stands after -- is not fw's."""
    if argv[:1] == ["espdl"]:
        return ["espdl"], argv[1:]
    if "--" in argv:
        at = argv.index("--")
        return argv[:at], argv[at + 1 :]
    return argv, []


def take_positionals(args, left):
    """argparse gives an optional positional argument up when an option comes first (`fw run --board B APP`)."""
    for name in ("app", "names"):
        if hasattr(args, name) and left and not getattr(args, name) and not left[0].startswith("-"):
            if name == "app":
                args.app, left = left[0], left[1:]
            else:
                count = next((i for i, word in enumerate(left) if word.startswith("-")), len(left))
                args.names, left = left[:count], left[count:]
    return left


# The commands that may follow one another, as with idf.py: `fw build flash monitor`.
CHAINED = ("build", "flash", "app-flash", "erase-flash", "run", "monitor", "gdb", "size", "fit", "clean", "fullclean", "reconfigure", "menuconfig")


def split_chain(own):
    """(the commands, the arguments of all of them). idf.py has its options before the command; they may stand there, too."""
    leading = []
    while own and own[0].startswith("-") and own[0] not in ("-h", "--help"):
        word = own.pop(0)
        leading.append(word)
        if word in ("-C", "--project-dir", "-B", "--build-dir", "-D", "--define", "-b", "--board") and own:
            leading.append(own.pop(0))
    names = own[:1]
    if names and names[0] in CHAINED:
        while len(names) < len(own) and own[len(names)] in CHAINED and not os.path.isdir(own[len(names)]):
            names.append(own[len(names)])
    return names, leading + own[len(names) :]


def parse(parser, names, arguments):
    """The parsed arguments of each command of a chain. An option that one of them has is no error for the others."""
    parsed, unknown = [], None
    for name in names:
        args, left = parser.parse_known_args([name] + arguments)
        left = take_positionals(args, left)
        unknown = left if unknown is None else [word for word in unknown if word in left]
        if getattr(args, "project_dir", None):
            if args.app:
                parser.error("the project is named twice, with -C and as APP")
            args.app = args.project_dir
        parsed.append(args)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return parsed


def main(argv):
    own, rest = split_arguments(argv)
    parser = make_parser()
    if not own:
        parser.print_help()
        return 2
    names, arguments = split_chain(list(own))
    if not names:
        parser.parse_args(own)
    try:
        for args in parse(parser, names, arguments):
            args.rest = rest
            if args.needs_packages:
                bootstrap.ensure()
            code = args.handler(args) or 0
            if code:
                return code
        return 0
    except Failure as failure:
        console.warn(str(failure))
        return failure.code
    except KeyboardInterrupt:
        console.warn("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        # A folder that is read-only, full, a file: nothing here has more to say about it than the system.
        console.warn(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
