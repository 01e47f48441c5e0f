"""fw run's predicted times, fw run --chip-speed and fw trace on an app with a model that the repository carries.

Usage: test_chip_time.py      (DESKBOARD_HOST_BUILD, DESKBOARD_WORK)
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("DESKBOARD_WORK") or ROOT / "build" / "test-apps")
MODEL = ROOT / "components/imagenet_cls/models/s3/shapes_cls_mobilenetv2_s8.espdl"
BOARD = "esp32_s3_eye"


def fw(command, *arguments):
    words = [sys.executable, "-B", str(ROOT / "tools/fw/main.py"), command, "mobilenetv2_cls", "--board", BOARD, "-B", str(WORK / "chip-time"),
             "--model", str(MODEL), "--model-location", "partition", "--image", str(ROOT / "tests/apps/pictures/cls_0.jpg"), *map(str, arguments)]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class ChipTime(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def run_json(self, *arguments):
        result = fw("run", "--json", self.dir / "run.json", *arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return json.loads((self.dir / "run.json").read_text()), result.stdout

    def test_run_shows_the_chips_time(self):
        report, output = self.run_json()
        model, = report["models"]
        self.assertGreater(model["runs"], 0)
        self.assertGreater(model["mean_ms"], 0)
        self.assertLess(model["chip_ms"]["low"], model["chip_ms"]["value"])
        self.assertLess(model["chip_ms"]["value"], model["chip_ms"]["high"])
        espdl = Path(os.environ["DESKBOARD_HOST_BUILD"]) / "tools/espdl/espdl"
        alone = json.loads(subprocess.run([espdl, "predict", "--json", "--board", BOARD, MODEL], stdout=subprocess.PIPE, check=True).stdout)
        self.assertEqual(model["chip_ms"], alone["model_ms"])
        # fw's own lines stand behind the app's.
        lines = output.splitlines()
        heading = next(n for n, line in enumerate(lines) if "ms on esp32s3, predicted" in line)
        self.assertGreater(heading, next(n for n, line in enumerate(lines) if "Returned from app_main()" in line))
        self.assertFalse(any("predicted" in entry["text"] for entry in report["log"]))

    def test_chip_speed_waits(self):
        report, output = self.run_json("--chip-speed")
        model, = report["models"]
        self.assertTrue(model["chip_speed"])
        self.assertIn("(waited)", output)
        self.assertGreaterEqual(report["memory"]["milliseconds"], int(model["runs"] * model["chip_ms"]["value"]))

    def test_trace(self):
        file = self.dir / "trace.json"
        result = fw("trace", "-o", file)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        spans = [event for event in json.loads(file.read_text())["traceEvents"] if event["ph"] == "X"]

        def inside(span, category):
            return [s for s in spans if s["cat"] == category and s["tid"] == span["tid"] and span["ts"] <= s["ts"]
                    and s["ts"] + s["dur"] <= span["ts"] + span["dur"] + 1e-3]

        main, = (span for span in spans if span["cat"] == "task" and span["name"] == "main")
        runs = inside(main, "model")
        self.assertTrue(runs)
        for run in runs:
            nodes = inside(run, "node")
            self.assertGreater(len(nodes), 10)
            self.assertLessEqual(len(nodes), run["args"]["nodes"])
            self.assertIn("Conv", {node["args"]["type"] for node in nodes})
            self.assertTrue(all(node["name"] for node in nodes))
        maps = [span for span in inside(main, "flash") if span["name"] == "map " + span["args"]["partition"]]
        self.assertIn("imagenet_cls", {span["args"]["partition"] for span in maps})


if __name__ == "__main__":
    unittest.main()
