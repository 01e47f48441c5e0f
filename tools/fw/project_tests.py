"""`fw test PROJECT`: the test cases of a firmware project, as ESP-IDF's habit has them, run one after another.

A test app is a project (main/) whose app runs Unity's test cases: the project itself, or one below its test_apps/, or below the test_apps/
of a component. After a test that takes the app down, the app is started again with those that are left, as a chip is reset.
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

import bootstrap
import console
import execution
import flashing
import rules
import running
from console import Failure, say
from project import ROOT, Project, find, relative


def is_project(folder):
    return (folder / "CMakeLists.txt").is_file() and (folder / "main" / "CMakeLists.txt").is_file()


def test_apps(folder):
    """The projects whose tests are meant by a folder."""
    places = [folder / "test_apps", *sorted(folder.glob("components/*/test_apps")), folder if folder.name == "test_apps" else None]
    found = []
    for place in filter(None, places):
        found += [place] if is_project(place) else sorted(child for child in place.iterdir() if is_project(child)) if place.is_dir() else []
    if is_project(folder) and folder not in found:
        found.insert(0, folder)
    return found


def find_apps(name):
    if name and Path(name).is_dir() and not is_project(Path(name)):
        found = test_apps(Path(name).resolve())
        if found:
            return found
    return test_apps(find(name))


class Case:
    def __init__(self, name, tags):
        self.name, self.tags = name, tags

    @property
    def command(self):
        return f'"{self.name}"'


def read_cases(app, selection):
    """The test cases that the program says it has; None: it has no Unity."""
    result = subprocess.run(app.emulator() + [str(app.program), "--unity-list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    if result.returncode:
        return None
    cases = [Case(*line.split("\t", 1)) for line in result.stdout.splitlines() if "\t" in line]
    return [case for case in cases if not selection or selection.search(case.name) or selection.search(case.tags)]


def add_case(suite, name, tags, kind, message):
    case = xml.SubElement(suite, "testcase", classname=tags, name=name, time="0")
    xml.SubElement(case, kind, message=message)


class Session:
    """The tests of one app."""

    def __init__(self, app, args):
        self.app, self.args = app, args
        self.suite = xml.Element("testsuite", name=app.name)
        self.lines = []

    def start(self, commands):
        """One start of the app. @return (its watched run, the <testcase>s it has left)"""
        with tempfile.TemporaryDirectory(prefix="deskboard-test-") as folder:
            results = Path(folder) / "results.xml"
            card = execution.fill_card(self.app, self.args) if self.app.board.sdcard else None
            command = execution.program_command(self.app, self.args, card) + ["--unity-junit", str(results)]
            for text in commands:
                command += ["--unity", text]
            watched = running.Watched(command, env=execution.environment(self.app), echo=self.args.verbose, stdin=subprocess.DEVNULL)
            watched.wait(self.args.timeout)
            self.lines += watched.lines
            try:
                found = list(xml.parse(results).getroot()) if results.is_file() else []
            except xml.ParseError:
                found = []
        return watched, found

    def why(self, watched):
        if watched.timed_out:
            return f"the app did not end within {self.args.timeout:g} seconds"
        reason, message = running.exit_reason(watched, watched.process.returncode)
        return message or f"the app has ended in this test ({reason})"

    def not_run(self, case, watched):
        """A case that the app has neither run nor ended in: it chooses its cases itself, or has ended before."""
        if watched.process.returncode not in (0, 1) or watched.timed_out or running.exit_reason(watched, watched.process.returncode)[0] == "panic":
            add_case(self.suite, case.name, case.tags, "error", self.why(watched))
        else:
            add_case(self.suite, case.name, case.tags, "skipped", "the app itself does not run it")

    def run(self, cases):
        left = list(cases)
        while left:
            watched, found = self.start([case.command for case in left])
            down = next((case for case in found if case.find("error") is not None), None)
            if down is not None:
                down.find("error").set("message", self.why(watched))
                self.attach(down, watched)
            for case in found:
                if case.find("failure") is not None:
                    self.attach(case, watched)
                self.suite.append(case)
            names = {case.get("name") for case in found}
            before, left = left, [case for case in left if case.name not in names]
            if down is None and left:
                for case in left:
                    self.not_run(case, watched)
                break
            if len(left) == len(before):
                break
        self.report()

    def run_all(self):
        """An app without TEST_CASEs: its RUN_TEST()s, or only how it ends."""
        watched, found = self.start([])
        for case in found:
            if case.find("error") is not None:
                case.find("error").set("message", self.why(watched))
                self.attach(case, watched)
            self.suite.append(case)
        code = watched.process.returncode
        failed = any(case.find("failure") is not None or case.find("error") is not None for case in found)
        if not found or ((code or watched.timed_out) and not failed):
            if code or watched.timed_out:
                add_case(self.suite, self.app.name, "", "error", self.why(watched))
                self.attach(self.suite[-1], watched)
            else:
                xml.SubElement(self.suite, "testcase", classname="", name=self.app.name, time=f"{watched.seconds:.3f}")
        self.report()

    @staticmethod
    def attach(case, watched):
        """What the app has printed in this test."""
        start = next((i for i, line in enumerate(watched.lines) if line == f"Running {case.get('name')}..."), 0)
        end = next((i for i in range(start + 1, len(watched.lines)) if watched.lines[i].startswith("Running ")), len(watched.lines))
        text = "\n".join(watched.lines[start:end])
        # XML has no place for control characters.
        xml.SubElement(case, "system-out").text = re.sub(r"[^\t\n\r\x20-\ufffd]", "", running.COLOUR.sub("", text))

    def count(self, kind):
        return sum(case.find(kind) is not None for case in self.suite)

    def report(self):
        for key, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            self.suite.set(key, str(self.count(kind)))
        self.suite.set("tests", str(len(self.suite)))
        self.suite.set("time", f"{sum(float(case.get('time', 0)) for case in self.suite):.3f}")
        for case in self.suite:
            problem = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
            word = {None: "pass", "failure": "FAIL", "error": "DOWN", "skipped": "skip"}[problem.tag if problem is not None else None]
            output = case.find("system-out")
            if output is not None and not self.args.verbose:
                say(output.text)
            say(f"{word}  {case.get('name')} ({1000 * float(case.get('time', 0)):.0f} ms)" + (f": {problem.get('message')}" if problem is not None else ""))


def run(args):
    try:
        selection = re.compile(args.filter) if args.filter else None
    except re.error as problem:
        raise Failure(f"--filter {args.filter}: {problem}") from None
    apps = find_apps(args.app)
    if args.build_dir and len(apps) > 1:
        raise Failure(f"--build-dir is one folder, and {args.app or 'this folder'} has {len(apps)} test apps")
    for name, value in (("image", []), ("sdcard", None), ("psram", None), ("fault", []), ("heap_report", False), ("log_level", None), ("pictures", [])):
        setattr(args, name, value)
    root = xml.Element("testsuites")
    for folder in apps:
        args.app = str(folder)
        root.append(run_app(Project(args), args, selection))
    total = {key: sum(int(suite.get(key)) for suite in root) for key in ("tests", "failures", "errors", "skipped")}
    for key, value in total.items():
        root.set(key, str(value))
    if args.junit:
        try:
            xml.ElementTree(root).write(args.junit, encoding="UTF-8", xml_declaration=True)
        except OSError as problem:
            raise Failure(f"--junit {args.junit}: {problem.strerror}") from None
    if not total["tests"]:
        raise Failure(f"no test case matches {args.filter}" if args.filter else "there are no test cases")
    failed = total["failures"] + total["errors"]
    say(f"{total['tests']} tests, {failed} failed, {total['skipped']} skipped")
    return 1 if failed else 0


def run_app(app, args, selection):
    if app.toolchain and app.toolchain.bare:
        raise Failure(f"{app.toolchain.name} has no test cases: Unity is part of the emulated board")
    app.build()
    flashing.write(app, args)
    session = Session(app, args)
    cases = read_cases(app, selection)
    if cases:
        console.note(f"{relative(app.dir)}: {len(cases)} test cases")
        session.run(cases)
    elif selection and cases is not None:
        session.report()
    else:
        session.run_all()
    return session.suite


def pytest(args):
    """pytest_*.py of a project, with pytest-embedded's names, on the emulated board."""
    bootstrap.ensure(bootstrap.PYTEST_LIST)
    place = Path(args.app or ".")
    if not place.exists():
        place = find(args.app)
    folder = place if place.is_dir() else place.parent
    # Debian's packages are those of its own interpreter.
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    command = [python, "-B", "-m", "pytest", "-p", "deskboard_pytest.plugin", "-o", "python_files=pytest_*.py", str(place.resolve())]
    if args.board:
        command += ["--board", args.board]
    env = dict(os.environ)
    env.setdefault("IDF_PATH", str(ROOT / "cmake" / "idf"))
    env.setdefault("IDF_VERSION", ".".join(map(str, rules.idf_version()[:2])))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT / "tools" / "pytest_deskboard"), env.get("PYTHONPATH"))))
    code = subprocess.call(command + args.rest, cwd=folder, env=env)
    # pytest's own codes: 1 a test has failed, 2 interrupted, 3 and 4 its use, 5 no tests.
    return code if code in (0, 1) else 2
