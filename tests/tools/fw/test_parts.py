"""The readers: TOML, YAML, conditions, boards, ELF, bootstrap."""

import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder

import boards
import bootstrap
import rules
import toml_reader
import yaml_reader


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

    def test_small_reader_agrees_with_pythons(self):
        if toml_reader.tomllib is None:
            self.skipTest("this Python has no tomllib")
        self.assertEqual(toml_reader.parse(self.TEXT), toml_reader.tomllib.loads(self.TEXT))

    def test_small_reader_reads_every_board(self):
        if toml_reader.tomllib is None:
            self.skipTest("this Python has no tomllib")
        files = sorted((ROOT / "boards").glob("*/board.toml"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(board=file.parent.name):
                self.assertEqual(toml_reader.parse(file.read_text()), toml_reader.tomllib.loads(file.read_text()))

    def test_mistakes_name_the_line(self):
        for text, line in (("a = 1\nb\n", 2), ("a = nonsense\n", 1), ("\n\nx = \n", 3)):
            with self.assertRaisesRegex(toml_reader.TomlError, f"line {line}"):
                toml_reader.parse(text)


class Yaml(unittest.TestCase):
    def test_a_manifest(self):
        text = """## IDF Component Manager Manifest File
version: "1.0.0"
targets:
  - esp32s3
  - esp32p4
description: "with: colon"  # comment
url: https://example.com/a#b
dependencies:
  espressif/esp-dl:
    version: "^3.1.0"
    override_path: "../../../components/esp-dl"
  idf: ">=5.3"
  board:
    version: '*'
    rules:
     - if: "target == esp32p4"
     - if: "idf_version >= 5.3, <6.0"
files:
  exclude: ["a", b]
"""
        got = yaml_reader.parse(text)
        self.assertEqual(got["targets"], ["esp32s3", "esp32p4"])
        self.assertEqual(got["description"], "with: colon")
        self.assertEqual(got["url"], "https://example.com/a#b")
        self.assertEqual(got["dependencies"]["espressif/esp-dl"]["override_path"], "../../../components/esp-dl")
        self.assertEqual(got["dependencies"]["idf"], ">=5.3")
        self.assertEqual(
            got["dependencies"]["board"]["rules"], [{"if": "target == esp32p4"}, {"if": "idf_version >= 5.3, <6.0"}]
        )
        self.assertEqual(got["files"]["exclude"], ["a", "b"])

    def test_sequence_at_the_keys_own_indentation(self):
        self.assertEqual(yaml_reader.parse("a:\n- 1\n- x: y\n  z: w\nb: c\n"), {"a": ["1", {"x": "y", "z": "w"}], "b": "c"})

    def test_empty_and_comments_only(self):
        self.assertEqual(yaml_reader.parse("# nothing\n\n"), {})

    def test_mistakes_name_file_and_line(self):
        for text, line in (("a: 1\njust words\n", 2), ("a:\n\tb: 1\n", 2), ("a: 1\n    b: 2\n", 2), ("a: [1, 2\n", 1)):
            with self.assertRaisesRegex(yaml_reader.YamlError, f"m.yml:{line}:"):
                yaml_reader.parse(text, "m.yml")


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

    def test_unreadable(self):
        for text in ("target", "target ==", "target in esp32p4", "moon == full", "(target == esp32p4", "target == esp32p4 esp32s3"):
            with self.subTest(text=text), self.assertRaises(rules.RuleError):
                rules.holds(text, "esp32p4")


class Boards(TemporaryFolder):
    def test_every_profile_loads_and_its_table_exists(self):
        names = boards.names(ROOT / "boards")
        self.assertIn(boards.DEFAULT_BOARD, names)
        self.assertIn("esp32_s3_eye", names)
        for name in names:
            board = boards.load(ROOT / "boards", name)
            self.assertIn(board.chip, ("esp32", "esp32s3", "esp32p4"))
            self.assertGreater(board.flash_size, 0)
            self.assertGreater(board.internal_ram(), 100 * 1024)

    def test_unknown_board_names_the_known(self):
        with self.assertRaisesRegex(boards.BoardError, "esp32_s3_eye"):
            boards.load(ROOT / "boards", "esp32_toaster")

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


if __name__ == "__main__":
    unittest.main()
