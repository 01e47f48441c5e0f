#!/usr/bin/env python3
"""Builds and runs the projects of an ESP-DL checkout, and others, unmodified, and compares what they print.

    tests/compat/run.py --upstream ~/esp-dl                       # every project, both default boards
    tests/compat/run.py --upstream ~/esp-dl --only yolo11 --keep-going --board esp32_p4_function_ev_board
    tests/compat/run.py --own                                     # only those of tests/compat/projects

The checkout (also DESKBOARD_UPSTREAM) is copied to a scratch folder and stays as it is. For each project and board the table says:
does it build, does it run to its end, how many lines of the log in its README are the same here (times and addresses aside), and
what stopped it first. Those of tests/compat/projects have an expected.log instead of a README.
expected.txt holds the row that each must have, and why it is not better; any other row is a failure.

Exit codes: 0 every row as expected, 1 one is not, 2 wrong arguments, 77 there is no checkout.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import expected as expectations
import readme_log

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKIPPED = 77
BOARDS = ("esp32_p4_function_ev_board", "esp32_s3_eye")
# What projects refer to beside themselves.
NOT_COPIED = {".git", "docs", "build", "managed_components"}
# What they tell a person to copy within the project: {project: ((from, to), ...)}.
COPIES = {"Hc-25/ESP32-Autonomous-Sentinel": (("main/config/credentials.hpp.template", "main/config/credentials.hpp"),)}
# What a project's instructions tell a person to copy onto the SD card: {project: ((file in the project, name on the card), ...)};
# <chip> is p4 or s3.
CARD = {
    "examples/tutorial/how_to_load_test_profile_model/model_in_sdcard": (("main/models/<chip>/model.espdl", "model.espdl"),),
    "TinyAIoT/TinyBirdiary/for-testing": (("main/data/example.jpg", "to_classify/parus_major/example.jpg"),),
}


def came_to_its_end(code, output):
    """Whether app_main() returned. Its log says so, unless the project's log level hides what the main task says."""
    return code == 0 and ("Returned from app_main()" in output or "Calling app_main()" not in output)


def sync(source, target):
    """target becomes as source: new and changed files copied with their times, others removed."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name: entry for entry in os.scandir(source) if entry.name not in NOT_COPIED}
    for entry in list(os.scandir(target)):
        if entry.name not in wanted:
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
    for name, entry in wanted.items():
        goal = target / name
        if entry.is_dir():
            sync(Path(entry.path), goal)
        elif entry.is_file():
            have, want = goal.stat() if goal.exists() else None, entry.stat()
            if not have or (have.st_size, int(have.st_mtime)) != (want.st_size, int(want.st_mtime)):
                shutil.copy2(entry.path, goal)


def prepare_project(name, tree):
    """The project of another author as it is, but for the network: what it needs of one is there, and refuses."""
    for source, goal in COPIES.get(name, ()):
        shutil.copy2(tree / source, tree / goal)
    lists = " ".join(path.read_text(errors="replace") for path in tree.rglob("CMakeLists.txt"))
    for component in sorted((HERE / "no_network").iterdir()):
        if re.search(rf"(?<![\w-]){re.escape(component.name)}(?![\w-])", lists) and not (tree / "components" / component.name).exists():
            shutil.copytree(component, tree / "components" / component.name)
            # They need each other.
            lists += (component / "CMakeLists.txt").read_text()


def is_project(folder):
    lists = folder / "CMakeLists.txt"
    return lists.is_file() and (folder / "main" / "CMakeLists.txt").is_file() and "project(" in lists.read_text(errors="replace")


def projects_in(tree, *parts):
    """Every project below the folders, as paths relative to the tree."""
    found = []
    for part in parts:
        for lists in sorted((tree / part).rglob("CMakeLists.txt")):
            if is_project(lists.parent) and not NOT_COPIED & set(lists.relative_to(tree).parts):
                found.append(lists.parent.relative_to(tree).as_posix())
    return sorted(set(found))


def chip_of(board):
    text = (ROOT / "boards" / board / "board.toml").read_text()
    return re.search(r'^chip\s*=\s*"(\w+)"', text, re.M)[1]


def supports(folder, chip):
    """Whether the project's authors made it for the chip: they set defaults for it, or for none at all."""
    made_for = [path.name.rsplit(".", 1)[1] for path in folder.glob("sdkconfig.defaults.esp32*")]
    return not made_for or chip in made_for


