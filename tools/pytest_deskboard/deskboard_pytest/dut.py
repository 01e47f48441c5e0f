"""The device under test: an app's program, with pytest-embedded's names for what a test asks of it."""

import logging
import re
import sys
from dataclasses import dataclass, field

import pexpect
from pexpect.popen_spawn import PopenSpawn

READY = "Press ENTER to see the list of tests"
MENU = r"Here's the test menu, pick your combo:(.+)Enter test for running\."
SUMMARY = r"(\d+) Tests (\d+) Failures (\d+) Ignored\s*?(OK|FAIL)"
ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")
PANIC = "The app has ended: a chip would start anew"


def to_bytes(text, end=""):
    if isinstance(text, str):
        text = text.encode()
    return text if text.endswith(end.encode()) else text + end.encode()


class Tee:
    """What pexpect has read, on the terminal."""

    def write(self, data):
        sys.stdout.write(data.decode(errors="replace"))

    def flush(self):
        sys.stdout.flush()


@dataclass
class UnittestMenuCase:
    """A line of the menu of test cases."""

    index: int
    name: str
    type: str
    keywords: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)
    subcases: list = field(default_factory=list)

    @property
    def is_ignored(self):
        return "ignore" in self.keywords or "disable" in self.keywords


@dataclass
class UnityResult:
    """One test case that has been run."""

    name: str
    result: str
    message: str = ""


class Serial:
    """What a test calls on the line to the board."""

    def __init__(self, dut):
        self.dut = dut

    def hard_reset(self):
        self.dut.restart()

    def close(self):
        self.dut.close()


