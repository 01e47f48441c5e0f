"""The commands of fw, one function each; args.rest is what stood after --."""

import contextlib
import io
import json
import re
import subprocess
from pathlib import Path

import boards
import bootstrap
import card_image
import components
import console
import fit_report
import flashing
import model_store
import project
import versions
from console import Failure, say
from project import HOST_BUILD, ROOT, Project, build_environment, relative


def megabytes(size):
    return f"{size / (1024 * 1024):g} MB" if size else "-"


def list_boards(args):
    profiles = []
    for name in boards.names(ROOT / "boards"):
        try:
            profiles.append(boards.load(ROOT / "boards", name))
        except boards.BoardError as error:
            raise Failure(str(error)) from None
    if args.json:
        rows = [
            {
                "name": b.name,
                "title": b.title,
                "chip": b.chip,
                "cores": b.cores,
                "cpu_mhz": b.cpu_mhz,
                "flash": b.flash_size,
                "psram": b.psram_size,
                "internal_ram": b.internal_ram(),
                "sdcard": bool(b.sdcard),
            }
            for b in profiles
        ]
        say(json.dumps(rows, indent=2))
        return
    say(f"{'board':30} {'chip':9} {'cores':>5} {'MHz':>4} {'flash':>7} {'PSRAM':>7} {'internal RAM':>13}  SD card")
    for b in profiles:
        mark = " (default)" if b.name == boards.DEFAULT_BOARD else ""
        say(
            f"{b.name:30} {b.chip:9} {b.cores:5} {b.cpu_mhz:4} {megabytes(b.flash_size):>7} {megabytes(b.psram_size):>7} "
            f"{b.internal_ram() // 1024:10} KB  {'yes' if b.sdcard else 'no'}{mark}"
        )


def build(args):
    app = Project(args)
    app.build()
    say(f"Built {relative(app.program)}")


def reconfigure(args):
    app = Project(args)
    project.build_libraries(verbose=args.verbose, toolchain=app.toolchain)
    with project.folder_lock(app.build_dir, app.name):
        app.configure(force=True)


def set_target(args):
    folder = project.find(args.app)
    try:
        board = boards.load(ROOT / "boards", boards.first_with(ROOT / "boards", args.target))
    except boards.BoardError as error:
        raise Failure(str(error)) from None
    sdkconfig = folder / "sdkconfig"
    if sdkconfig.is_file():
        sdkconfig.replace(folder / "sdkconfig.old")
    sdkconfig.write_text(f'CONFIG_IDF_TARGET="{args.target}"\n')
    say(f"{relative(sdkconfig)}: {args.target}; the board is {board.name}")


def create_project(args):
    folder = Path(args.path or args.name)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", args.name):
        raise Failure(f"'{args.name}' is no name for a project: letters, digits, _ and -")
    if folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty")
    (folder / "main").mkdir(parents=True, exist_ok=True)
    (folder / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.16)\n\ninclude($ENV{{IDF_PATH}}/tools/cmake/project.cmake)\nproject({args.name})\n"
    )
    (folder / "main" / "CMakeLists.txt").write_text('idf_component_register(SRCS "main.cpp"\n                       INCLUDE_DIRS ".")\n')
    (folder / "main" / "main.cpp").write_text(
        '#include "esp_log.h"\n#include "sdkconfig.h"\n\nextern "C" void app_main(void) {\n    ESP_LOGI("main", "Hello from %s", CONFIG_IDF_TARGET);\n}\n'
    )
    say(f"{folder}: fw run {folder}")


