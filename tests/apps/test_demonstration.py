"""The demonstration models that the repository carries, end to end: what a clone without anything else shows.

Usage: test_demonstration.py [--record] mobilenetv2_cls | yolo11_detect | yolo11_pose | tutorials      (DESKBOARD_HOST_BUILD, DESKBOARD_WORK)

Expected results are in demonstration.json, as each board's model gave them; --record writes them anew, to be looked at before they
are committed.
"""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = Path(os.environ.get("DESKBOARD_WORK") or ROOT / "build" / "test-apps")
EXPECTED = HERE / "demonstration.json"
BOARDS = {"esp32_p4_function_ev_board": "p4", "esp32_s3_eye": "s3"}
# App → component, model, pictures
APPS = {
    "mobilenetv2_cls": ("imagenet_cls", "shapes_cls_mobilenetv2_s8.espdl", "cls"),
    "yolo11_detect": ("coco_detect", "shapes_detect_yolo11_s8.espdl", "detect"),
    "yolo11_pose": ("coco_pose", "shapes_pose_yolo11_s8.espdl", "pose"),
}
ISAS = ("reference", "avx2", "avxvnni", "avx512vnni", "amx")  # what a machine lacks is replaced by its best one


def pictures(kind):
    return sorted((HERE / "pictures").glob(f"{kind}_*.jpg"))


def run(app, board, *arguments, **environment):
    build = WORK / f"demonstration-{app}-{board}"
    command = [sys.executable, "-B", str(ROOT / "tools/fw/main.py"), "run", app, "--board", board, "-B", str(build), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})


def results(app, output):
    """What the log says of each picture: {picture: [result, ...]}, best first."""
    found, picture = {}, "own"
    for line in output.splitlines():
        if name := re.search(r"pictures: \S*/input/(\S+): \d+x\d+", line):
            picture = name[1]
        elif app == "mobilenetv2_cls":
            if match := re.search(r"category: (.+), score: (\S+)", line):
                found.setdefault(picture, []).append({"name": match[1], "score": float(match[2])})
        elif match := re.search(r"\[(?:category: (\d+), )?score: (\S+), x1: (\d+), y1: (\d+), x2: (\d+), y2: (\d+)\]", line):
            category, score, *box = match.groups()
            entry = {"score": float(score), "box": [int(v) for v in box]}
            found.setdefault(picture, []).append({"category": int(category), **entry} if category else entry)
        elif " nose: " in line:
            found[picture][-1]["keypoints"] = [int(v) for xy in re.findall(r"\[(\d+), (\d+)\]", line) for v in xy]
    return found


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


class Demonstration(unittest.TestCase):
    app = None

    def setUp(self):
        self.component, self.model, self.kind = APPS[self.app]
        self.expected = json.loads(EXPECTED.read_text())[self.app]

    def run_model(self, board, **environment):
        model = ROOT / "components" / self.component / "models" / BOARDS[board] / self.model
        result = run(self.app, board, "--model", model, "--image", *pictures(self.kind), **environment)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        count = len(pictures(self.kind))
        self.assertIn(f"({count} of {count})\n", result.stdout)
        self.assertRegex(result.stdout, rf"pictures: {count} pictures, \d+\.\d ms each on average")
        return results(self.app, result.stdout)

    def compare(self, found, expected, text):
        self.assertEqual(sorted(found), sorted(expected), text)
        for picture, wanted in expected.items():
            if self.app == "mobilenetv2_cls":
                self.assertEqual(found[picture][0]["name"], wanted[0]["name"], (picture, text))
                continue
            # What was found with some certainty must be found again, in the same place.
            sure = [w for w in wanted if w["score"] > 0.4]
            self.assertTrue(sure, picture)
            for w in sure:
                best = max((f for f in found[picture] if f.get("category") == w.get("category")), key=lambda f: overlap(f["box"], w["box"]),
                           default=None)
                self.assertIsNotNone(best, (picture, w, text))
                self.assertGreaterEqual(overlap(best["box"], w["box"]), 0.9, (picture, w, best, text))
                for a, b in zip(best.get("keypoints", []), w.get("keypoints", [])):
                    self.assertLessEqual(abs(a - b), 2, (picture, w, best, text))

    def test_expected_results_on_both_boards(self):
        for board in BOARDS:
            with self.subTest(board=board):
                self.compare(self.run_model(board), self.expected[board]["pictures"], board)

    def test_every_instruction_set_prints_the_same(self):
        for board in BOARDS:
            reference = self.run_model(board, DESKBOARD_ISA=ISAS[0])
            for isa in ISAS[1:]:
                with self.subTest(board=board, isa=isa):
                    self.assertEqual(self.run_model(board, DESKBOARD_ISA=isa), reference)

    def test_other_boards_with_the_same_chip(self):
        for board, like in (("esp32_p4_eye", "esp32_p4_function_ev_board"), ("esp_box_3", "esp32_s3_eye"), ("esp32_s3_korvo_2", "esp32_s3_eye")):
            with self.subTest(board=board):
                model = ROOT / "components" / self.component / "models" / BOARDS[like] / self.model
                result = run(self.app, board, "--model", model)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertEqual(results(self.app, result.stdout), self.expected[like]["own"])

    def test_is_the_default_where_there_is_no_published_model(self):
        if (ROOT / "models").is_dir():
            self.skipTest("published models have been fetched")
        for board in BOARDS:
            with self.subTest(board=board):
                result = run(self.app, board, DESKBOARD_TESTDATA="/nonexistent")
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertIn(f"demonstration model {self.model}", result.stdout)
                self.assertRegex(result.stdout, r"Wrote .*/output/\w+\.png")
                self.compare(results(self.app, result.stdout), self.expected[board]["own"], board)

    def test_names_are_the_models_own(self):
        if self.app == "mobilenetv2_cls":
            names = {entry["name"] for board in BOARDS for entries in self.expected[board]["pictures"].values() for entry in entries}
            self.assertLessEqual(names, {"cup", "bottle", "book", "clock", "key", "umbrella", "house", "tree", "car", "fish"})


class Tutorials(unittest.TestCase):
    def test_with_nothing_but_the_repository(self):
        if (ROOT / "models").is_dir():
            self.skipTest("published models have been fetched")
        for board in BOARDS:
            for name in ("model_in_rodata", "model_in_partition", "model_in_sdcard", "run_model"):
                with self.subTest(board=board, tutorial=name):
                    result = run(f"tutorial_{name}", board, DESKBOARD_TESTDATA="/nonexistent")
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                    if name != "run_model":
                        self.assertIn("Model test passed", result.stdout)
                    self.assertIn("Returned from app_main()", result.stdout)


def record(app):
    component, model, kind = APPS[app]
    everything = json.loads(EXPECTED.read_text()) if EXPECTED.is_file() else {}
    everything[app] = {}
    for board, chip in BOARDS.items():
        path = ROOT / "components" / component / "models" / chip / model
        shown, own = (run(app, board, "--model", path, *more) for more in (["--image", *pictures(kind)], []))
        everything[app][board] = {"pictures": results(app, shown.stdout), "own": results(app, own.stdout)}
    EXPECTED.write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--record":
        record(sys.argv[2])
    else:
        Demonstration.app = sys.argv[1]
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Tutorials if sys.argv[1] == "tutorials" else Demonstration)
        sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
