"""What the apps print is what the chip prints: every digit of the results, on two boards, from three places.

Usage: test_apps.py mobilenetv2_cls | yolo11_detect | yolo11_pose | tutorials      (DESKBOARD_TESTDATA, DESKBOARD_HOST_BUILD, DESKBOARD_WORK)
"""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DESKBOARD_TESTDATA") or "/nowhere")
WORK = Path(os.environ.get("DESKBOARD_WORK") or ROOT / "build" / "test-apps")
SKIPPED = 77
BOARDS = {"esp32_p4_function_ev_board": ("esp32p4", "p4"), "esp32_s3_eye": ("esp32s3", "s3")}
LOCATIONS = ("rodata", "partition", "sdcard")


def fw(app, board, *arguments, command="run"):
    build = WORK / f"{app}-{board}"
    # A model of the store would hide the test data's.
    result = subprocess.run(
        [sys.executable, "-B", str(ROOT / "tools/fw/main.py"), command, app, "--board", board, "-B", str(build), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return result


class App(unittest.TestCase):
    app = model = case = picture = None

    def results(self, output):
        """The app's results as (what, score, box) in the order of the log."""
        raise NotImplementedError

    def expected(self, target):
        raise NotImplementedError

    def golden(self, target):
        return json.loads((DATA / "golden" / target / self.model / self.case / "chip.json").read_text())["results"]

    def run_app(self, board, location, *arguments):
        model = DATA / "models" / BOARDS[board][1] / f"{self.model}.espdl"
        return fw(self.app, board, "--model-location", location, "--model", model, *arguments)

    def test_the_chips_digits(self):
        for board, (target, _) in BOARDS.items():
            for location in LOCATIONS:
                with self.subTest(board=board, location=location):
                    result = self.run_app(board, location, "--image", DATA / "images" / self.picture)
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                    self.assertEqual(self.results(result.stdout), self.expected(target), result.stdout)
                    self.assertIn("Returned from app_main()", result.stdout)
                    self.assertRegex(result.stdout, r"Wrote .*/output/")

    def test_own_picture(self):
        result = self.run_app("esp32_p4_function_ev_board", "rodata")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(self.results(result.stdout), result.stdout)
        written = re.search(r"Wrote (\S+)", result.stdout)
        self.assertIsNotNone(written, result.stdout)
        self.assertGreater((Path.cwd() / written[1]).stat().st_size, 1000)

    def test_too_little_psram(self):
        result = self.run_app("esp32_p4_function_ev_board", "rodata", "--psram", "2M")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        # The allocation, its size, what is free, the largest block.
        text = result.stdout + result.stderr
        self.assertRegex(text, r"(?i)E \(\d+\).*\b\d+ bytes")
        self.assertRegex(text, r"(?i)largest (free )?block")

    def test_every_allocation_failing(self):
        board = "esp32_p4_function_ev_board"
        first = self.run_app(board, "rodata", "--image", DATA / "images" / self.picture)
        self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
        build = WORK / f"{self.app}-{board}"
        command = [str(build / f"{self.app}.elf"), "--flash-file", str(build / "flash.bin"), "--sdcard", str(build / "sdcard")]
        n = 0
        while True:
            n += 1
            result = subprocess.run(command + ["--fault", f"alloc={n}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            text = result.stdout.decode(errors="replace")
            if "alloc strikes" not in text:
                break
            # The app ends with an error that says so: no crash (negative), nothing from a sanitizer, no success.
            self.assertEqual(result.returncode, 1, f"alloc={n}\n{text}")
            self.assertRegex(text, r"(?m)^.{0,5}E \(\d+\)|abort\(\) was called", f"alloc={n}")
            self.assertNotIn("Sanitizer", text, f"alloc={n}")
        self.assertEqual(result.returncode, 0, text)
        self.assertGreater(n, 100)

    def test_a_picture_that_is_none(self):
        broken = WORK / "broken.jpg"
        WORK.mkdir(parents=True, exist_ok=True)
        broken.write_bytes((DATA / "images" / self.picture).read_bytes()[:500])
        result = self.run_app("esp32_p4_function_ev_board", "rodata", "--image", broken)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("broken.jpg", result.stdout + result.stderr)


class MobileNet(App):
    app, model, case, picture = "mobilenetv2_cls", "imagenet_cls_mobilenetv2_s8_v1", "cat", "cat.jpg"

    def results(self, output):
        return [(name, score) for name, score in re.findall(r"category: (.+), score: (\S+)", output)]

    def expected(self, target):
        # Once with one core, once with two.
        return 2 * [(r["name"], f"{r['score']:.6f}") for r in self.golden(target)]


class Detect(App):
    app, model, case, picture = "yolo11_detect", "coco_detect_yolo11n_s8_v1", "bus", "bus.jpg"

    def results(self, output):
        pattern = r"\[category: (\d+), score: (\S+), x1: (\d+), y1: (\d+), x2: (\d+), y2: (\d+)\]"
        return sorted((int(c), s, [int(v) for v in box]) for c, s, *box in re.findall(pattern, output))

    def expected(self, target):
        return sorted((r["category"], f"{r['score']:.6f}", r["box"]) for r in self.golden(target))

    def test_four_megabytes_of_psram(self):
        result = self.run_app("esp32_p4_function_ev_board", "rodata", "--psram", "4M")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)


class Pose(App):
    app, model, case, picture = "yolo11_pose", "coco_pose_yolo11n_pose_s8_v2", "bus", "bus.jpg"

    def results(self, output):
        boxes = re.findall(r"\[score: (\S+), x1: (\d+), y1: (\d+), x2: (\d+), y2: (\d+)\]", output)
        points = [re.findall(r"\[(\d+), (\d+)\]", line) for line in output.splitlines() if " nose: " in line]
        return sorted((s, [int(v) for v in box], [int(v) for xy in p for v in xy]) for (s, *box), p in zip(boxes, points))

    def expected(self, target):
        return sorted((f"{r['score']:.6f}", r["box"], r["keypoint"]) for r in self.golden(target))


class Tutorials(unittest.TestCase):
    def test_every_tutorial_on_both_boards(self):
        for board in BOARDS:
            for name in ("model_in_rodata", "model_in_partition", "model_in_sdcard", "run_model"):
                with self.subTest(board=board, tutorial=name):
                    result = fw(f"tutorial_{name}", board)
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                    if name != "run_model":
                        self.assertIn("Model test passed", result.stdout)
                    self.assertIn("Returned from app_main()", result.stdout)


CASES = {"mobilenetv2_cls": MobileNet, "yolo11_detect": Detect, "yolo11_pose": Pose, "tutorials": Tutorials}

if __name__ == "__main__":
    if not (DATA / "models").is_dir():
        print("SKIPPED: DESKBOARD_TESTDATA names no folder with models and reference outputs")
        sys.exit(SKIPPED)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(CASES[sys.argv[1]])
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
