"""fw test PROJECT: Unity's test cases of a project and of its test apps, JUnit, filters, a test that takes the app down."""

import os
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from support import TemporaryFolder, fw

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
BUILT = HOST and Path(HOST, "deskboard-libraries.cmake").exists()
MAIN = """#include "unity.h"
#include <cstdlib>
#include <cstring>
TEST_CASE("adds", "[math]") { TEST_ASSERT_EQUAL(4, 2 + 2); }
TEST_CASE("wrong <&>", "[math]") { TEST_ASSERT_EQUAL_MESSAGE(5, 2 + 2, "a sum"); }
TEST_CASE("down", "[bad]") { abort(); }
TEST_CASE("later", "[x]") { TEST_IGNORE_MESSAGE("tomorrow"); }
TEST_CASE("endless", "[slow]") { while (getenv("ENDLESS")) {} }
TEST_CASE("after", "[x]") { }
extern "C" void app_main(void) { unity_run_menu(); }
"""
FUNCTIONS = """#include "unity.h"
static void right() { TEST_ASSERT_TRUE(true); }
static void wrong() { TEST_FAIL_MESSAGE("as it should"); }
extern "C" void app_main(void) { UNITY_BEGIN(); RUN_TEST(right); RUN_TEST(wrong); UNITY_END(); }
"""
CHOOSES = """#include "unity.h"
TEST_CASE("chosen", "[a]") { }
TEST_CASE("left out", "[b]") { }
extern "C" void app_main(void) { UNITY_BEGIN(); unity_run_tests_by_tag("[a]", false); UNITY_END(); }
"""
PLAIN = '#include <cstdlib>\nextern "C" void app_main(void) { if (getenv("FAILS")) abort(); }\n'


class Finding(TemporaryFolder):
    def app(self, folder):
        self.write(f"{folder}/CMakeLists.txt", "")
        self.write(f"{folder}/main/CMakeLists.txt", "")

    def test_where_test_apps_lie(self):
        import project_tests

        for folder in (".", "test_apps/b", "test_apps/a", "components/thing/test_apps", "components/other/test_apps/c", "elsewhere"):
            self.app(folder)

        def found(folder):
            return [str(p.relative_to(self.dir.resolve())) for p in project_tests.find_apps(str(self.dir / folder))]

        self.assertEqual(found("."), [".", "test_apps/a", "test_apps/b", "components/other/test_apps/c", "components/thing/test_apps"])
        self.assertEqual(found("test_apps"), ["test_apps/a", "test_apps/b"])
        self.assertEqual(found("components/thing/test_apps"), ["components/thing/test_apps"])
        self.assertEqual(found("elsewhere"), ["elsewhere"])

    def test_what_is_none(self):
        self.assertEqual(fw("test", self.dir).returncode, 2)
        self.assertIn("name it", fw("test", "--junit", self.dir / "x").stderr)


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of the libraries")
class Running(TemporaryFolder):
    def app(self, folder, main, requires="REQUIRES unity WHOLE_ARCHIVE"):
        name = Path(folder).name
        self.write(f"{folder}/CMakeLists.txt",
                   f"cmake_minimum_required(VERSION 3.16)\ninclude($ENV{{IDF_PATH}}/tools/cmake/project.cmake)\nproject({name})\n")
        self.write(f"{folder}/main/CMakeLists.txt", f'idf_component_register(SRCS "main.cpp" {requires})\n')
        self.write(f"{folder}/main/main.cpp", main)
        return self.dir / folder

    def outcome(self, folder, *arguments, **environment):
        file = self.dir / "results.xml"
        file.unlink(missing_ok=True)
        result = fw("test", folder, "--junit", file, *arguments, DESKBOARD_HOST_BUILD=HOST, **environment)
        suites = {}
        if file.is_file():
            for suite in xml.parse(file).getroot():
                suites[suite.get("name")] = {case.get("name"): next((child for child in case if child.tag != "system-out"), None) for case in suite}
        return result, suites

    def test_every_outcome(self):
        app = self.app("app", MAIN)
        result, suites = self.outcome(app)
        self.assertEqual(result.returncode, 1, result.stderr)
        cases = suites["app"]
        self.assertEqual(list(cases), ["adds", "wrong <&>", "down", "later", "endless", "after"])
        self.assertEqual([None if c is None else c.tag for c in cases.values()], [None, "failure", "error", "skipped", None, None])
        self.assertRegex(cases["wrong <&>"].get("message"), r"main\.cpp:5: Expected 5 Was 4\. a sum")
        self.assertEqual(cases["down"].get("message"), "abort() was called in task 'main'")
        self.assertEqual(cases["later"].get("message").rsplit(": ", 1)[1], "tomorrow")
        self.assertIn("6 tests, 2 failed, 1 skipped\n", result.stdout)
        self.assertRegex(result.stdout, r"--- 0x\w+: test_func_6\(\) at .*main\.cpp:6")
        self.assertRegex(result.stdout, r"\npass  after \(\d+ ms\)\n")

        some, suites = self.outcome(app, "-R", r"\[x\]|^adds$")
        self.assertEqual((some.returncode, list(suites["app"])), (0, ["adds", "later", "after"]))
        none, _ = self.outcome(app, "-R", "no such test")
        self.assertEqual((none.returncode, none.stderr.splitlines()[-1]), (2, "fw: no test case matches no such test"))
        self.assertEqual(self.outcome(app, "-R", "[")[0].returncode, 2)

        hangs, suites = self.outcome(app, "-R", "endless|after", "--timeout", "2", ENDLESS="1")
        self.assertEqual(hangs.returncode, 1)
        self.assertEqual(suites["app"]["endless"].get("message"), "the app did not end within 2 seconds")
        self.assertIsNone(suites["app"]["after"])

    def test_other_kinds_of_apps(self):
        self.app("home/test_apps/functions", FUNCTIONS)
        self.app("home/test_apps/chooses", CHOOSES)
        self.app("home/test_apps/plain", PLAIN, requires="")
        result, suites = self.outcome(self.dir / "home" / "test_apps")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIsNone(suites["functions"]["right"])
        self.assertIn("as it should", suites["functions"]["wrong"].get("message"))
        self.assertIsNone(suites["chooses"]["chosen"])
        self.assertEqual(suites["chooses"]["left out"].tag, "skipped")
        self.assertIsNone(suites["plain"]["plain"])
        fails, suites = self.outcome(self.dir / "home/test_apps/plain", FAILS="1")
        self.assertEqual((fails.returncode, suites["plain"]["plain"].tag), (1, "error"))


if __name__ == "__main__":
    unittest.main()
