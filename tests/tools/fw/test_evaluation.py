"""fw eval: the accuracy of an app's own component. The component, the project and the commands are those of docs/eval.md."""

import itertools
import json
import os
import re
import struct
import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder, fw, run

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
BUILT = HOST and Path(HOST, "deskboard-libraries.cmake").exists()
SANITIZED = HOST and HOST.endswith(("-asan", "-tsan"))
CLASSES = ["cup", "bottle", "book", "clock", "key", "umbrella", "house", "tree", "car", "fish"]
PROJECT_FILES = {
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(lamps)\n",
    "main/CMakeLists.txt": 'idf_component_register(SRCS "main.cpp" REQUIRES lamp_finder)\n',
    "main/main.cpp": '#include "lamp_finder.hpp"\nextern "C" void app_main(void) {}\n',
}


def from_docs(name):
    """The file `name` as docs/eval.md shows it."""
    found = re.search(r"```\w*\n(?://|#) " + re.escape(name) + r"\n(.*?)```", (ROOT / "docs/eval.md").read_text(), re.DOTALL)
    return found[1]


def bmp(width, height, box):
    """A dark picture with a bright box."""
    rows = b""
    for y in reversed(range(height)):
        row = b"".join(b"\xff\xff\xff" if box and box[0] <= x < box[2] and box[1] <= y < box[3] else b"\x10\x10\x10" for x in range(width))
        rows += row + b"\0" * (-len(row) % 4)
    return struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows


@unittest.skipUnless(BUILT and not SANITIZED, "fw's own build of the libraries is needed")
class Evaluation(TemporaryFolder):
    def data_set(self, boxes):
        (self.dir / "pictures").mkdir()
        images, annotations = [], []
        for i, box in enumerate(boxes, 1):
            images.append({"id": i, "file_name": f"{i}.bmp", "width": 64, "height": 48})
            (self.dir / f"pictures/{i}.bmp").write_bytes(bmp(64, 48, box))
            if box:
                size = [box[2] - box[0], box[3] - box[1]]
                annotations.append({"id": i, "image_id": i, "category_id": 7, "bbox": [*box[:2], *size], "area": size[0] * size[1], "iscrowd": 0})
        return self.write("labels.json", json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 7, "name": "lamp"}]}))

    def test_a_component_of_ones_own(self):
        project = self.dir / "lamps"
        for name, text in PROJECT_FILES.items():
            self.write(f"lamps/{name}", text)
        for name in ("components/lamp_finder/lamp_finder.hpp", "components/lamp_finder/CMakeLists.txt"):
            self.write(f"lamps/{name}", from_docs(name))
        data = self.data_set([(4, 4, 24, 20), None, (30, 10, 60, 40), (0, 0, 8, 8)])
        (self.dir / "pictures/4.bmp").write_bytes(b"no picture")
        command = ["eval", project, "--component", "lamp_finder", "--class", "LampFinder", "--threads", "2", "--", "--data", data, "--images",
                   self.dir / "pictures", "--out", self.dir / "run"]
        result = fw(*command)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        report = json.loads((self.dir / "run/report.json").read_text())
        self.assertEqual((report["pictures"], report["evaluated"], [b["file"] for b in report["broken"]]), (4, 3, ["4.bmp"]))
        self.assertRegex(report["broken"][0]["reason"], "4.bmp|JPEG")
        self.assertEqual(report["bbox"]["AP"], 1)
        found = json.loads((self.dir / "run/results_bbox.json").read_text())
        self.assertEqual([(f["image_id"], f["category_id"], f["bbox"]) for f in found], [(1, 7, [4, 4, 20, 16]), (3, 7, [30, 10, 30, 30])])
        # Again: only what was broken is done once more. A changed component is another evaluation.
        again = fw(*command)
        self.assertIn("3 pictures had been done before", again.stderr)
        self.write("lamps/components/lamp_finder/lamp_finder.hpp", from_docs("components/lamp_finder/lamp_finder.hpp").replace("128", "1"))
        changed = fw(*command)
        self.assertEqual(changed.returncode, 2)
        self.assertIn("another evaluation", changed.stderr)

    def test_an_app_component_finds_what_the_model_finds(self):
        pictures = ROOT / "components/coco_detect/models/calibration"
        names = sorted(p.name for p in pictures.glob("*.jpg"))
        model = ROOT / "components/coco_detect/models/p4/shapes_detect_yolo11_s8.espdl"
        rows = "".join(f"{name},{label},1,1,20,20\n" for name, label in zip(names, itertools.cycle(CLASSES)))
        data = self.write("labels.csv", "file,label,x,y,width,height\n" + rows)
        options = ["--data", data, "--images", pictures, "--out"]
        direct = run([Path(HOST) / "tools/espdl/espdl", "eval", model, "--component", "coco_detect", *options, self.dir / "direct"])
        self.assertEqual(direct.returncode, 0, direct.stderr)
        result = fw("eval", "yolo11_detect", "--component", "coco_detect", "--class", "COCODetect", "--model", model, "--", *options, self.dir / "app")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        found = (self.dir / "app/results_bbox.json").read_bytes()
        self.assertGreater(len(json.loads(found)), 4)
        self.assertEqual(found, (self.dir / "direct/results_bbox.json").read_bytes())

    def test_what_cannot_be_is_said_before_anything_is_built(self):
        for arguments in (["--class", "a b", "--component", "coco_detect"], ["--class", "A", "--component", "./nothing"],
                          ["--class", "A", "--component", "x;y"], ["--class", "A", "--component", "c", "--header", 'a"b.hpp']):
            result = fw("eval", "yolo11_detect", *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertNotIn("Libraries", result.stderr + result.stdout)


if __name__ == "__main__":
    unittest.main()
