"""fw report: what the page says, and that no name can break out of it. test_report_page.py looks at it in a browser."""

import base64
import hashlib
import json
import os
import re
import shutil
import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder, fw, run

import report

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
BUILT = HOST and Path(HOST, "tools/espdl/espdl").exists()
DETECTOR = ROOT / "components/coco_detect/models/s3/shapes_detect_yolo11_s8.espdl"
# As long as the names in the file that they take the place of.
HOSTILE_NODE, NODE = b"</script><b>\"&'1", b"stem.0/conv/Conv"
HOSTILE = "</script><script>document.title='broken'</script>@DATA@\u2028"
LIMITS = {"int8_macs_per_second": 4e9, "psram_bytes_per_second": 8e7, "flash_bytes_per_second": 2.7e7, "cache_bytes": 64e3}


def node(name, us, flash=0.0, psram=0.0, macs=1e6, weights=1000, read=1000, positions=1):
    memory = flash + psram
    return {"name": name, "type": "Conv", "us": {"value": us, "low": us * 0.7, "high": us * 1.3}, "memory_us": memory, "psram_us": psram, "flash_us": flash,
            "macs": macs, "weight_bytes": weights, "positions": positions, "bound": "memory" if memory > us / 2 else "compute",
            "counts": {"flash_weights": read if flash else 0, "psram_weights": 0 if flash else read}}


def chip(*nodes, parameters="flash"):
    total = sum(n["us"]["value"] for n in nodes)
    return {"nodes": list(nodes), "limits": LIMITS, "memory_share": sum(n["memory_us"] for n in nodes) / total, "parameters": parameters,
            "parameters_because": "told so"}


class Answers(unittest.TestCase):
    def test_flash_psram_or_computing(self):
        for nodes, verdict in (([node("a", 100, flash=90), node("b", 10)], "bound by flash, not by PSRAM: 82 %"),
                               ([node("a", 100, psram=90), node("b", 10)], "bound by PSRAM: 82 %"),
                               ([node("a", 100, psram=10)], "bound by computing: 10 %")):
            self.assertIn(verdict, report.answers(chip(*nodes))[-1])

    def test_the_slowest_node_comes_first_with_its_reason(self):
        lines = report.answers(chip(node("small", 10), node("large", 1000, flash=950, weights=2 << 17, read=40 << 20, positions=400)))
        self.assertIn("Most of the time goes to large (Conv): 1 ms of 1.01 ms (99 %). 95 % of that is waiting for flash", lines[0])
        self.assertIn("256 KB of weights do not fit the 64 KB cache", lines[0])
        self.assertIn("for each of 400 output positions, 40 MB in all", lines[0])
        self.assertIn("Next comes small (Conv)", lines[1])
        self.assertIn("It computes: 100 %", lines[1])

    def test_a_second_level_cache_has_its_share(self):
        slow = node("a", 100, psram=10, weights=1 << 17, positions=1600)
        slow["memory_us"], slow["bound"] = 90, "memory"
        lines = report.answers(chip(slow))
        self.assertIn("80 % of that is waiting for the second-level cache, from which its 128 KB of weights come for each of 1,600 output", lines[0])
        self.assertIn("bound by the second-level cache: 90 % of its time waits for memory, 80 % for the second-level cache, 10 % for PSRAM", lines[-1])

    def test_nothing_to_say_of_nothing(self):
        self.assertEqual(report.answers({"nodes": []}), [])