class Row:
    def __init__(self, project, board):
        self.project, self.board = project, board
        self.builds = self.runs = self.digits = "-"
        self.obstacle, self.errors, self.seconds = "", [], 0.0

    @property
    def result(self):
        return (self.builds, self.runs, self.digits)


def errors_in(text):
    """Errors of CMake, the compiler, the linker and fw, in order, each once."""
    found = []
    lines = [re.sub(r"\x1b\[[0-9;]*[mK]", "", line) for line in text.splitlines()]
    for number, line in enumerate(lines):
        message = ""
        if line.startswith("CMake Error"):
            # The reason stands below, indented; what is not indented is the stack of calls.
            reason = [line.split(":", 1)[1].strip()] if line.startswith("CMake Error: ") else []
            for below in lines[number + 1 :]:
                if below.startswith(("CMake", "Call Stack", "-- ", "fw: ")):
                    break
                reason += [below.strip()] if below.strip() else []
            where = re.search(r"CMake Error at ([^ ]+)", line)
            message = f"{where[1] + ': ' if where else ''}{' '.join(reason)}"
        elif re.search(r"\b(?:fatal )?error: ", line):
            message = line.strip()
        elif "undefined reference to" in line or "multiple definition of" in line:
            message = re.sub(r"^.*?: (?=undefined|multiple)", "", line.strip())
        elif line.startswith(("fw: ", "error: ")) or re.match(r"\w*Error: |python3?: can't", line):
            message = line.strip()
        if message and message not in found:
            found.append(message)
    # What fw says last repeats that something failed.
    specific = [m for m in found if not re.match(r"fw: .*(does not build|Configuring .* failed|ended with|was ended by)", m)]
    return specific or found


