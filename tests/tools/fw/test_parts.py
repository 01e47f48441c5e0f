"""The readers: TOML, conditions, versions, boards, ELF, bootstrap."""

import os
import subprocess
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path
from unittest import mock

from support import ROOT, TemporaryFolder

import boards
import bootstrap
import console
import flashing
import image
import model_chip
import project
import rules
import toml_reader
import versions


class Toml(TemporaryFolder):
    TEXT = """
# A board
title = "A # in a string"   # and a comment
cores = 2
size = 0x10_000
speed = 1.5
flag = true
list = [1, 2, "three"]
table = { a = 1, b = "two" }

[flash]
size = "16M"

[flash.deep]
x = 'single'

[[ram]]
name = "A"
[[ram]]
name = "B"
caps = ["default", "dma"]
"""

    def setUp(self):
        super().setUp()
        records = mock.patch.object(toml_reader, "RECORDS", self.dir / "build")
        records.start()
        self.addCleanup(records.stop)

    def test_small_reader_agrees_with_pythons(self):
        if toml_reader.pythons_own() is None:
            self.skipTest("this Python has no tomllib")
        self.assertEqual(toml_reader.parse(self.TEXT), toml_reader.pythons_own().loads(self.TEXT))

    def test_small_reader_reads_every_board(self):
        if toml_reader.pythons_own() is None:
            self.skipTest("this Python has no tomllib")
        files = sorted((ROOT / "boards").glob("*/board.toml"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(board=file.parent.name):
                self.assertEqual(toml_reader.parse(file.read_text()), toml_reader.pythons_own().loads(file.read_text()))

    def test_what_was_read_is_kept_until_the_file_changes(self):
        file = self.write("board.toml", "a = 1\n")
        os.utime(file, ns=(1, 1))
        with mock.patch.object(toml_reader, "read", wraps=toml_reader.read) as read:
            for _ in range(3):
                self.assertEqual(toml_reader.load(file), {"a": 1})
            self.assertEqual(read.call_count, 1)
            # As long as before, but not of that time.
            file.write_text("a = 2\n")
            self.assertEqual(toml_reader.load(file), {"a": 2})
            # Just written: it could change once more within the clock's step.
            self.assertEqual(toml_reader.load(file), {"a": 2})
            self.assertEqual(read.call_count, 3)
            for damaged in ("", "{", "[]", '{"state": 1}'):
                os.utime(file, ns=(1, 1))
                for record in (self.dir / "build").iterdir():
                    record.write_text(damaged)
                self.assertEqual(toml_reader.load(file), {"a": 2}, damaged)

    def test_nothing_is_kept_where_nothing_can_be(self):
        file = self.write("board.toml", "a = 1\n")
        os.utime(file, ns=(1, 1))
        (self.dir / "build").write_text("a file in the folder's place")
        self.assertEqual(toml_reader.load(file), {"a": 1})

    def test_dates_are_read_every_time(self):
        if toml_reader.pythons_own() is None:
            self.skipTest("this Python has no tomllib")
        file = self.write("board.toml", "day = 2026-01-02\n")
        os.utime(file, ns=(1, 1))
        for _ in range(2):
            self.assertEqual(str(toml_reader.load(file)["day"]), "2026-01-02")
        self.assertEqual(list((self.dir / "build").iterdir()), [])

    def test_mistakes_name_the_line(self):
        for text, line in (("a = 1\nb\n", 2), ("a = nonsense\n", 1), ("\n\nx = \n", 3)):
            with self.assertRaisesRegex(toml_reader.TomlError, f"line {line}"):
                toml_reader.parse(text)


class ModelChip(TemporaryFolder):
    def test_chip_of_a_path(self):
        for path, chip in (
            ("models/p4/a.espdl", "esp32p4"),
            ("models/s3/a_p4.espdl", "esp32p4"),
            ("models/esp32s3/deep/a.espdl", "esp32s3"),
            ("a_s8_esp32_s3.espdl", "esp32s3"),
            ("models/esp32/a.espdl", "esp32"),
            ("s3_or_p4.espdl", None),
            ("yolov5_c3.espdl", None),
            ("models/esp32c3/a.espdl", "esp32c3"),
            ("p4/home/me/app/model.espdl", None),
            ("model_s8_v1.espdl", None),
        ):
            with self.subTest(path=path):
                self.assertEqual(model_chip.chip_of(path), chip)

    def test_what_a_build_names(self):
        embedded = self.write("with space/p4/a.espdl", "")
        packed = self.write("models/p4/b.espdl", "").parent
        escaped = str(embedded).replace(" ", "$ ")
        ninja = (
            f"build x.o: ASM embed.S | {escaped} absent/s3/c.espdl\n"
            f"  COMMAND = cd / && python pack_espdl_models.py --model_path {packed} --out_file build/d.espdl\n"
            f"build other: phony {packed}\n"
        )
        self.assertEqual(model_chip.models(ninja), sorted([embedded, packed]))
        self.assertEqual(model_chip.warnings(ninja, "esp32p4"), [])
        self.assertEqual(model_chip.warnings(ninja, "esp32s31"), [])
        lines = model_chip.warnings(ninja, "esp32s3")
        self.assertEqual(len(lines), 2)
        self.assertIn(f"{packed}: by its path this model is made for esp32p4, which rounds half to even; the board's esp32s3", lines[0])


class Rules(unittest.TestCase):
    TRUE_ON_P4 = (
        "target == esp32p4",
        'target == "esp32p4"',
        "target != esp32s3",
        "target in [esp32p4]",
        'target in ["esp32s3", "esp32p4"]',
        "target not in [esp32, esp32s3]",
        "idf_version >= 5.3",
        "idf_version >=5.0,<7.0",
        "target == esp32p4 && idf_version >= 5.0",
        "target == esp32 || target == esp32p4",
        "(target == esp32 || target == esp32p4) && target != esp32",
    )

    def test_true(self):
        for text in self.TRUE_ON_P4:
            with self.subTest(text=text):
                self.assertTrue(rules.holds(text, "esp32p4"))

    def test_false(self):
        for text in ("target == esp32s3", "target in [esp32s3]", "target not in [esp32p4]", "idf_version < 5.0", "idf_version >=4.0,<5.0"):
            with self.subTest(text=text):
                self.assertFalse(rules.holds(text, "esp32p4"))

    def test_or_does_not_swallow_what_follows(self):
        self.assertTrue(rules.holds("target == esp32p4 || target == esp32 && idf_version < 5.0", "esp32p4"))

    def test_other_left_values(self):
        self.assertFalse(rules.holds("moon == full", "esp32p4"))
        self.assertTrue(rules.holds('$CONFIG{NAME} == "x y" && $CONFIG{SIZE} <= 0x10', "esp32p4", {"NAME": '"x y"', "SIZE": "16"}))
        self.assertTrue(rules.holds("idf_version ^5.0 && idf_version ~5", "esp32p4"))

    def test_unreadable(self):
        for text in ("target", "target ==", "target in esp32p4", "moon > full", "$ABSENT_VARIABLE == 1", "$CONFIG{X} == yes", "(target == esp32p4", "target == esp32p4 esp32s3"):
            with self.subTest(text=text), self.assertRaises(rules.RuleError):
                rules.holds(text, "esp32p4")


class Versions(unittest.TestCase):
    """The table of the component manager's documentation, and what it leaves to semantic versioning."""

    HOLDS = (
        ("*", "0.0.1"), ("^1.2", "1.9.0"), ("^0.2.3", "0.2.9"), ("^0.0.3", "0.0.3"), ("~1.2.3", "1.2.9"), ("~1", "1.9.0"), ("~=1.4", "1.9"),
        ("~=1.4.5", "1.4.7"), (">=1.0, <2", "1.9.9"), ("1.2.*", "1.2.7"), ("<=1.2", "1.2.9"), ("==1.2.3", "1.2.3~4"), (">1.2.3", "1.2.3~1"),
        ("<1.0.0", "1.0.0-rc.1"), (">=1.0.0-alpha", "1.0.0-beta"), ("1", "1.7.2"), ("!=1.2.3", "1.2.4"),
    )  # fmt: skip
    FAILS = (
        ("^1.2", "2.0.0"), ("^1.2", "1.1.9"), ("^0.2.3", "0.3.0"), ("^0.0.3", "0.0.4"), ("~1.2.3", "1.3.0"), ("~1", "2.0"), ("~=1.4.5", "1.5.0"),
        (">1.2", "1.2.5"), ("1.2", "1.3.0"), ("!=1.2", "1.2.4"), (">=1.0, <2", "2.0.0"), ("<=1.2.3", "1.2.4"),
    )  # fmt: skip

    def test_ranges(self):
        for spec, version in self.HOLDS:
            with self.subTest(spec=spec, version=version):
                self.assertTrue(versions.holds(spec, version))
        for spec, version in self.FAILS:
            with self.subTest(spec=spec, version=version):
                self.assertFalse(versions.holds(spec, version))

    def test_what_is_no_version(self):
        for spec in ("new", "^", "1.2.3.4", ">=", "1..2", "-1"):
            with self.subTest(spec=spec), self.assertRaises(versions.VersionError):
                versions.holds(spec, "1.2.3")


class Boards(TemporaryFolder):
    def test_every_profile_loads_and_its_table_exists(self):
        names = boards.names(ROOT / "boards")
        self.assertIn(boards.DEFAULT_BOARD, names)
        self.assertIn("esp32_s3_eye", names)
        for name in names:
            board = boards.load(ROOT / "boards", name)
            self.assertIn(board.chip, image.CHIP_IDS)
            self.assertGreater(board.flash_size, 0)
            self.assertGreater(board.internal_ram(), 100 * 1024)

    def test_unknown_board_names_the_known(self):
        with self.assertRaisesRegex(boards.BoardError, "esp32_s3_eye"):
            boards.load(ROOT / "boards", "esp32_toaster")

    def test_the_projects_chip_decides(self):
        folder = ROOT / "boards"
        self.assertEqual(boards.choose(folder, self.dir).name, boards.DEFAULT_BOARD)
        self.write("sdkconfig.defaults", '# made by hand\nCONFIG_IDF_TARGET="esp32s3"\n')
        self.assertEqual(boards.choose(folder, self.dir).name, "esp32_s3_eye")
        self.assertEqual(boards.choose(folder, self.dir, target="esp32").name, "esp32_devkitc")
        self.assertEqual(boards.choose(folder, self.dir, target="esp32", board="esp_box_3").name, "esp_box_3")
        self.write("sdkconfig", 'CONFIG_IDF_TARGET="esp32p4"\n')
        self.assertEqual(boards.choose(folder, self.dir).name, boards.DEFAULT_BOARD)
        self.write("sdkconfig", 'CONFIG_IDF_TARGET="esp8266"\n')
        with self.assertRaisesRegex(boards.BoardError, f"{self.dir}/sdkconfig: no board has the chip esp8266; there are boards with esp32, "):
            boards.choose(folder, self.dir)

    def test_mistakes_name_the_file(self):
        self.write("b/board.toml", 'chip = "esp32p4"\n[flash]\nsize = "16 megabytes"\n')
        with self.assertRaisesRegex(boards.BoardError, "board.toml: flash.size"):
            boards.load(self.dir, "b")
        self.write("b/board.toml", 'chip = "esp32p4"\n[flash]\n')
        with self.assertRaisesRegex(boards.BoardError, "'flash.size' is missing"):
            boards.load(self.dir, "b")
        self.write("b/board.toml", "chip =\n")
        with self.assertRaisesRegex(boards.BoardError, "board.toml: .*line 1"):
            boards.load(self.dir, "b")

    def test_sizes(self):
        self.assertEqual(boards.parse_size("8M", "x"), 8 << 20)
        self.assertEqual(boards.parse_size("512k", "x"), 512 << 10)
        self.assertEqual(boards.parse_size("0x1000", "x"), 4096)
        self.assertEqual(boards.parse_size(17, "x"), 17)


class LargerFlash(unittest.TestCase):
    def message(self, board, megabytes):
        app = types.SimpleNamespace(board=boards.load(ROOT / "boards", board))
        return flashing.larger_boards(app, megabytes << 20)

    def test_boards_with_the_same_chip_are_named(self):
        named = self.message("esp32_s3_eye", 16)
        self.assertIn("--board esp32_s3_korvo_2", named)
        self.assertNotIn("esp32_p4", named)
        self.assertNotIn("esp32_s3_eye", named)

    def test_nothing_is_named_where_there_is_none(self):
        self.assertEqual(self.message("esp32_s3_eye", 1024), "")


class Packages(unittest.TestCase):
    def test_list_is_sorted_and_complete_enough_to_start(self):
        wanted = bootstrap.wanted()
        self.assertEqual(len(wanted), len(set(wanted)))
        for package in ("g++", "cmake", "ninja-build", "python3-kconfiglib"):
            self.assertIn(package, wanted)

    def test_missing_names_what_is_absent(self):
        saved = bootstrap.wanted
        bootstrap.wanted = lambda *_: ["python3", "no-such-package-anywhere"]
        try:
            absent = bootstrap.missing()
        finally:
            bootstrap.wanted = saved
        if absent is None:
            self.skipTest("no dpkg here")
        self.assertIn("no-such-package-anywhere", absent)

    def test_dpkg_is_asked_again_when_a_package_or_the_list_has_changed(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            status, list_file, records = folder / "status", folder / "packages.txt", folder / "build"
            status.write_text("one\n")
            list_file.write_text("python3\n")
            asked = []
            with mock.patch.multiple(bootstrap, DPKG_STATUS=status, RECORDS=records, missing_names=lambda names: asked.append(list(names)) or []):
                def asks():
                    asked.clear()
                    bootstrap.ensure(list_file)
                    return len(asked)

                self.assertEqual([asks(), asks(), asks()], [1, 0, 0])
                # dpkg writes its database anew: even one of the same size and time is another file.
                before = status.stat()
                fresh = folder / "status-new"
                fresh.write_text("two\n")
                os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
                fresh.rename(status)
                self.assertEqual([asks(), asks()], [1, 0])
                list_file.write_text("python3\ncmake\n")
                self.assertEqual([asks(), asks()], [1, 0])
                self.assertEqual(asked, [])
                (records / ".packages.txt.installed").write_text('[["half')
                self.assertEqual([asks(), asks()], [1, 0])
                status.unlink()
                self.assertEqual([asks(), asks()], [1, 1])

    def test_what_is_missing_is_not_recorded_as_installed(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            status, list_file = folder / "status", folder / "packages.txt"
            status.write_text("one\n")
            list_file.write_text("no-such-package\n")
            with mock.patch.multiple(bootstrap, DPKG_STATUS=status, RECORDS=folder / "build", missing_names=lambda names: names,
                                     say=lambda text: None, shutil=mock.Mock(which=lambda program: None)):
                for _ in range(2):
                    with self.assertRaises(bootstrap.Failure):
                        bootstrap.ensure(list_file)


class BuildCommands(unittest.TestCase):
    def test_the_program_that_cmake_has_found_is_started_directly(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.assertEqual(project.build_command(folder, ["all"]), ["cmake", "--build", ".", "--target", "all"])
            cache = folder / "CMakeCache.txt"
            cache.write_text(f"CMAKE_GENERATOR:INTERNAL=Ninja\nCMAKE_MAKE_PROGRAM:FILEPATH={sys.executable}\n")
            self.assertEqual(project.build_command(folder, ["a", "b"]), [sys.executable, "a", "b"])
            cache.write_text("CMAKE_MAKE_PROGRAM:FILEPATH=/no/such/ninja\n")
            self.assertEqual(project.build_command(folder, ["a"]), ["cmake", "--build", ".", "--target", "a"])

    PROJECT = """cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.part")
set(input "${CMAKE_CURRENT_SOURCE_DIR}/settings")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${input}")
file(STRINGS "${input}" text)
add_custom_command(OUTPUT joined COMMAND cat ${sources} > joined COMMAND echo "${text}" >> joined DEPENDS ${sources} VERBATIM)
add_custom_target(main ALL DEPENDS joined)
"""

    def test_whatever_may_change_is_noticed(self):
        """A source, one more and one less of a file pattern, a file that CMake has read, the CMake file itself, a lost result."""
        with tempfile.TemporaryDirectory() as name:
            source, build = Path(name), Path(name) / "build"
            lists, joined = source / "CMakeLists.txt", build / "joined"
            lists.write_text(self.PROJECT)
            (source / "a.part").write_text("a\n")
            (source / "settings").write_text("one\n")
            subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", build], check=True, stdout=subprocess.DEVNULL)

            def built(code=0):
                command = project.build_command(build, ["all"])
                self.assertNotEqual(command[0], "cmake")
                with mock.patch.object(console, "note"):
                    self.assertEqual(console.run_build("Small", command, source=source, cwd=build), code)
                return joined.read_text() if joined.exists() else None

            def later(path, text):
                """Written at a time that no clock is too coarse for."""
                path.write_text(text)
                now = time.time_ns() + 5_000_000
                os.utime(path, ns=(now, now))

            self.assertEqual(built(), "a\none\n")
            first = joined.stat().st_mtime_ns
            self.assertEqual(built(), "a\none\n")
            self.assertEqual(joined.stat().st_mtime_ns, first)
            later(source / "a.part", "A\n")
            self.assertEqual(built(), "A\none\n")
            (source / "b.part").write_text("b\n")
            self.assertEqual(built(), "A\nb\none\n")
            (source / "b.part").unlink()
            self.assertEqual(built(), "A\none\n")
            later(source / "settings", "two\n")
            self.assertEqual(built(), "A\ntwo\n")
            joined.unlink()
            self.assertEqual(built(), "A\ntwo\n")
            later(lists, self.PROJECT.replace("cat ${sources}", "no-such-program"))
            built(code=1)
            later(lists, "nonsense(")
            built(code=2)


if __name__ == "__main__":
    unittest.main()
