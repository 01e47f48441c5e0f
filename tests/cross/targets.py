#!/usr/bin/env python3
"""The apps on other machines: built with their compilers, run in their emulators, their results compared with this PC's.

Usage: targets.py [--write docs/cross-compilation.md] [--apps APP...] [--no-tests] TARGET...

TARGET is a name of `fw --toolchain`. The models are the demonstration models that the repository carries. Prints one line for each app and
ends with 1 where a result differs; --write puts the table of all targets between the marks of that page.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "fw"))
sys.dont_write_bytecode = True

import toolchains  # noqa: E402

MODELS = {
    "mobilenetv2_cls": "imagenet_cls/models/{}/shapes_cls_mobilenetv2_s8.espdl",
    "yolo11_detect": "coco_detect/models/{}/shapes_detect_yolo11_s8.espdl",
    "yolo11_pose": "coco_pose/models/{}/shapes_pose_yolo11_s8.espdl",
}
BOARDS = {"esp32_p4_function_ev_board": "p4", "esp32_s3_eye": "s3"}
BUILT = {
    False: "all libraries, the app, the tests",
    True: "`dl_tensor`, `dl_fft`, `fbs_loader`, `esp-dl` (reference kernels), `vision`, `audio`, the app, `hal/bare`",
}
# Of the HAL, of vision, and of every operator's arithmetic.
TESTS = ("test_hal_heap", "test_hal_partition_table", "test_hal_interpose", "test_vision_image", "test_vision_jpeg", "test_vision_postprocess",
         "test_conformance")
BEGIN, END = "<!-- written by tests/cross/targets.py -->", "<!-- end -->"
LOG_LINE = re.compile(r"[EWIDV] \(\d+\) ")
TIMES = re.compile(r"^([EWIDV]) \(\d+\)|\d+\.\d+ ms")
# What an app has found; the lines of start-up differ where there is no board.
RESULT = re.compile(r"category: |score: |nose: ")


class Broken(Exception):
    pass


def fw(*arguments):
    command = [sys.executable, "-B", str(ROOT / "tools" / "fw" / "main.py"), *arguments]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, DESKBOARD_NO_COLOR="1"))
    if result.returncode:
        raise Broken(f"fw {' '.join(arguments)} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def log(app, board, *options):
    """The lines of the app's log without what time says."""
    model = ROOT / "components" / MODELS[app].format(BOARDS[board])
    text = fw("run", app, "--board", board, "--model", str(model), *options)
    return [TIMES.sub(r"\1", line) for line in text.splitlines() if LOG_LINE.match(line)]


def compare(app, board, toolchain):
    """How many lines of the results are the same; the whole log where the target has the emulated board, too."""
    expected = log(app, board)
    found = log(app, board, "--toolchain", toolchain.name)
    if toolchain.bare:
        expected, found = ([line for line in lines if RESULT.search(line)] for lines in (expected, found))
    if not any(RESULT.search(line) for line in expected):
        raise Broken(f"{app} on {board}: the log has no result")
    for number, (a, b) in enumerate(zip(expected, found)):
        if a != b:
            raise Broken(f"{app} on {board}, {toolchain.name}: line {number + 1} is\n  {b}\nwhere this PC's log has\n  {a}")
    if len(expected) != len(found):
        raise Broken(f"{app} on {board}, {toolchain.name}: {len(found)} lines, this PC's log has {len(expected)}")
    return len(found)


def refuses_without_memory(toolchain):
    """A board whose PSRAM is off has no room for the model: the log names the tensor, what was needed and what there is."""
    with tempfile.NamedTemporaryFile("w", suffix=".defaults") as defaults:
        defaults.write("CONFIG_SPIRAM=n\n")
        defaults.flush()
        options = ["-D", f"SDKCONFIG_DEFAULTS=sdkconfig.defaults;{defaults.name}", "-B", str(ROOT / "build" / f"no-memory-{toolchain.name}")]
        try:
            log("mobilenetv2_cls", "esp32_s3_eye", "--toolchain", toolchain.name, *options)
        except Broken as broken:
            text = str(broken)
        else:
            raise Broken(f"{toolchain.name}: the model was loaded without PSRAM")
    refusal = re.compile(r"^E \(\d+\) fbs_model: No memory for tensor '.+' of \d+ bytes$", re.MULTILINE)
    if " ended with 1:" not in text or not refusal.search(text):
        raise Broken(f"{toolchain.name}: a board without memory for the model is not refused in one line:\n{text}")


def image_bytes(app, toolchain):
    """Code, constants and data of the app without its embedded files."""
    build = ROOT / "build" / f"esp32_p4_function_ev_board-{toolchain.name}" / app
    description = json.loads((build / "project_description.json").read_text())
    from elf import Elf
    from image import parts

    return sum(parts(Elf(build / description["app_elf"]))), description["compiler"], description["emulator"][0]


def tests(toolchain):
    """Builds TESTS and runs them in the emulator. @return how many programs have passed"""
    if toolchain.bare:
        return None
    build = str(toolchain.build)
    if subprocess.call(["cmake", "--build", build, "--target", *TESTS, "--", "--quiet"]):
        raise Broken(f"{toolchain.name}: the tests do not build")
    command = ["ctest", "--test-dir", build, "-R", f"^({'|'.join(TESTS)})$", "-j", str(os.cpu_count()), "--output-on-failure"]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    print(result.stdout)
    summary = re.search(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", result.stdout)
    if result.returncode or not summary:
        raise Broken(f"{toolchain.name}: a test has failed")
    return int(summary[3])


def row(name, apps, with_tests):
    toolchain = toolchains.find(name)
    runs = []
    for app in apps:
        boards = BOARDS if app == apps[0] else list(BOARDS)[:1]
        for board in boards:
            lines = compare(app, board, toolchain)
            print(f"{name}: {app} on {board}: {lines} lines, as on this PC", flush=True)
            runs.append(app)
    if toolchain.bare:
        refuses_without_memory(toolchain)
    size, compiler, emulator = image_bytes(apps[0], toolchain)
    passed = tests(toolchain) if with_tests else None
    cells = [
        f"`{name}`",
        compiler,
        BUILT[toolchain.bare],
        f"{', '.join(f'`{app}`' for app in apps)} under `{emulator}`",
        f"{len(runs)} of {len(runs)} " + ("(results)" if toolchain.bare else "(the whole log)"),
        "-" if passed is None else str(passed),
        f"{size / 1024 / 1024:.1f} MB",
    ]
    return "| " + " | ".join(cells) + " |"


def write(path, rows):
    path = Path(path)
    text = path.read_text()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    head = "| target | compiler | what is built | what runs | digits equal | tests passed | code and data of the classifier |\n|---|---|---|---|---|---|---|"
    path.write_text(text[:begin] + "\n" + "\n".join([head, *rows]) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", choices=sorted(toolchains.TOOLCHAINS))
    parser.add_argument("--apps", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--no-tests", action="store_true", help="only the apps")
    parser.add_argument("--write", metavar="FILE")
    args = parser.parse_args()
    try:
        rows = [row(name, args.apps, not args.no_tests) for name in args.targets]
    except Broken as broken:
        print(f"targets.py: {broken}", file=sys.stderr)
        return 1
    print("\n".join(rows))
    if args.write:
        write(args.write, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
