"""fw coverage: the lines that a run has reached."""

import os
import shutil
import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder, fw

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
MAIN = """#include <cstdio>
static int never(int a) {
    return a + 1;
}
extern "C" void app_main(void) {
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        sum += i;
    }
    if (sum == 4) {
        never(sum);
    }
    printf("%d\\n", sum);
}
"""


@unittest.skipUnless(shutil.which("lcov"), "lcov is not installed: fw coverage would install it")
@unittest.skipUnless(HOST and Path(HOST, "deskboard-libraries.cmake").exists(), "DESKBOARD_HOST_BUILD names no build of the libraries")
class Coverage(TemporaryFolder):
    def test_a_project(self):
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(thing)\n")
        self.write("main/CMakeLists.txt", 'idf_component_register(SRCS "main.cpp" "other.cpp")\n')
        self.write("main/main.cpp", MAIN)
        self.write("main/other.cpp", "int other(int a) {\n    return a;\n}\n")
        for _ in range(2):  # a second run counts anew
            result = fw("coverage", self.dir, "-o", self.dir / "html", DESKBOARD_HOST_BUILD=HOST)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertRegex(result.stdout, r"\n +7 of +10 lines +70 % +main/main\.cpp\n")
            self.assertRegex(result.stdout, r"\n +0 of +2 lines +0 % +main/other\.cpp\n")
            info = (self.dir / "html/coverage.info").read_text()
            self.assertIn("DA:8,3\n", info)
            self.assertIn("DA:11,0\n", info)
        self.assertTrue((self.dir / "html/index.html").is_file())
        # Beside the build without counting, not in its place.
        self.assertTrue((self.dir / "build/esp32_p4_function_ev_board-coverage").is_dir())
        self.assertFalse((self.dir / "build/esp32_p4_function_ev_board").exists())

    def test_a_project_in_the_checkout(self):
        result = fw("coverage", ROOT / "tests/apps/hello", "-B", self.dir / "build", DESKBOARD_HOST_BUILD=HOST)
        self.assertRegex(result.stdout, r"\n +[1-9]\d* of +\d+ lines +\d+ % +main/app_main\.cpp\n")


if __name__ == "__main__":
    unittest.main()
