"""--toolchain: what is refused before anything is built. What is built and run: tests/cross/targets.py."""

import os
import unittest

from support import TemporaryFolder, fw

import toolchains

BARE = ("mobilenetv2_cls", "--toolchain", "arm-none-eabi")


class Refusals(unittest.TestCase):
    def refused(self, *arguments):
        """The reason, which is one line."""
        result = fw(*arguments)
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_an_unknown_toolchain(self):
        for command in ("build", "run", "test", "size"):
            self.assertIn("--toolchain z80: it is one of aarch64, ", self.refused(command, "mobilenetv2_cls", "--toolchain", "z80"))

    def test_what_a_program_without_operating_system_has_not(self):
        self.assertIn("--psram: a program for arm-none-eabi has no card", self.refused("run", *BARE, "--psram", "8M"))
        self.assertIn("--fault: ", self.refused("run", *BARE, "--fault", "alloc=3"))
        self.assertIn("arguments of the program: ", self.refused("run", *BARE, "--", "--help"))
        self.assertIn("its model lies in rodata", self.refused("build", *BARE, "--model-location", "sdcard"))
        self.assertIn("has no test cases", self.refused("test", *BARE))

    def test_deskboards_own_tests(self):
        self.assertIn("--toolchain is for the tests of a project", self.refused("test", "--toolchain", "aarch64"))

    def test_tools_that_look_into_a_program_of_this_machine(self):
        for toolchain in ("aarch64", "arm-none-eabi"):
            self.assertIn("not with --toolchain", self.refused("gdb", "mobilenetv2_cls", "--toolchain", toolchain))
            self.assertIn("not with --toolchain", self.refused("run", "mobilenetv2_cls", "--toolchain", toolchain, "--valgrind"))

    def test_a_sanitizer_beside_it(self):
        self.assertEqual(fw("build", *BARE, "--asan").returncode, 2)


class MissingPackage(TemporaryFolder):
    def test_it_is_named_in_one_line(self):
        # A machine with everything but the compiler, whatever this one has, and without apt-get.
        others = [package for package in toolchains.find("arm-none-eabi").packages if package != "gcc-arm-none-eabi"]
        script = '#!/bin/sh\n/usr/bin/dpkg-query "$@" | /usr/bin/grep -v gcc-arm-none-eabi\n'
        script += "".join(f"printf 'install ok installed\\t{package}\\t\\n'\n" for package in others)
        tool = self.write("dpkg-query", script)
        tool.chmod(0o755)
        result = fw("build", *BARE, PATH=os.pathsep.join([str(self.dir)]))
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(result.stderr, "fw: there is no apt-get here; install these packages first: gcc-arm-none-eabi\n")


if __name__ == "__main__":
    unittest.main()