def add_dependency(args):
    folder = project.find(args.app)
    match = re.fullmatch(r"((?:[\w-]+/)?[\w.-]+?)(?:==)?((?:[\^~<>=!*]|\d).*)?", args.dependency)
    if not match:
        raise Failure(f"'{args.dependency}' is no dependency; an example: espressif/esp-dl^3.1.0")
    name, version = components.full_name(match[1]), match[2] or "*"
    manifest = folder / "main" / "idf_component.yml"
    try:
        versions.holds(version, "0.0.0")
        content = components.load_yaml(manifest) if manifest.is_file() else {}
    except (versions.VersionError, components.ComponentError) as error:
        raise Failure(str(error)) from None
    if name in (content.get("dependencies") or {}):
        raise Failure(f"{relative(manifest)} names {name} already")
    line = f'  {name}: "{version}"\n'
    text = manifest.read_text() if manifest.is_file() else ""
    if re.search(r"^dependencies:[ \t]*$", text, re.MULTILINE):
        text = re.sub(r"^dependencies:[ \t]*\n", lambda found: found[0] + line, text, count=1, flags=re.MULTILINE)
    elif content.get("dependencies"):
        raise Failure(f"{relative(manifest)}: write '{line.strip()}' into its dependencies by hand")
    else:
        text = re.sub(r"^dependencies:.*\n?", "", text, flags=re.MULTILINE) + ("\n" if text and not text.endswith("\n") else "")
        text += "dependencies:\n" + line
    manifest.write_text(text)
    say(f"{relative(manifest)}: {name} {version}")


