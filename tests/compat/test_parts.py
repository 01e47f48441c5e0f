"""The runner's own parts: a log is compared honestly, a row cannot be excused without a cause."""

import tempfile
import unittest
from pathlib import Path

import expected
import readme_log
import run

README = """# An example

```bash
idf.py flash monitor
```

```
I (1553) cat: [score: 0.924142, x1: 0, y1: 171]
I (1553) cat: [score: 0.909907, x1: 285, y1: 91]
I (1563) main_task: Returned from app_main()
```

```
id: 3, sim: 0.750027
```
"""


class ReadmeLog(unittest.TestCase):
    def setUp(self):
        self.blocks = readme_log.logs(README)

    def test_blocks(self):
        self.assertEqual(
            self.blocks, [["cat: [score: 0.924142, x1: 0, y1: 171]", "cat: [score: 0.909907, x1: 285, y1: 91]"], ["id: 3, sim: 0.750027"]]
        )

    def compare(self, *lines, block=0):
        return readme_log.compare(self.blocks[block], "\n".join(lines))

    def test_equal_whatever_the_time(self):
        self.assertEqual(
            self.compare(
                "I (7) main_task: Calling app_main()", "I (9) cat: [score: 0.924142, x1: 0, y1: 171]", "I (9) cat: 12 ms passed",
                "\x1b[0;32mI (9) cat: [score: 0.909907, x1: 285, y1: 91]\x1b[0m",
            ),
            (2, 2, ""),
        )

    def test_one_digit(self):
        equal, total, difference = self.compare("I (9) cat: [score: 0.924142, x1: 0, y1: 171]", "I (9) cat: [score: 0.909908, x1: 285, y1: 91]")
        self.assertEqual((equal, total), (1, 2))
        self.assertIn("0.909907", difference)
        self.assertIn("0.909908", difference)

    def test_a_tag_may_hold_colons(self):
        blocks = readme_log.logs("```\nI (1) dl::audio::DB: score=0.7300\nI (2) app: done 1\n```\n")
        self.assertEqual(blocks, [["dl::audio::DB: score=0.7300", "app: done 1"]])
        self.assertEqual(readme_log.verdict(blocks, "I (1) dl::audio::DB: score=0.7284\nI (2) app: done 1\n")[0], "1/2")

    def test_one_line_too_many(self):
        good = ["I (9) cat: [score: 0.924142, x1: 0, y1: 171]", "I (9) cat: [score: 0.909907, x1: 285, y1: 91]"]
        equal, total, difference = self.compare(*good, "I (9) cat: [score: 0.250000, x1: 1, y1: 2]")
        self.assertLess(equal, total)
        self.assertIn("0.25", difference)

    def test_another_order(self):
        equal, total, _ = self.compare("I (9) cat: [score: 0.909907, x1: 285, y1: 91]", "I (9) cat: [score: 0.924142, x1: 0, y1: 171]")
        self.assertLess(equal, total)

    def test_nothing_printed(self):
        self.assertEqual(self.compare("I (9) main_task: Returned from app_main()")[:2], (0, 2))

    def test_a_readme_without_the_prefix(self):
        self.assertEqual(self.compare("I (9) recognition: id: 3, sim: 0.750027", block=1), (1, 1, ""))
        self.assertEqual(self.compare("I (9) recognition: id: 3, sim: 0.750028", block=1)[:2], (0, 1))

    def test_results_printed_without_the_log(self):
        readme = "```\nW (1743) FbsLoader: not aligned\n=== Testing: bus.jpg ===\n  Inference:    1780 ms\nDet 1: person (88.08%) | Box: [32.0, 176.0]\n```\n"
        blocks = readme_log.logs(readme)
        self.assertEqual(blocks, [["Inference:    <time>", "Det 1: person (88.08%) | Box: [32.0, 176.0]"]])
        self.assertEqual(readme_log.verdict(blocks, "  Inference:    10 ms\nDet 1: person (88.08%) | Box: [32.0, 176.0]\n")[0], "equal")
        self.assertEqual(readme_log.verdict(blocks, "  Inference:    10 ms\nDet 1: person (88.09%) | Box: [32.0, 176.0]\n")[0], "1/2")

    def test_the_best_block_counts(self):
        self.assertEqual(readme_log.verdict(self.blocks, "I (9) x: id: 3, sim: 0.750027")[0], "equal")
        self.assertEqual(readme_log.verdict([], "I (9) x: y")[0], "-")


class Expected(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "expected.txt")
            path.write_text(text)
            return expected.read(path)

    def test_rows(self):
        rows = self.read("# about\n\na p4 yes yes equal\nb p4 yes yes 1/2 | an older model\nc p4 yes yes 7/7\nd p4 yes yes -\n")
        self.assertEqual(rows[("b", "p4")], (("yes", "yes", "1/2"), "an older model"))
        self.assertEqual(len(rows), 4)

    def test_a_difference_needs_its_cause(self):
        for row in ("a p4 yes yes 1/2", "a p4 yes no -", "a p4 no - - |", "a p4 yes equal", "a p4 yes yes equal\na p4 yes yes equal"):
            with self.subTest(row=row), self.assertRaises(expected.ExpectedError):
                self.read(row + "\n")

    def test_the_list_itself(self):
        rows = expected.read(Path(run.HERE, "expected.txt"))
        self.assertTrue(rows)
        for _, board in rows:
            self.assertTrue((run.ROOT / "boards" / board / "board.toml").is_file(), board)


class Errors(unittest.TestCase):
    def test_what_is_an_error(self):
        text = """-- Found Threads: TRUE
CMake Error at main/CMakeLists.txt:3 (message):
  The model is
  missing.

Call Stack (most recent call first):
  CMakeLists.txt:7 (project)
/a/b.cpp:3:10: fatal error: x.hpp: No such file or directory
/a/b.cpp:3:10: fatal error: x.hpp: No such file or directory
b.cpp:(.text+0x1): undefined reference to `f()'
fw: app does not build
"""
        self.assertEqual(
            run.errors_in(text),
            ["main/CMakeLists.txt:3: The model is missing.", "/a/b.cpp:3:10: fatal error: x.hpp: No such file or directory",
             "undefined reference to `f()'"],
        )
        self.assertEqual(run.errors_in("fw: app does not build\n"), ["fw: app does not build"])


if __name__ == "__main__":
    unittest.main()
