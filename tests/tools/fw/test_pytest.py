"""fw pytest: tests written for pytest-embedded run on the emulated board."""

import os
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from support import TemporaryFolder, fw

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
BUILT = HOST and Path(HOST, "deskboard-libraries.cmake").exists()
HAVE_PYTEST = subprocess.run(["/usr/bin/python3", "-c", "import pytest, pexpect"], stderr=subprocess.DEVNULL).returncode == 0
MAIN = """#include "unity.h"
#include "sdkconfig.h"
#include <cstdio>
#include <cstdlib>
TEST_CASE("adds", "[math]") { TEST_ASSERT_EQUAL(4, 2 + 2); }
TEST_CASE("after", "[math]") { }
TEST_CASE("wrong", "[bad]") { TEST_FAIL_MESSAGE("as it should"); }
TEST_CASE("down", "[bad]") { abort(); }
TEST_CASE("not here", "[bad][ignore]") { abort(); }
extern "C" void app_main(void) { printf("one 1 two 2 %s %d\\n", CONFIG_IDF_TARGET, CONFIG_FREERTOS_HZ); unity_run_menu(); }
"""
TESTS = """import pexpect
import pytest
from pytest_embedded import Dut
from pytest_embedded_idf import IdfDut
from pytest_embedded_idf.utils import idf_parametrize


@pytest.mark.target("esp32p4")
@pytest.mark.target("esp32s3")
@pytest.mark.timeout(60)
def test_talk(dut: Dut, target) -> None:
    assert dut.expect(r"one (\\d) two (\\d)").group(2) == b"2"
    dut.expect_exact(target)
    assert dut.app.sdkconfig["IDF_TARGET"] == dut.target == target
    dut.expect_exact("Press ENTER to see the list of tests.")
    dut.write("[math]")
    dut.expect_unity_test_output(timeout=10)
    assert [case.name for case in dut.testsuite] == ["adds", "after"]
    with pytest.raises(pexpect.TIMEOUT, match="nothing of the kind"):
        dut.expect("nothing of the kind", timeout=0.2)
    dut.write("[bad]")
    with pytest.raises(pexpect.EOF):
        dut.expect("nothing of the kind", timeout=10)
    dut.serial.hard_reset()
    dut.expect(["never", r"two \\d"])


@pytest.mark.target("esp32c3")
def test_other_chip(dut) -> None:
    assert False


@pytest.mark.parametrize("config", ["fast"], indirect=True)
def test_configuration(dut) -> None:
    assert dut.app.sdkconfig["FREERTOS_HZ"] == 500
    dut.expect_exact(" 500\\n")


@idf_parametrize("target", ["supported_targets"], indirect=["target"])
def test_group(dut: IdfDut) -> None:
    assert len(dut.test_menu) == 5
    dut.run_all_single_board_cases(group="math")


def test_all(dut: IdfDut) -> None:
    with pytest.raises(AssertionError, match="2 of 4 test cases have failed") as problem:
        dut.run_all_single_board_cases()
    assert "wrong: as it should" in str(problem.value)


def test_that_fails(dut) -> None:
    dut.expect_exact("no such text", timeout=0.2)
"""


@unittest.skipUnless(HAVE_PYTEST, "python3-pytest and python3-pexpect are not installed: fw pytest would install them")
@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of the libraries")
class Pytest(TemporaryFolder):
    def test_a_project(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(thing)\n")
        self.write("main/CMakeLists.txt", 'idf_component_register(SRCS "main.cpp" REQUIRES unity WHOLE_ARCHIVE)\n')
        self.write("main/main.cpp", MAIN)
        self.write("sdkconfig.ci.fast", "CONFIG_FREERTOS_HZ=500\n")
        self.write("pytest_thing.py", TESTS)
        # As ESP-IDF's projects have it.
        self.write("pytest.ini", "[pytest]\naddopts = --embedded-services esp,idf --skip-check-coredump y\nmarkers =\n  env: of the lab\n")
        self.write("conftest.py", "import os\nimport pytest\nfrom pytest_embedded.plugin import multi_dut_argument\n\n\ndef pytest_configure(config):\n"
                   "    assert config.getoption('target')\n\n\n@pytest.fixture\n@multi_dut_argument\ndef app_path(test_file_path):\n"
                   "    return os.path.dirname(test_file_path)\n")
        result = fw("pytest", self.dir, "--", "--junitxml", self.dir / "results.xml", DESKBOARD_HOST_BUILD=HOST)
        outcome = {case.get("name"): [child.tag for child in case] for case in xml.parse(self.dir / "results.xml").getroot().iter("testcase")}
        self.assertEqual(outcome, {"test_talk": [], "test_configuration[fast]": [], "test_group[esp32p4]": [], "test_all": [],
                                   "test_that_fails": ["failure"]}, result.stdout + result.stderr)
        self.assertEqual(result.returncode, 1)
        self.assertIn("'no such text' has not come, not within 0.2 seconds", result.stdout)
        other = fw("pytest", self.dir, "--", "--target", "esp32s3", "-k", "talk or group", DESKBOARD_HOST_BUILD=HOST)
        self.assertEqual(other.returncode, 0, other.stdout)
        self.assertIn("2 passed", other.stdout)
        self.assertEqual(fw("pytest", self.dir, "--", "-k", "no_such_test", DESKBOARD_HOST_BUILD=HOST).returncode, 2)

    @unittest.skipUnless(os.environ.get("DESKBOARD_UPSTREAM"), "DESKBOARD_UPSTREAM names no checkout of ESP-DL")
    def test_a_published_project(self):
        upstream = Path(os.environ["DESKBOARD_UPSTREAM"])
        # What its conftest.py and the build write goes beside copies; the rest is only read.
        for entry in upstream.iterdir():
            if entry.name in ("conftest.py", "pytest.ini"):
                shutil.copyfile(entry, self.dir / entry.name)
            elif entry.name != "test_apps" and not entry.name.startswith("."):
                (self.dir / entry.name).symlink_to(entry)
        shutil.copytree(upstream / "test_apps/dl_fft", self.dir / "test_apps/dl_fft")
        (self.dir / "test_apps/dl_audio").symlink_to(upstream / "test_apps/dl_audio")
        result = fw("pytest", self.dir / "test_apps/dl_fft", "--", "--target", "esp32p4", DESKBOARD_HOST_BUILD=HOST)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 passed", result.stdout)


if __name__ == "__main__":
    unittest.main()