def version():
    """That of project() in CMakeLists.txt."""
    return re.search(r"^project\(deskboard VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def flash(args):
    flashing.check(args)
    app = Project(args)
    app.build()
    flashing.write(app, args)


def app_flash(args):
    flashing.check(args)
    app = Project(args)
    app.build()
    flashing.write(app, args, only="app")


def erase_flash(args):
    flashing.check(args)
    app = Project(args)
    flash_file = flashing.file_of(app, args)
    flashing.run_tool([flashing.tool_of(app), "erase", "--flash", str(flash_file), "--flash-size", str(app.board.flash_size)], "Erasing")


def merge_bin(args):
    app = Project(args)
    app.build()
    output = Path(args.output).resolve() if args.output else app.build_dir / "merged-binary.bin"
    flashing.run_tool([flashing.tool_of(app), "merge", "--args", str(app.build_dir / "flasher_args.json"), "--output", str(output)], "Merging")
    say(f"Wrote {relative(output)}")


def partition_table(args):
    app = Project(args)
    app.build("partition-table")
    description = app.description()
    table = app.build_dir / description["partition_table"]
    command = [description["parttool"], "--quiet", "--offset", description["partition_table_offset"], "show", str(table)]
    flashing.run_tool(command + (["--json"] if args.json else []), "Reading the partition table")


def menuconfig(args):
    app = Project(args)
    project.build_libraries(verbose=args.verbose, toolchain=app.toolchain)
    with project.folder_lock(app.build_dir, app.name):
        app.configure()
    command = ["cmake", "--build", str(app.build_dir), "--target", "menuconfig"]
    if subprocess.call(command, env=build_environment()):
        raise Failure("menuconfig failed")


def clean(args):
    Project(args).clean(everything=False)


def fullclean(args):
    app = Project(args)
    app.clean(everything=True)


def sdcard(args):
    card = Path(args.sdcard).resolve() if args.sdcard else Project(args).sdcard
    image = Path(args.image).resolve()
    if args.action == "import":
        return card_image.import_image(image, card)
    try:
        return card_image.export_image(image, card, boards.parse_size(args.size, "--size") if args.size else 0)
    except boards.BoardError as error:
        raise Failure(str(error)) from None


def test(args):
    if args.app:
        import project_tests

        return project_tests.run(args)
    if args.junit:
        raise Failure("--junit is for the tests of a project: name it, `fw test . --junit FILE`; Deskboard's own: -- --output-junit FILE")
    if args.toolchain:
        raise Failure("--toolchain is for the tests of a project: name it, `fw test . --toolchain NAME`; Deskboard's own: docs/cross-compilation.md")
    build_dir = HOST_BUILD
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DDESKBOARD_TESTS=ON"]
    targets, selection = [], []
    if args.asan:
        build_dir = ROOT / "build" / "host-asan"
        options += ["-DDESKBOARD_SANITIZE=address,undefined"]
    elif args.tsan:
        build_dir = ROOT / "build" / "host-tsan"
        options += ["-DDESKBOARD_SANITIZE=thread"]
        targets, selection = ["--target", "thread_tests"], ["-L", "^threads$"]
    env = build_environment()
    env["DESKBOARD_HOST_BUILD"] = str(build_dir)
    with project.host_lock(build_dir):
        if not (build_dir / "build.ninja").exists():
            bootstrap.require_cmake()
            console.note(f"Configuring {relative(build_dir)}")
            console.run_quiet(
                "Configuring", ["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(build_dir)] + options, env=env, verbose=args.verbose
            )
        if console.run_build("Libraries, tools and tests", ["cmake", "--build", str(build_dir)] + targets, env=env, verbose=args.verbose):
            raise Failure("the tests do not build", code=1)
    command = ["ctest", "--test-dir", str(build_dir), "--output-on-failure", "-j", str(args.jobs)] + selection
    if args.filter:
        command += ["-R", args.filter]
    return 1 if subprocess.call(command + args.rest, env=env) else 0


def models(args):
    return model_store.list_models(args.names) if args.action == "list" else model_store.fetch(args.names, args.source)


def _quantizer_help(command):
    """Without the quantizer, whose libraries are large: what its page says."""
    say(f"Usage: espdl {command} MODEL.onnx [OPTION...]\n")
    page = ROOT / "docs" / ("autoquant.md" if command == "autoquant" else "quantizer.md")
    for line in page.read_text().splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")]
        if line.startswith("| `--") and (command != "check" or cells[0].startswith("--target")):
            say(f"  {cells[0]:44} {' | '.join(cells[1:])}")
    say("\nThe quantizer itself is built, with the packages it needs, when it is first used (some minutes). See docs/quantizer.md.")
    return 0


def espdl(args):
    if args.rest[:1] == ["export-onnx"]:
        bootstrap.ensure(bootstrap.ONNX_LIST)
        project.build_libraries(targets=("espdl", "espdl-export-onnx"), settings=[("DESKBOARD_ONNX_EXPORT", "ON")])
    elif args.rest[:1] and args.rest[0] in ("quantize", "autoquant", "check"):
        built = HOST_BUILD / "tools" / "quantize" / "espdl-quantize"
        if {"--help", "-h"} & set(args.rest) and not built.exists():
            return _quantizer_help(args.rest[0])
        bootstrap.ensure(bootstrap.QUANTIZER_LIST)
        project.build_libraries(targets=("espdl", "espdl-quantize"), settings=[("DESKBOARD_QUANTIZER", "ON")])
    else:
        project.build_libraries(targets=("espdl",))
    return subprocess.call([str(HOST_BUILD / "tools" / "espdl" / "espdl")] + args.rest)


def size(args):
    app = Project(args)
    app.build()
    return fit_report.size(app, args.json)


def _build_quietly(args):
    """(the app, None), or (None, why it does not build): one row of a table, whatever the compiler or CMake has to say about it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            app = Project(args)
            app.build()
    except Failure as failure:
        # The first line that is neither progress nor a note says why.
        lines = [line for line in said.getvalue().splitlines() if line and not line.endswith(" ...") and not line.startswith("note: ")]
        return None, re.sub(r"^\S+:\d+: error: |\.? Looked in$", "", lines[0]) if lines else str(failure)
    return app, None


def fit(args):
    project.build_libraries(targets=("espdl", "deskboard-sdk"), verbose=args.verbose)
    if not args.all_boards:
        app = Project(args)
        app.build()
        return fit_report.show([fit_report.fit(app)], args.json)
    reports = []
    for name in boards.names(ROOT / "boards"):
        args.board = name
        console.note(f"{name} ...")
        app, reason = _build_quietly(args)
        if app:
            reports.append(fit_report.fit(app))
        else:
            # A board whose chip the app or its models do not support is a line of the matrix, not its end.
            reports.append({"board": name, "fits": False, "reason": reason, "rows": []})
    return fit_report.show(reports, args.json)