class Runner:
    def __init__(self, options):
        self.options = options
        self.scratch = Path(options.scratch).resolve()
        self.build_jobs = str(max(1, (os.cpu_count() or 2) // options.jobs))

    def command(self, arguments, log, timeout, menu=False):
        """Runs it with its output in a file; (exit code, output). A test menu gets its answers as a person would type them."""
        environment = dict(os.environ, CMAKE_BUILD_PARALLEL_LEVEL=self.build_jobs, LC_ALL="C.UTF-8")
        with open(log, "wb") as out:
            process = subprocess.Popen(
                arguments, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.PIPE if menu else subprocess.DEVNULL, env=environment, start_new_session=True
            )
            try:
                if menu:
                    process.stdin.write(b"*\n")
                    process.stdin.close()
                code = process.wait(timeout)
            except BrokenPipeError:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                code = None
        return code, log.read_text(errors="replace")

    def row(self, project, folder, board):
        row = Row(project, board)
        start = time.monotonic()
        build = self.scratch / "build" / board / project.replace("/", "+")
        if self.options.clean:
            shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True, exist_ok=True)
        fw = [sys.executable, "-B", str(ROOT / "tools/fw/main.py")]
        where = [str(folder), "--board", board, "-B", str(build)]
        logs = self.scratch / "logs" / board
        logs.mkdir(parents=True, exist_ok=True)
        name = project.replace("/", "+")
        code, output = self.command(fw + ["build"] + where, logs / f"{name}.build", self.options.build_timeout)
        if code != 0:
            if self.options.keep_going and (build / "build.ninja").exists():
                env_command = [sys.executable, "-B", str(HERE / "keep_going.py"), str(build)]
                output += "\n" + self.command(env_command, logs / f"{name}.keep_going", self.options.build_timeout)[1]
            row.builds = "no"
            row.errors = errors_in(output) or (["build: no end after the time limit"] if code is None else [f"build: exit code {code}"])
            row.obstacle = row.errors[0]
        else:
            row.builds = "yes"
            self.fill_card(project, folder, build, board)
            self.run(row, fw + ["run"] + where, folder, logs / f"{name}.run")
        row.seconds = time.monotonic() - start
        return row

    @staticmethod
    def fill_card(project, folder, build, board):
        chip = "s3" if chip_of(board) == "esp32s3" else "p4"
        for source, name in CARD.get(project, ()):
            goal = build / "sdcard" / name
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / source.replace("<chip>", chip), goal)

    def run(self, row, command, folder, log):
        menu = any("unity_run_menu" in path.read_text(errors="replace") for path in (folder / "main").glob("*.c*"))
        code, output = self.command(command, log, self.options.run_timeout, menu)
        tests = re.findall(r"^(\d+) Tests (\d+) Failures (\d+) Ignored", output, re.M)
        if menu:
            failed = list(dict.fromkeys(re.findall(r"^(?:\./|/)?[^\s:]+:\d+:(.*?):FAIL", output, re.M)))
            if code is None or not tests:
                row.runs, row.obstacle = "no", "no end after the time limit" if code is None else (errors_in(output) or ["no test was run"])[0]
                return
            row.runs = "yes"
            total, failures, ignored = (sum(int(t[k]) for t in tests) for k in range(3))
            row.digits = f"{total - failures - ignored}/{total}"
            row.errors = [f"failed: {name}" for name in failed]
            row.obstacle = row.errors[0] if failed else ""
            return
        if came_to_its_end(code, output):
            row.runs = "yes"
        else:
            row.runs = "no"
            first = [line for line in output.splitlines() if re.match(r"(?:\x1b\[[0-9;]*m)*E \(", line)]
            row.obstacle = (first or errors_in(output) or [f"exit code {code}" if code is not None else "no end after the time limit"])[0]
            row.obstacle = re.sub(r"\x1b\[[0-9;]*m", "", row.obstacle)
            row.errors = [row.obstacle]
        readme, log = folder / "README.md", folder / "expected.log"
        blocks = readme_log.logs(readme.read_text(errors="replace")) if readme.is_file() else []
        if log.is_file():
            blocks = [log.read_text().splitlines()]
        row.digits, difference = readme_log.verdict(blocks, output)
        if difference and not row.obstacle:
            row.obstacle = difference


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog="\n\n".join(__doc__.split("\n\n")[1:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", metavar="DIR", default=os.environ.get("DESKBOARD_UPSTREAM"), help="a checkout of espressif/esp-dl")
    parser.add_argument("--projects", metavar="DIR", default=os.environ.get("DESKBOARD_PROJECTS"),
                        help="checkouts of other projects, DIR/<owner>/<name>, as expected.txt names them")
    parser.add_argument("--own", action="store_true", help="only the projects of tests/compat/projects, which need no checkout")
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="only the projects whose path contains this")
    parser.add_argument("--board", metavar="BOARD", action="append", help=f"default: {' and '.join(BOARDS)}")
    parser.add_argument("--jobs", "-j", type=int, default=1, help="projects at once (default: %(default)s)")
    parser.add_argument("--keep-going", "-k", action="store_true", help="list every error of a project that does not build")
    parser.add_argument("--json", action="store_true", help="the rows for machines")
    parser.add_argument("--scratch", metavar="DIR", default=str(Path(tempfile.gettempdir()) / "deskboard-compat"), help="default: %(default)s")
    parser.add_argument("--clean", action="store_true", help="build from nothing")
    parser.add_argument("--build-timeout", type=float, default=1200, metavar="S")
    parser.add_argument("--run-timeout", type=float, default=300, metavar="S")
    options = parser.parse_args(argv)
    options.board = options.board or list(BOARDS)
    for board in options.board:
        if not (ROOT / "boards" / board / "board.toml").is_file():
            parser.error(f"there is no board '{board}'")
    if options.jobs < 1:
        parser.error("--jobs: at least 1")
    return options


def rows_to_run(options, runner):
    """(project, folder, board) of everything that was asked for."""
    found = []
    named = {project for project, _ in expectations.read(HERE / "expected.txt")}
    if options.own:
        found = [(f"own/{project}", HERE / "projects" / project) for project in projects_in(HERE / "projects", ".")]
    elif options.upstream:
        upstream = Path(options.upstream).resolve()
        if not (upstream / "esp-dl" / "CMakeLists.txt").is_file():
            sys.exit(f"compat: {upstream} is no checkout of espressif/esp-dl (esp-dl/CMakeLists.txt is missing)")
        tree = runner.scratch / "upstream"
        sync(upstream, tree)
        found += [(project, tree / project) for project in projects_in(tree, "examples", "test_apps")]
    if options.projects and not options.own:
        for checkout in sorted(p for p in Path(options.projects).resolve().glob("*/*") if p.is_dir()):
            name = f"{checkout.parent.name}/{checkout.name}"
            tree = runner.scratch / "projects" / name
            sync(checkout, tree)
            prepare_project(name, tree)
            theirs = [(f"{name}/{p}" if p != "." else name, tree / p) for p in projects_in(tree, ".")]
            # Of a fork of ESP-DL, say, its author's own project is of interest.
            found += [row for row in theirs if row[0] in named] or theirs
    return [
        (project, folder, board)
        for project, folder in found
        for board in options.board
        if (not options.only or any(word in project for word in options.only)) and supports(folder, chip_of(board))
    ]


def show(rows, wrong, options):
    if options.json:
        print(json.dumps([dict(vars(row), as_expected=row not in wrong) for row in rows], indent=1))
        return
    width = max([len(row.project) for row in rows] + [7])
    print(f"{'project':{width}} {'board':26} {'builds':6} {'runs':4} {'digits':7} first obstacle")
    for row in rows:
        text = row.obstacle if len(row.obstacle) < 200 else row.obstacle[:197] + "..."
        print(f"{row.project:{width}} {row.board:26} {row.builds:6} {row.runs:4} {row.digits:7} {text}")
        if options.keep_going:
            for error in row.errors[1:]:
                print(f"{'':{width}}   {error}")
    print(f"{len(rows)} rows: {sum(r.builds == 'yes' for r in rows)} build, {sum(r.runs == 'yes' for r in rows)} run, "
          f"{sum(r.digits == 'equal' for r in rows)} print the README's log")


def main(argv):
    options = parse(argv)
    if not options.upstream and not options.projects and not options.own:
        print("compat: SKIPPED: neither --upstream (DESKBOARD_UPSTREAM) nor --projects (DESKBOARD_PROJECTS) names a checkout")
        return SKIPPED
    known = expectations.read(HERE / "expected.txt")
    runner = Runner(options)
    work = rows_to_run(options, runner)
    if not work:
        print("compat: nothing to do: no project fits --only and --board", file=sys.stderr)
        return 2
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = [pool.submit(runner.row, *item) for item in work]
        for done in concurrent.futures.as_completed(pending):
            row = done.result()
            print(f"{row.project} on {row.board}: builds {row.builds}, runs {row.runs}, digits {row.digits} ({row.seconds:.0f} s)", file=sys.stderr, flush=True)
    rows = [item.result() for item in pending]
    wrong = {row: known.get((row.project, row.board)) for row in rows if known.get((row.project, row.board), ((),))[0] != row.result}
    show(rows, wrong, options)
    for row, wanted in wrong.items():
        got = " ".join(row.result)
        print(f"compat: {row.project} on {row.board} is '{got}', expected.txt says {repr(' '.join(wanted[0])) if wanted else 'nothing of it'}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