class Dut:
    """The app. expect() and its family read on from where the last one has stopped."""

    def __init__(self, app):
        self.app = app
        self.serial = Serial(self)
        self.logdir = str(app.build_dir)
        self.testsuite = []
        self.pexpect_proc = None
        self.start()

    def start(self):
        self.pexpect_proc = PopenSpawn(self.app.command, env=self.app.environment)
        self.pexpect_proc.logfile_read = Tee()

    def close(self):
        process = self.pexpect_proc.proc
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except Exception:  # whatever it is: it has to go
                process.kill()
                process.wait()

    def restart(self):
        self.close()
        self.start()

    @property
    def target(self):
        return self.app.target

    def write(self, data):
        """A line to the app's input."""
        self.pexpect_proc.send(to_bytes(data, "\n"))

    def _all(self, call, patterns, timeout, expect_all, not_matching):
        patterns = patterns if isinstance(patterns, (list, tuple)) else [patterns]
        found = []
        left = list(patterns)
        while left:
            result, index = call(left, timeout)
            found.append(result)
            for forbidden in [not_matching] if isinstance(not_matching, (str, bytes, re.Pattern)) else not_matching or []:
                pattern = forbidden if isinstance(forbidden, re.Pattern) else re.compile(to_bytes(forbidden))
                assert not pattern.search(self.pexpect_proc.before or b""), f"{forbidden!r} has come, which must not"
            del left[index]
            if not expect_all:
                break
        return found if expect_all and len(patterns) > 1 else found[0]

    def expect(self, pattern, timeout=30, expect_all=False, not_matching=None, return_what_before_match=False):
        """Waits for a regular expression, or one of several. @return the match (of bytes)"""
        def call(patterns, seconds):
            compiled = [p if isinstance(p, re.Pattern) or not isinstance(p, (str, bytes)) else re.compile(to_bytes(p), re.DOTALL) for p in patterns]
            compiled = [re.compile(to_bytes(p.pattern), p.flags & ~re.UNICODE) if isinstance(p, re.Pattern) and isinstance(p.pattern, str) else p
                        for p in compiled]
            index = self._wait(self.pexpect_proc.expect, compiled, patterns, seconds)
            if return_what_before_match:
                return self.pexpect_proc.before, index
            match = self.pexpect_proc.match
            return match, index

        return self._all(call, pattern, timeout, expect_all, not_matching)

    def expect_exact(self, pattern, timeout=30, expect_all=False, not_matching=None, return_what_before_match=False):
        """Waits for a text, or one of several. @return what has come, as bytes"""
        def call(patterns, seconds):
            exact = [to_bytes(p) if isinstance(p, (str, bytes)) else p for p in patterns]
            index = self._wait(self.pexpect_proc.expect_exact, exact, patterns, seconds)
            if return_what_before_match:
                return self.pexpect_proc.before, index
            return self.pexpect_proc.after, index

        return self._all(call, pattern, timeout, expect_all, not_matching)

    def _wait(self, expect, patterns, given, timeout):
        try:
            return expect(patterns, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as problem:
            before = (self.pexpect_proc.before or b"") if isinstance(self.pexpect_proc.before, bytes) else b""
            why = f"not within {timeout} seconds" if isinstance(problem, pexpect.TIMEOUT) else "before the app has ended"
            tail = ESCAPES.sub(b"", before)[-2000:].decode(errors="replace")
            raise type(problem)(f"{given if len(given) > 1 else given[0]!r} has not come, {why}. The app's last output:\n{tail}") from None

    def expect_unity_test_output(self, remove_asci_escape_code=True, timeout=60, extra_before=None):
        """Waits for the end of a run of test cases. Fails if one of them has failed."""
        match = self.expect(SUMMARY, timeout=timeout)
        text = (extra_before or b"") + self.pexpect_proc.before
        if remove_asci_escape_code:
            text = ESCAPES.sub(b"", text)
        self._take_results(text.decode(errors="replace"))
        tests, failures = int(match.group(1)), int(match.group(2))
        assert tests, "no test case has been run"
        assert not failures, f"{failures} of {tests} test cases have failed:\n" + self._failed()

    def _take_results(self, text):
        for line in text.splitlines():
            match = re.match(r"^(.*?):(\d+):(.*):(PASS|FAIL|IGNORE)(?:: (.*))?$", line.strip())
            if match:
                self.testsuite.append(UnityResult(match[3], match[4], match[5] or ""))

    def _failed(self):
        return "\n".join(f"  {result.name}: {result.message}" for result in self.testsuite if result.result == "FAIL")


class IdfDut(Dut):
    """A Dut whose app has ESP-IDF's menu of test cases."""

    _menu = None

    def confirm_write(self, write_str, *, expect_pattern=None, expect_str=None, timeout=1, retry_times=3):
        """Writes again until the answer has come."""
        for attempt in range(retry_times):
            self.write(write_str)
            try:
                return self.expect_exact(expect_str, timeout=timeout) if expect_str else self.expect(expect_pattern, timeout=timeout)
            except pexpect.TIMEOUT:
                if attempt + 1 == retry_times:
                    raise
        return None

    def _parse_test_menu(self, ready_line=READY, pattern=MENU, trigger=""):
        self.expect_exact(ready_line)
        match = self.confirm_write(trigger, expect_pattern=pattern, timeout=10)
        return self._parse_unity_menu_from_str(match.group(1).decode())

    parse_test_menu = _parse_test_menu

    @staticmethod
    def _parse_unity_menu_from_str(text):
        cases = []
        for line in text.splitlines():
            case = re.match(r'^\((\d+)\)\s"(.*)"\s(.*)$', line.strip())
            sub = re.match(r'^\t\s*\((\d+)\)\s"(.*)"$', line.rstrip())
            if case and not line.startswith("\t"):
                tags = re.findall(r"\[([^\]]*)\]", case[3])
                kind = next((tag for tag in tags if tag in ("multi_stage", "multi_device")), "normal")
                tags = [tag for tag in tags if tag != kind]
                attributes = dict(tag.split("=", 1) for tag in tags if "=" in tag)
                keywords = [tag for tag in tags if tag in ("ignore", "disable")]
                groups = [tag for tag in tags if "=" not in tag and tag not in keywords]
                cases.append(UnittestMenuCase(int(case[1]), case[2], kind, keywords, groups, attributes))
            elif sub and cases:
                cases[-1].subcases.append({"index": int(sub[1]), "name": sub[2]})
        return cases

    @property
    def test_menu(self):
        if self._menu is None:
            self._menu = self._parse_test_menu()
        return self._menu

    def run_all_single_board_cases(self, group=None, reset=False, timeout=30, run_ignore_cases=False, name=None, attributes=None, dry_run=False):
        """Runs the test cases of the menu that are meant, each by itself; after one that takes the app down it is started again."""
        def among(wanted, have):
            return wanted is None or any(word in have for word in ([wanted] if isinstance(wanted, str) else wanted))

        chosen = [case for case in self.test_menu
                  if case.type == "normal" and (run_ignore_cases or not case.is_ignored) and among(group, case.groups) and among(name, [case.name])
                  and all(case.attributes.get(key) == value for key, value in (attributes or {}).items())]
        if dry_run:
            logging.info("test cases: %s", [case.name for case in chosen])
            return
        problems = []
        for number, case in enumerate(chosen):
            problem = self._run_case(case, timeout, reset and number > 0)
            if problem:
                problems.append(f"{case.name}: {problem}")
        assert chosen, "no test case of the menu is meant"
        assert not problems, f"{len(problems)} of {len(chosen)} test cases have failed:\n  " + "\n  ".join(problems)

    run_all_cases = run_all_single_board_cases

    def _run_case(self, case, timeout, reset):
        """@return what is wrong, or None"""
        if reset or self.pexpect_proc.proc.poll() is not None:
            self.restart()
            self.expect_exact(READY, timeout=timeout)
        before = len(self.testsuite)
        self.write(str(case.index))
        try:
            self.expect_unity_test_output(timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF):
            self.restart()
            self.expect_exact(READY, timeout=timeout)
            self.testsuite.append(UnityResult(case.name, "FAIL", "it took the app down, or did not end in time"))
            return self.testsuite[-1].message
        except AssertionError:
            return self.testsuite[-1].message if len(self.testsuite) > before else "failed"
        return None

    def run_single_board_case(self, name, reset=False, timeout=30):
        self.run_all_single_board_cases(name=name, reset=reset, timeout=timeout)
