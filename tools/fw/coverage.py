"""`fw coverage APP`: which lines of a project a run has reached, by gcov, as lcov's summary and HTML."""

import re
import subprocess
from pathlib import Path

import bootstrap
import execution
import flashing
from console import Failure, say
from project import ROOT, Project, relative


def call(command, what):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if result.returncode:
        raise Failure(f"{what} failed:\n{result.stdout.strip()}", code=1)
    return result.stdout


def summary(info, folder):
    """Lines hit and found of each file of an lcov file."""
    rows, file = {}, None
    for line in info.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            file = Path(value)
            name = str(file.relative_to(folder)) if folder in file.parents else value
            row = rows.setdefault(name, [0, 0])
        elif key == "LH":
            row[0] += int(value)
        elif key == "LF":
            row[1] += int(value)
    return rows


def collect(app, output):
    """What the run has left in the build folder -> the project's own files in OUTPUT/coverage.info, and HTML."""
    output.mkdir(parents=True, exist_ok=True)
    info = output / "coverage.info"
    # Debian 13's lcov stops at what 12's only mentions.
    version = re.search(r"(\d+)\.\d+", call(["lcov", "--version"], "lcov"))
    lenient = ["--ignore-errors", "mismatch,inconsistent,unused,gcov,empty"] if version and int(version[1]) >= 2 else []
    lcov = ["lcov", "--quiet", *lenient]
    folders = ["--directory", str(app.build_dir), "--base-directory", str(app.build_dir)]
    # First every line that there is, then those that were run: a source of which nothing ran counts, too.
    call([*lcov, "--capture", "--initial", *folders, "--output-file", f"{info}.all"], "lcov")
    call([*lcov, "--capture", *folders, "--output-file", f"{info}.run"], "lcov")
    call([*lcov, "--add-tracefile", f"{info}.all", "--add-tracefile", f"{info}.run", "--output-file", str(info)], "lcov")
    for part in ("all", "run"):
        Path(f"{info}.{part}").unlink()

    def real(match):
        path = Path(match[1])
        if not path.exists() and app.build_dir in path.parents:
            # The compiler was told to name files as seen from the checkout (-ffile-prefix-map).
            path = ROOT / path.relative_to(app.build_dir)
        return f"SF:{path}"

    info.write_text(re.sub(r"^SF:(.*)$", real, info.read_text(), flags=re.MULTILINE))
    own = [str(app.dir / "main" / "*"), str(app.dir / "components" / "*")]
    call([*lcov, "--extract", str(info), *own, "--output-file", str(info)], "lcov")
    rows = summary(info, app.dir)
    if not rows:
        raise Failure("no line of the project has been counted", code=1)
    call(["genhtml", "--quiet", "--prefix", str(app.dir), "--title", app.name, "--output-directory", str(output), str(info)], "genhtml")
    return rows


def coverage(args):
    bootstrap.ensure(bootstrap.COVERAGE_LIST)
    args.coverage = True
    if args.asan or args.tsan:
        raise Failure("coverage goes with no sanitizer")
    app = Project(args)
    execution.check(app, args)
    app.build()
    flashing.write(app, args)
    for old in app.build_dir.rglob("*.gcda"):
        old.unlink()
    code = execution.execute(app, args)
    output = Path(args.output).resolve() if args.output else app.build_dir / "coverage"
    rows = collect(app, output)
    for name, (hit, found) in sorted(rows.items()):
        say(f"{hit:6} of {found:6} lines  {100 * hit // max(found, 1):3} %  {name}")
    hit, found = (sum(row[i] for row in rows.values()) for i in (0, 1))
    say(f"{hit:6} of {found:6} lines  {100 * hit // max(found, 1):3} %  in all: {relative(output / 'index.html')}")
    return code
