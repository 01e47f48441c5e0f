"""The examples with models of their own: the app prints what its README shows.

Usage: test_example_models.py                   (DESKBOARD_HOST_BUILD, DESKBOARD_WORK)
       test_example_models.py --models ESPDL    quantizes the models again, with the README's commands
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("DESKBOARD_WORK") or ROOT / "build" / "test-apps")
# What its log calls itself, and the board; one for each chip.
EXAMPLES = {"tutorial_sine": ("sine", "esp32_p4_function_ev_board"), "tutorial_streaming": ("streaming", "esp32_s3_eye")}
ESPDL = None


def readme(name):
    return (ROOT / "examples" / name / "README.md").read_text()


def log(name):
    """What the app itself says, without times and colours."""
    tag, board = EXAMPLES[name]
    command = [sys.executable, "-B", str(ROOT / "tools/fw/main.py"), "run", name, "--board", board, "-B", str(WORK / f"{name}-{board}")]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise AssertionError(result.stdout + result.stderr)
    return re.findall(rf"I \(\d+\) {tag}: (.*?)(?:\x1b\[0m)?\n", result.stdout)


class Apps(unittest.TestCase):
    def shown(self, name):
        (block,) = re.findall(r"^```\n(.+?)^```$", readme(name), re.MULTILINE | re.DOTALL)
        return block.splitlines()

    def test_sine(self):
        lines = log("tutorial_sine")
        self.assertEqual(lines, self.shown("tutorial_sine"))
        points = [re.fullmatch(r"x \S+  sine +(\S+)  model +(\S+)", line) for line in lines[:-1]]
        self.assertEqual(len(points), 17)
        self.assertLess(max(abs(float(p[1]) - float(p[2])) for p in points), 0.1)

    def test_streaming(self):
        lines = log("tutorial_streaming")
        self.assertEqual(lines, self.shown("tutorial_streaming"))
        passes = [line for line in lines if line.startswith("pass ")]
        self.assertEqual(passes, [f"pass {i}: 0 of 24 frames are not those of the whole sequence" for i in (1, 2)])


class Models(unittest.TestCase):
    """The committed files are what the README's commands make of the committed network."""

    def test_again(self):
        for name in EXAMPLES:
            (commands,) = re.findall(r"^```sh\n(.+?)^```$", readme(name), re.MULTILINE | re.DOTALL)
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                (folder / "examples" / name / "main" / "models" / "p4").mkdir(parents=True)
                (folder / "examples" / name / "main" / "models" / "s3").mkdir()
                (folder / "examples" / name / "model").symlink_to(ROOT / "examples" / name / "model")
                (folder / "fw").write_text(f'#!/bin/sh\nshift\nexec "{ESPDL}" "$@"\n')
                (folder / "fw").chmod(0o755)
                subprocess.run(["sh", "-e", "-c", commands], cwd=folder, check=True, stdout=subprocess.DEVNULL)
                committed = sorted((ROOT / "examples" / name / "main" / "models").rglob("*.espdl"))
                self.assertEqual(len(committed), 2 if name == "tutorial_sine" else 4)
                for path in committed:
                    again = folder / path.relative_to(ROOT)
                    if again.read_bytes() != path.read_bytes():
                        # Another processor may add floats in another order: then the test values differ a little, if anything.
                        print(f"note: {path.relative_to(ROOT)} is not the same, byte for byte")
                        subprocess.run([ESPDL, "compare", str(path), str(again), "--target", f"esp32{path.parent.name}", "--min-cosine", "0.999"],
                                       check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    chosen = Apps
    if sys.argv[1:2] == ["--models"]:
        chosen, ESPDL = Models, sys.argv[2]
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(chosen)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