class Page(TemporaryFolder):
    def test_no_text_breaks_out_of_the_page(self):
        content = {"title": HOSTILE, "models": [], "nested": [{HOSTILE: HOSTILE}]}
        text = report.page(content)
        self.assertEqual(text.count("</script"), 3)
        self.assertEqual(json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]), content)
        self.assertNotIn("<script>document.title", text)

    def test_nothing_comes_from_elsewhere(self):
        text = report.page({"title": "t", "models": []})
        self.assertIsNone(re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//|@import|url\(""", text))
        self.assertIn("default-src 'none'", text)

    def test_only_pictures_are_embedded(self):
        png = self.write("a.jpg", "")
        png.write_bytes(b"\x89PNG\r\n\x1a\nrest")
        self.assertEqual(report.picture_source(png), "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode())
        self.assertIsNone(report.picture_source(self.write("b.png", "<svg onload=alert(1)>")))
        self.assertIsNone(report.picture_source(self.dir / "none.png"))

    def test_the_vendored_library_is_the_one_that_is_named(self):
        folder = ROOT / "tools/report/uPlot"
        digest = hashlib.sha256((folder / "uPlot.iife.min.js").read_bytes()).hexdigest()
        self.assertEqual(digest, "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f")
        self.assertIn("MIT", (folder / "LICENSE").read_text())


def hostile_model(folder):
    """The repository's detector, in which a node's name is HTML."""
    content = DETECTOR.read_bytes()
    assert NODE in content and len(NODE) == len(HOSTILE_NODE)
    file = folder / "<b>&.espdl"
    file.write_bytes(content.replace(NODE, HOSTILE_NODE))
    return file


def make_page(test, *arguments, code=0):
    output = test.dir / "report.html"
    result = fw("report", "-o", output, *arguments, DESKBOARD_HOST_BUILD=HOST)
    test.assertEqual(result.returncode, code, result.stdout + result.stderr)
    return output, result


def content_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(), re.DOTALL)[1])


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of espdl")
class OfAModel(TemporaryFolder):
    def test_all_parts(self):
        pictures = self.dir / "pictures"
        pictures.mkdir()
        for name in ("detect_0.jpg", "detect_1.jpg"):
            shutil.copy(ROOT / "tests/apps/pictures" / name, pictures)
        (pictures / "broken.jpg").write_text("no picture")
        page, _ = make_page(self, DETECTOR, "--board", "esp32_s3_eye", "--data", pictures)
        model, = content_of(page)["models"]
        self.assertIsNone(model["problem"])
        self.assertAlmostEqual(sum(row["us"] for row in model["nodes"]), model["chip"]["model_ms"]["value"] * 1e3, places=3)
        self.assertTrue(all(row["here_us"] is not None and row["kernel"] is not None for row in model["nodes"]))
        self.assertEqual([row["index"] for row in model["nodes"]], list(range(len(model["nodes"]))))
        self.assertTrue(all(first < last for first, last in model["edges"]))
        # Tensors lie in the arena, and those that live at one time and are not in place of each other lie apart.
        arena = model["arena"]
        self.assertEqual(max(t["offset"] + t["bytes"] for t in arena), model["memory"]["variable"]["psram"])
        for one in arena:
            for other in arena:
                if one["first"] < other["first"] < one["last"]:
                    apart = one["offset"] + one["bytes"] <= other["offset"] or other["offset"] + other["bytes"] <= one["offset"]
                    self.assertTrue(apart, (one, other))
        self.assertEqual((model["audit"]["pictures"], len(model["audit"]["broken"])), (2, 1))
        results = {entry["picture"]: entry for entry in model["audit"]["results"]}
        self.assertTrue(results["detect_0.jpg"]["src"].startswith("data:image/jpeg;base64,"))
        self.assertGreater(len(results["detect_0.jpg"]["objects"]), 0)
        self.assertIn("error", results["broken.jpg"])

    def test_a_package_has_a_part_for_each_model(self):
        package = self.dir / "package.espdl"
        classifier = ROOT / "components/imagenet_cls/models/s3/shapes_cls_mobilenetv2_s8.espdl"
        run([Path(HOST, "tools/espdl/espdl"), "pack", DETECTOR, classifier, "-o", package, "--format", "PDL3"])
        page, _ = make_page(self, package, "--board", "esp32_s3_eye")
        self.assertEqual([model["title"] for model in content_of(page)["models"]], [DETECTOR.name, classifier.name])

    def test_what_cannot_be_is_said(self):
        bad = self.write("bad.espdl", "EDL2 and nothing more")
        for arguments, word in ((["/no/such.espdl"], "/no/such.espdl"), ([bad], "bad.espdl"), ([DETECTOR, "--board", "nonesuch"], "nonesuch"),
                                ([DETECTOR, "--onnx", "/no/such.onnx"], "/no/such.onnx"), ([DETECTOR, "--data", self.dir], "no picture"),
                                ([DETECTOR, "--gdb"], "--gdb")):
            with self.subTest(arguments=arguments):
                page, result = make_page(self, *arguments, code=2)
                self.assertIn(word, result.stderr)
                self.assertFalse(page.exists())
        for output in ("/no/folder/report.html", self.dir):
            result = fw("report", DETECTOR, "-o", output, DESKBOARD_HOST_BUILD=HOST)
            self.assertEqual(result.returncode, 2)

    def test_what_is_not_known_is_said(self):
        # Weights laid out for a vector unit, and a chip without one.
        page, _ = make_page(self, DETECTOR, "--board", "esp32_c3_devkitm_1")
        model, = content_of(page)["models"]
        self.assertIn("weight layout", model["problem"])
        self.assertIn("esp32c3", model["here_problem"])
        self.assertEqual((model["chip"], model["arena"], model["answers"]), (None, [], []))
        self.assertTrue(all(row["here_us"] is None and row["us"] is None for row in model["nodes"]))
        # Prices of another chip.
        page, _ = make_page(self, DETECTOR, "--board", "esp32_s31_korvo_1")
        self.assertIn("not measured", content_of(page)["models"][0]["chip"]["basis"])


APP = r"""#include <cstdlib>
#include "esp_log.h"
extern "C" void app_main(void) {
    ESP_LOGI("main", "<script>alert(1)</script>");
    if (getenv("DO")) abort();
}
"""


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of espdl")
class OfAnApp(TemporaryFolder):
    def test_an_app_that_panics_has_its_page(self):
        self.write("thing/CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(thing)\n")
        self.write("thing/main/CMakeLists.txt", 'idf_component_register(SRCS "main.cpp")\n')
        self.write("thing/main/main.cpp", APP)
        page, _ = make_page(self, self.dir / "thing")
        app = content_of(page)["app"]
        self.assertEqual((app["exit"]["reason"], app["tasks"][0]["name"]), ("returned", "main"))
        self.assertTrue(any("<script>alert(1)</script>" in line for line in app["log"]))
        self.assertGreater(len(app["ram"]), 0)
        page.unlink()
        os.environ["DO"] = "panic"
        self.addCleanup(os.environ.pop, "DO")
        page, _ = make_page(self, self.dir / "thing", code=1)
        self.assertEqual(content_of(page)["app"]["exit"]["reason"], "panic")


if __name__ == "__main__":
    unittest.main()
