"""Whether fw may leave ninja unasked: never where ninja would find something to do."""

import os
import shutil
import subprocess
import time
import unittest

from support import TemporaryFolder

import freshness

LISTS = """
cmake_minimum_required(VERSION 3.16)
project(small C)
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/*.c" "${CMAKE_SOURCE_DIR}/parts/*/more/*.c" "${CMAKE_SOURCE_DIR}/absent/*.c")
file(GLOB_RECURSE deep CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/deep/*.c")
add_custom_command(OUTPUT made.h COMMAND ${CMAKE_COMMAND} -E copy "${CMAKE_SOURCE_DIR}/made.txt" made.h DEPENDS made.txt)
add_executable(small ${sources} ${deep} made.h)
target_include_directories(small PRIVATE "${CMAKE_BINARY_DIR}")
"""
FILES = {
    "CMakeLists.txt": LISTS,
    "main.c": '#include "made.h"\n#include "direct.h"\nint main(void) { return MADE + DIRECT; }\n',
    "direct.h": '#include "indirect.h"\n',
    "indirect.h": "#define DIRECT 0\n",
    "made.txt": "#define MADE 0\n",
    "parts/one/more/one.c": "int one;\n",
    "parts/two/two.h": "",
    "deep/a/b/deep.c": "int deep;\n",
}


@unittest.skipUnless(shutil.which("cmake") and shutil.which("ninja"), "CMake and ninja are needed")
class Freshness(TemporaryFolder):
    def setUp(self):
        super().setUp()
        self.source = self.dir / "source"
        self.build = self.dir / "build"
        for name, text in FILES.items():
            self.write(f"source/{name}", text)
        self.age()
        subprocess.run(["cmake", "-G", "Ninja", "-S", self.source, "-B", self.build], check=True, stdout=subprocess.DEVNULL)
        self.command = [shutil.which("ninja"), "all"]
        self.assertFalse(freshness.is_fresh(self.build, self.command))
        self.make()
        self.assert_fresh()

    def age(self):
        """The files were written a while ago, as people's are; CMake's own may be from this moment."""
        for path in self.source.rglob("*"):
            os.utime(path, (time.time() - 60, time.time() - 60))

    def make(self):
        """As fw does it. @return what ninja said"""
        started = time.time_ns()
        result = subprocess.run(self.command, cwd=self.build, check=True, stdout=subprocess.PIPE, text=True)
        freshness.note_build(self.build, self.command, started)
        return result.stdout

    def assert_fresh(self):
        """At once, or after a build that found nothing to do: the first one has made its files too late for a record."""
        if not freshness.is_fresh(self.build, self.command):
            self.assertIn("no work to do", self.make())
        self.assertTrue(freshness.is_fresh(self.build, self.command))

    def assert_noticed(self, what):
        self.assertFalse(freshness.is_fresh(self.build, self.command), what)
        self.assertRegex(self.make(), "Building|Linking|Generating|Re-running CMake", what)
        self.assert_fresh()

    def test_a_changed_file_is_noticed_however_it_is_reached(self):
        for name, text in (("main.c", FILES["main.c"] + "\n"), ("direct.h", FILES["direct.h"] + "\n"), ("indirect.h", "#define DIRECT 1\n"),
                           ("made.txt", "#define MADE 1\n"), ("CMakeLists.txt", LISTS + "\n")):
            self.write(f"source/{name}", text)
            self.assert_noticed(name)

    def test_a_file_as_large_as_before_with_another_time_is_noticed(self):
        os.utime(self.source / "indirect.h")
        self.assert_noticed("indirect.h")

    def test_a_file_that_a_pattern_finds_is_noticed(self):
        for name in ("new.c", "parts/one/more/new.c", "parts/two/more/new.c", "parts/three/more/new.c", "absent/new.c", "deep/new.c",
                     "deep/a/b/c/new.c"):
            variable = name.replace("/", "_").replace(".", "_")
            self.write(f"source/{name}", f"int {variable};\n")
            self.assert_noticed(name)
        (self.source / "deep/a/b/deep.c").unlink()
        self.assert_noticed("deep.c removed")

    def test_what_was_built_and_is_gone_is_noticed(self):
        for name in ("small", "made.h", "CMakeFiles/small.dir/main.c.o"):
            (self.build / name).unlink()
            self.assert_noticed(name)

    def test_what_was_written_while_it_was_built_leaves_no_record(self):
        started = time.time_ns()
        subprocess.run(self.command, cwd=self.build, check=True, stdout=subprocess.DEVNULL)
        os.utime(self.source / "indirect.h", ns=(started + 1, started + 1))
        freshness.note_build(self.build, self.command, started)
        self.assertFalse(freshness.is_fresh(self.build, self.command))

    def test_a_damaged_record_is_none(self):
        record = freshness.record_of(self.build, self.command)
        whole = record.read_text()
        states = whole[whole.index('"states"'):]
        for text in ("", whole[:-7], "[]", "null", "{}", '{"command": 1, ' + states, '{"command": [], "states": {}}', whole.replace('{"/', '{"/": 3, "/', 1)):
            record.write_text(text)
            self.assertFalse(freshness.is_fresh(self.build, self.command), text)

    def test_other_targets_have_their_own_record(self):
        other = [self.command[0], "small"]
        self.assertFalse(freshness.is_fresh(self.build, other))
        # Nor do they take one of another command that has the same name.
        shutil.copy(freshness.record_of(self.build, self.command), freshness.record_of(self.build, other))
        self.assertFalse(freshness.is_fresh(self.build, other))

    def test_without_ninja_there_is_no_record(self):
        freshness.note_build(self.build, ["cmake", "--build", "."], time.time_ns())
        self.assertFalse(freshness.is_fresh(self.build, ["cmake", "--build", "."]))


if __name__ == "__main__":
    unittest.main()
