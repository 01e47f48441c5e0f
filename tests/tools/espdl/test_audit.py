"""espdl audit on the repository's own models and pictures.

Usage: test_audit.py ESPDL
"""
import json
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CLASSIFIER = ROOT / "components/imagenet_cls/models/p4/shapes_cls_mobilenetv2_s8.espdl"
DETECTOR = ROOT / "components/coco_detect/models/p4/shapes_detect_yolo11_s8.espdl"
ESPDL = sys.argv.pop(1) if len(sys.argv) > 1 else "espdl"


def audit(model, *arguments):
    images = model.parents[1] / "calibration"
    run = subprocess.run([ESPDL, "audit", str(model), "--images", str(images), *map(str, arguments)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    return run.returncode, run.stdout, run.stderr


class Audit(unittest.TestCase):
    def report(self, *arguments, code):
        returned, text, error = audit(*arguments, "--json")
        self.assertEqual(returned, code, text[:2000] + error)
        return json.loads(text)

    def kinds(self, report, severity):
        return {finding["kind"] for finding in report["findings"] if finding["severity"] == severity}

    def test_the_right_preprocessing_has_no_problem(self):
        for model in (CLASSIFIER, DETECTOR):
            report = self.report(model, "--max-saturation", 0.05, code=0)
            self.assertEqual(report["pictures"], 32)
            self.assertEqual(self.kinds(report, "problem"), set())
            self.assertEqual([channel["cut_values"] for channel in report["input"]], [0, 0, 0])
            self.assertEqual(len(report["results"]), 12)
            self.assertTrue(all(result["picture"] and ("classes" in result or "objects" in result) for result in report["results"]))

    def test_each_tensor_is_counted_whole(self):
        report = self.report(CLASSIFIER, "--max-saturation", 1, code=0)
        self.assertEqual(report["tensors"][0]["tensor"], "images")
        for tensor in report["tensors"]:
            size = 1
            for length in tensor["shape"]:
                size *= length
            self.assertEqual(tensor["elements"], 32 * size, tensor["tensor"])
            self.assertEqual(sum(tensor["histogram"]), tensor["elements"])
            self.assertLessEqual(tensor["low_end"], tensor["histogram"][0])
            self.assertLessEqual(tensor["high_end"], tensor["histogram"][-1])
        self.assertGreater(len(report["tensors"]), 30)

    def test_a_forgotten_division_saturates(self):
        report = self.report(DETECTOR, "--std", 1, code=1)
        self.assertIn("preprocessing", self.kinds(report, "problem"))
        self.assertGreater(report["input"][0]["cut_values"], 200)
        self.assertGreater(report["tensors"][0]["saturation"], 0.9)

    def test_a_double_division_wastes_bits(self):
        report = self.report(DETECTOR, "--std", 65025, code=1)
        self.assertIn("preprocessing", self.kinds(report, "problem"))
        self.assertGreaterEqual(report["input"][0]["unused_bits"], 7)

    def test_what_the_file_was_quantized_for_is_compared(self):
        for option, value, reason in (("--colour", "BGR", "BGR, the file was quantized for RGB"), ("--mean", "0", "mean 0,0,0, the file was"),
                                      ("--std", "60", "std 60,60,60, the file was quantized for 58.395,57.12,57.375"),
                                      ("--letterbox", "0", "a letterbox of 0,0,0, the file was quantized for stretched pictures")):
            report = self.report(CLASSIFIER, option, value, "--max-saturation", 1, code=1)
            contract = [finding["text"] for finding in report["findings"] if finding["kind"] == "contract"]
            self.assertEqual(len(contract), 1)
            self.assertIn(reason, contract[0])

    def test_other_colours_are_tried(self):
        right, wrong = self.report(CLASSIFIER, "--max-saturation", 1, code=0), self.report(CLASSIFIER, "--colour", "BGR", "--max-saturation", 1, code=1)
        self.assertAlmostEqual(right["confidence"]["as given"], wrong["confidence"]["RGB"])
        self.assertAlmostEqual(right["confidence"]["BGR"], wrong["confidence"]["as given"])
        self.assertNotAlmostEqual(right["confidence"]["as given"], right["confidence"]["BGR"])

    def test_threads_change_nothing(self):
        self.assertEqual(self.report(CLASSIFIER, "--threads", 1, "--max-saturation", 1, code=0),
                         self.report(CLASSIFIER, "--threads", 4, "--max-saturation", 1, code=0))

    def test_text(self):
        returned, text, _ = audit(CLASSIFIER, "--all", "--limit", 3, "--max-saturation", 1)
        self.assertEqual(returned, 0)
        self.assertIn("3 pictures", text)
        self.assertIn("no problems", text)
        self.assertIn("|", text)

    def test_refusals(self):
        for arguments, reason in ((["--component", "imagenet_cls"], "--component"), (["--mean", "1,2"], "one number, or three"),
                                  (["--images", "/nonexistent"], "")):
            returned, _, error = audit(CLASSIFIER, *arguments)
            self.assertEqual(returned, 2)
            self.assertIn(reason, error)


if __name__ == "__main__":
    unittest.main()
