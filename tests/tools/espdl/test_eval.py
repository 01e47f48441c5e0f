"""espdl eval on the repository's own models and pictures: what it finds, and that neither threads, shards, kill -9 nor damage change it.

Usage: test_eval.py ESPDL
"""
import csv
import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import coco_reference

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODELS = {kind: [ROOT / "components" / component / "models" / chip / f"{name}.espdl" for chip in ("p4", "s3")]
          for kind, component, name in (("cls", "imagenet_cls", "shapes_cls_mobilenetv2_s8"), ("detect", "coco_detect", "shapes_detect_yolo11_s8"),
                                        ("pose", "coco_pose", "shapes_pose_yolo11_s8"))}
COMPONENTS = {"cls": "imagenet_cls", "detect": "coco_detect", "pose": "coco_pose"}
CLASSES = ["cup", "bottle", "book", "clock", "key", "umbrella", "house", "tree", "car", "fish"]
TESTDATA = Path(os.environ.get("DESKBOARD_TESTDATA") or "/nonexistent")
FACES = TESTDATA / "golden/esp32s3/human_face_detect_mnp_s8_v1/human_face/chip.json"
if not FACES.is_file():
    print("SKIPPED: the two-stage face detector: DESKBOARD_TESTDATA names no folder that has it", file=sys.stderr)
ESPDL = sys.argv.pop(1) if len(sys.argv) > 1 else "espdl"


def calibration(kind):
    return sorted((ROOT / "components" / COMPONENTS[kind] / "models/calibration").glob("*.jpg"))


def picture_set(size=160):
    """COCO's JSON of the detector's calibration pictures, without objects."""
    return {"images": [{"id": 100 - i, "file_name": path.name, "width": size, "height": size} for i, path in enumerate(calibration("detect"))],
            "annotations": [], "categories": [{"id": 3 * i + 1, "name": name} for i, name in enumerate(reversed(CLASSES))]}


# A firmware's program, as far as espdl sees it: it does with a picture what the picture's name says.
PROGRAM = """#!/usr/bin/env python3
import json, os, pathlib, sys
if sys.argv[1] == "never":
    sys.exit("E (12) main: no memory for the model")
pathlib.Path(sys.argv[2]).touch()
print("I (1) boot: a log line before")
print("eval ready", json.dumps({"task": sys.argv[1], "names": ["cat", "dog"]}), flush=True)
for line in sys.stdin:
    name = pathlib.Path(line.rstrip("\\n")).stem
    if "panic" in name:
        print("E (7) app: the heap is full", flush=True)
        os.abort()
    if "nonsense" in name:
        print("eval record {", flush=True)
    elif "strange" in name:
        print('eval record {"size": "large"}', flush=True)
    elif sys.argv[1] == "classify":
        print("eval record", json.dumps({"size": [8, 8], "classes": [["bird" if "bird" in name else "dog", 0.75], ["cat", 0.25]]}), flush=True)
    else:
        print("\\neval record", json.dumps({"size": [8, 8], "objects": [{"c": 1, "s": 0.5, "b": [1, 2, 5, 7]}]}), flush=True)
"""


class EvalTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="eval-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def eval(self, *arguments, code=0):
        run = subprocess.run([ESPDL, "eval", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stdout if code == 0 else run.stderr

    def report(self, *arguments):
        return json.loads(self.eval("--json", *arguments))

    def same_results(self, a, b):
        names = sorted(path.name for path in a.iterdir() if path.suffix != ".journal")
        self.assertIn("report.json", names)
        for name in names:
            self.assertTrue(filecmp.cmp(a / name, b / name, shallow=False), name)

    def class_folders(self):
        """Pictures in folders of classes, rightly or not."""
        data = self.folder / "classes"
        for i, path in enumerate(calibration("cls")):
            target = data / CLASSES[i % len(CLASSES)] / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        return data

    def detection_set(self):
        """Truth made from what the model finds: some boxes moved, some missing, some crowds."""
        data = picture_set()
        path = self.folder / "detect.json"
        path.write_text(json.dumps(data))
        images = calibration("detect")[0].parent
        self.eval(MODELS["detect"][0], "--data", path, "--images", images, "--out", self.folder / "first")
        for i, result in enumerate(json.loads((self.folder / "first/results_bbox.json").read_text())):
            if i % 5 == 4:
                continue
            x, y, w, h = result["bbox"]
            box = [x + i % 3, y, w, h - i % 4]
            data["annotations"].append({"id": i + 1, "image_id": result["image_id"], "category_id": result["category_id"], "bbox": box,
                                        "area": box[2] * box[3], "iscrowd": int(i % 11 == 7)})
        path.write_text(json.dumps(data))
        return path, images, data


class Results(EvalTest):
    def test_are_those_that_the_apps_print(self):
        expected = json.loads((ROOT / "tests/apps/demonstration.json").read_text())
        apps = {"cls": "mobilenetv2_cls", "detect": "yolo11_detect", "pose": "yolo11_pose"}
        for kind, app in apps.items():
            pictures = self.folder / kind
            pictures.mkdir()
            for path in (ROOT / "tests/apps/pictures").glob(f"{kind}_*.jpg"):
                shutil.copy(path, pictures)
            for model, board in zip(MODELS[kind], ("esp32_p4_function_ev_board", "esp32_s3_eye")):
                with self.subTest(kind=kind, board=board):
                    out = self.folder / f"{kind}-{board}"
                    self.eval(model, "--data", pictures, "--out", out, "--component", COMPONENTS[kind])
                    self.compare(kind, out, expected[app][board]["pictures"])

    def compare(self, kind, out, expected):
        names = sorted(expected)
        if kind == "cls":
            found = json.loads((out / "results_classes.json").read_text())
            self.assertEqual([entry["file"] for entry in found], names)
            for entry in found:
                self.assertEqual(len(entry["classes"]), 5)
                for (index, score), wanted in zip(entry["classes"], expected[entry["file"]]):
                    self.assertEqual(CLASSES[index], wanted["name"])
                    self.assertAlmostEqual(score, wanted["score"], delta=1e-6)
            return
        results = json.loads((out / "results_bbox.json").read_text())
        points = json.loads((out / "results_keypoints.json").read_text()) if kind == "pose" else results
        for number, name in enumerate(names):
            mine = [(r, p) for r, p in zip(results, points) if r["image_id"] == number + 1]
            self.assertEqual(len(mine), len(expected[name]))
            for (result, pose), wanted in zip(mine, expected[name]):
                x, y, w, h = result["bbox"]
                self.assertEqual([x, y, x + w, y + h], wanted["box"])
                self.assertAlmostEqual(result["score"], wanted["score"], delta=1e-4)
                if kind == "pose":
                    self.assertEqual([v for i, v in enumerate(pose["keypoints"]) if i % 3 < 2], wanted["keypoints"])
                else:
                    self.assertEqual(result["category_id"], wanted["category"])

    def test_without_a_component_are_the_same(self):
        for kind in MODELS:
            with self.subTest(kind=kind):
                pictures = calibration(kind)[0].parent
                self.eval(MODELS[kind][0], "--data", pictures, "--out", self.folder / f"{kind}-own", "--component", COMPONENTS[kind])
                self.eval(MODELS[kind][0], "--data", pictures, "--out", self.folder / f"{kind}-bare")
                for path in (self.folder / f"{kind}-own").glob("results_*"):
                    self.assertEqual(path.read_bytes(), (self.folder / f"{kind}-bare" / path.name).read_bytes())
                    self.assertGreater(path.stat().st_size, 1000)

    def test_classification_counts(self):
        data, out = self.class_folders(), self.folder / "out"
        report = self.report(MODELS["cls"][0], "--data", data, "--out", out)
        self.assertEqual(report, json.loads((out / "report.json").read_text()))
        top1 = top5 = 0
        matrix = {name: dict.fromkeys(CLASSES, 0) for name in CLASSES}
        results = json.loads((out / "results_classes.json").read_text())
        for entry in results:
            label = entry["file"].split("/")[0]
            said = [CLASSES[index] for index, _ in entry["classes"]]
            top1 += said[0] == label
            top5 += label in said
            matrix[label][said[0]] += 1
        self.assertEqual(len(results), 32)
        self.assertEqual(report["classification"]["top1"], top1 / 32)
        self.assertEqual(report["classification"]["top5"], top5 / 32)
        self.assertGreater(top5, top1)
        with open(out / "confusion.csv", newline="") as file:
            for row in csv.DictReader(file):
                self.assertEqual({name: int(row[name]) for name in CLASSES}, matrix[row["true\\said"]])

    def test_detection_measures_are_the_references(self):
        path, images, data = self.detection_set()
        report = self.report(MODELS["detect"][0], "--data", path, "--images", images, "--out", self.folder / "out", "--score-thr", 0.02)
        results = json.loads((self.folder / "out/results_bbox.json").read_text())
        wanted = coco_reference.evaluate(data, results, "bbox")
        for name, value in wanted.items():
            self.assertAlmostEqual(report["bbox"][name], value, delta=1e-9)
        self.assertTrue(0.2 < wanted["AP"] < 0.95, wanted)
        # The written results say the same.
        again = self.report("--predictions", self.folder / "out/results_bbox.json", "--data", path)
        self.assertEqual(again["bbox"], report["bbox"])

    def test_csv(self):
        path, images, data = self.detection_set()
        names = {image["id"]: image["file_name"] for image in data["images"]}
        categories = {category["id"]: category["name"] for category in data["categories"]}
        table = self.folder / "boxes.csv"
        with open(table, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["label", "file", "x", "y", "width", "height"])
            for image in data["images"]:
                rows.writerow(["", image["file_name"], "", "", "", ""])
            for t in data["annotations"]:
                rows.writerow([categories[t["category_id"]], names[t["image_id"]], *t["bbox"]])
        plain = {**data, "annotations": [{**t, "iscrowd": 0} for t in data["annotations"]]}
        path.write_text(json.dumps(plain))
        a = self.report(MODELS["detect"][0], "--data", path, "--images", images)
        b = self.report(MODELS["detect"][0], "--data", table, "--images", images)
        self.assertAlmostEqual(a["bbox"]["AP"], b["bbox"]["AP"], delta=1e-12)
        labels = self.folder / "labels.csv"
        labels.write_text("file,label\n" + "".join(f"{path.name},{CLASSES[i % 10]}\n" for i, path in enumerate(calibration("cls"))))
        a = self.report(MODELS["cls"][0], "--data", labels, "--images", calibration("cls")[0].parent)
        b = self.report(MODELS["cls"][0], "--data", self.class_folders())
        self.assertEqual(a["classification"], b["classification"])

    def test_limits_set_the_exit_code(self):
        data = self.class_folders()
        top1 = self.report(MODELS["cls"][0], "--data", data)["classification"]["top1"]
        self.eval(MODELS["cls"][0], "--data", data, "--min", f"top1={top1}")
        self.assertIn("top1 is", self.eval(MODELS["cls"][0], "--data", data, "--min", f"top1={top1 + 0.01}", code=1))
        self.assertIn("not measured", self.eval(MODELS["cls"][0], "--data", data, "--min", "bbox.AP=0", code=1))


class Robustness(EvalTest):
    def test_threads_and_shards_change_nothing(self):
        path, images, _ = self.detection_set()
        common = [MODELS["detect"][0], "--data", path, "--images", images]
        one, many = self.folder / "one", self.folder / "many"
        self.eval(*common, "--threads", 1, "--out", one)
        self.eval(*common, "--threads", 5, "--out", many)
        self.same_results(one, many)
        for i in (2, 3, 1):
            self.eval(*common, "--threads", 2, "--shard", f"{i}/3", "--out", self.folder / f"shard{i}")
        error = self.eval("merge", self.folder / "shard1", self.folder / "shard2", "--data", path, "--out", self.folder / "part", code=2)
        self.assertIn("are in no journal", error)
        self.eval("merge", *[self.folder / f"shard{i}" for i in (1, 2, 3)], "--data", path, "--out", self.folder / "merged")
        self.same_results(one, self.folder / "merged")

    def test_goes_on_after_kill(self):
        data = self.folder / "many"
        for copy in range(40):
            shutil.copytree(calibration("cls")[0].parent, data / f"{copy:02}")
        whole, killed = self.folder / "whole", self.folder / "killed"
        common = [MODELS["cls"][0], "--data", data, "--classes", self.write_names(40)]
        self.eval(*common, "--out", whole)
        journal = killed / "shard-1-of-1.journal"
        kills = 0
        for lines in (100, 400, 900):
            with subprocess.Popen([ESPDL, "eval", *map(str, common), "--out", str(killed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
                while run.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") < lines):
                    time.sleep(0.001)
                if run.poll() is None:
                    run.send_signal(signal.SIGKILL)
                    kills += 1
                run.communicate()
        self.assertGreaterEqual(kills, 1)
        done = journal.read_bytes().count(b"\n")
        self.assertLess(done, 1281)
        self.eval(*common, "--out", killed)
        self.same_results(whole, killed)
        self.assertEqual(journal.read_bytes().count(b"\n"), 1281)  # each picture once, and the heading

    def write_names(self, count):
        path = self.folder / "names.txt"
        path.write_text("".join(f"{i:02}\n" for i in range(count)))
        return path

    def test_damaged_lines_are_done_again(self):
        data, out = self.class_folders(), self.folder / "out"
        self.eval(MODELS["cls"][0], "--data", data, "--out", out)
        report, journal = (out / "report.json").read_bytes(), out / "shard-1-of-1.journal"
        lines = journal.read_bytes().splitlines(keepends=True)
        lines[5] = lines[5].replace(b"0.", b"1.", 1)  # another score
        lines[9] = lines[9][:20] + b"\n"
        journal.write_bytes(b"".join(lines)[:-7])  # and the end was cut off
        (out / "report.json").unlink()
        run = subprocess.run([ESPDL, "eval", str(MODELS["cls"][0]), "--data", str(data), "--out", str(out)], stderr=subprocess.PIPE, text=True,
                             stdout=subprocess.PIPE)
        self.assertIn("29 pictures had been done before", run.stderr)
        self.assertEqual((out / "report.json").read_bytes(), report)

    def test_what_the_chip_refuses_is_broken(self):
        data = self.class_folders()
        picture = data / "cup/00.jpg"
        baseline, progressive = b"\xff\xc0\x00\x11", b"\xff\xc2\x00\x11"  # the frame's header says which
        content = picture.read_bytes()
        self.assertEqual(content.count(baseline), 1)
        picture.write_bytes(content.replace(baseline, progressive))
        report = self.report(MODELS["cls"][0], "--data", data)
        self.assertEqual([entry["file"] for entry in report["broken"]], ["cup/00.jpg"])
        self.assertIn("progressive: the chip's decoder refuses it", report["broken"][0]["reason"])

    def test_a_broken_picture_is_listed(self):
        data, out = self.class_folders(), self.folder / "out"
        whole = self.report(MODELS["cls"][0], "--data", data)
        good = (data / "cup/00.jpg").read_bytes()
        (data / "cup/00.jpg").write_bytes(good[:len(good) // 2])
        (data / "cup/empty.jpg").write_bytes(b"")
        (data / "book/text.png").write_bytes(b"no picture at all")
        report = self.report(MODELS["cls"][0], "--data", data, "--out", out)
        self.assertEqual([entry["file"] for entry in report["broken"]], ["book/text.png", "cup/00.jpg", "cup/empty.jpg"])
        self.assertTrue(all(entry["reason"] for entry in report["broken"]))
        self.assertEqual((report["pictures"], report["evaluated"]), (34, 31))
        self.assertEqual(report["classification"]["labelled"], 31)
        self.assertEqual(len((out / "broken.csv").read_text().splitlines()), 4)
        # Once it is repaired, only it is done.
        (data / "cup/00.jpg").write_bytes(good)
        os.remove(data / "cup/empty.jpg")
        os.remove(data / "book/text.png")
        self.assertIn("pictures", self.eval(MODELS["cls"][0], "--data", data, "--out", out, code=2))  # another set of pictures
        self.assertEqual(self.report(MODELS["cls"][0], "--data", data)["classification"], whole["classification"])

    def test_what_does_not_fit_is_refused(self):
        data, out = self.class_folders(), self.folder / "out"
        self.eval(MODELS["cls"][0], "--data", data, "--out", out)
        for arguments, reason in (
                ([MODELS["cls"][1], "--data", data, "--out", out], "belongs to another evaluation"),
                ([MODELS["cls"][0], "--data", data, "--out", out, "--mean", "0"], "belongs to another evaluation (pipeline differs)"),
                ([MODELS["cls"][0], "--data", self.folder / "nowhere"], "is no folder"),
                ([MODELS["cls"][0]], "--data is needed"),
                (["--data", data], "needed is one of a model"),
                ([MODELS["cls"][0], "--data", data, "--shard", "3/2"], "--shard 3/2"),
                ([MODELS["cls"][0], "--data", data, "--shard", "1/2"], "--out is needed"),
                ([MODELS["cls"][0], "--data", data, "--min", "top1"], "--min top1"),
                ([MODELS["cls"][0], "--data", data, "--task", "pose"], "no postprocessor"),
                ([MODELS["detect"][0], "--data", data, "--component", "coco_detect", "--mean", "1"], "decides about preprocessing"),
                ([MODELS["cls"][0], "--data", data, "--mean", "1,2"], "needed one number, or three"),
                ([MODELS["cls"][0], "--data", data, "--std", "0"], "standard deviation"),
                (["merge", self.folder, "--data", data], "no journals")):
            with self.subTest(reason=reason):
                self.assertIn(reason, self.eval(*arguments, code=2))
        for path in data.rglob("*.jpg"):
            path.write_bytes(b"no picture")
        self.assertIn("no picture could be used", self.eval(MODELS["cls"][0], "--data", data, code=2))
        for text, reason in (("{}", "a list 'images'"), ("[", "is no JSON"),
                             ('{"images": [{"id": 1}], "annotations": [], "categories": []}', "no 'file_name'"),
                             ('{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"id": 1}], "categories": []}', "number 1"),
                             ('{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1}], "annotations": [], "categories": []}', "twice")):
            with self.subTest(reason=reason):
                path = self.folder / "wrong.json"
                path.write_text(text)
                self.assertIn(reason, self.eval(MODELS["detect"][0], "--data", path, code=2))
        for text, reason in (("file,class\na,b\n", "file,label"), ("file,label\na\n", "row 2"), ('file,label\n"a,b\n', "quotation"),
                             ("file,label\na,b\na,c\n", "twice"), ("", "file,label")):
            with self.subTest(reason=reason):
                path = self.folder / "wrong.csv"
                path.write_text(text)
                self.assertIn(reason, self.eval(MODELS["cls"][0], "--data", path, code=2))


class TwoStages(EvalTest):
    @unittest.skipUnless(FACES.is_file(), "no face detector in DESKBOARD_TESTDATA")
    def test_a_face_is_where_the_chip_finds_it(self):
        for chip, name in (("s3", "esp32s3"), ("p4", "esp32p4")):
            want, = json.loads((TESTDATA / f"golden/{name}/human_face_detect_mnp_s8_v1/human_face/chip.json").read_text())["results"]
            left, top, right, bottom = want["box"]
            data = self.folder / chip
            data.mkdir()
            shutil.copy(TESTDATA / "images/human_face.jpg", data)
            (data / "labels.csv").write_text(f"file,label,x,y,width,height\nhuman_face.jpg,face,{left},{top},{right - left},{bottom - top}\n")
            stage = str(TESTDATA / f"models/{chip}/human_face_detect_{{}}_s8_v1.espdl")
            both = ["--second", stage.format("mnp"), "--data", data / "labels.csv"]
            report = self.report(stage.format("msr"), *both, "--out", data / "out")
            found, = json.loads((data / "out/results_bbox.json").read_text())
            self.assertEqual(found["bbox"], [left, top, right - left, bottom - top])
            self.assertEqual(f"{found['score']:.6f}", f"{want['score']:.6f}")
            self.assertEqual(report["pipeline"]["postprocessor"], "msr")
            # Done already; with another second stage it is another evaluation.
            self.report(stage.format("msr"), *both, "--out", data / "out")
            self.eval(stage.format("msr"), "--data", data / "labels.csv", "--out", data / "out", code=2)

    def test_what_is_no_second_stage_is_refused(self):
        detector, classifier = MODELS["detect"][0], MODELS["cls"][0]
        self.assertIn("not msr", self.eval(detector, "--second", classifier, "--data", detector.parents[1] / "calibration", code=2))

    @unittest.skipUnless(FACES.is_file(), "no face detector in DESKBOARD_TESTDATA")
    def test_a_model_of_another_kind_is_no_second_stage(self):
        data = MODELS["detect"][0].parents[1] / "calibration"
        first = TESTDATA / "models/p4/human_face_detect_msr_s8_v1.espdl"
        self.assertIn("no second stage", self.eval(first, "--second", MODELS["cls"][0], "--data", data, code=2))
        self.assertIn("none.espdl", self.eval(first, "--second", "/none.espdl", "--data", data, code=2))


class Programs(EvalTest):
    """--program: a firmware's program in the place of a model."""

    def setUp(self):
        super().setUp()
        self.program = self.folder / "program"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def run_it(self, names, task="detect", *arguments, code=0):
        heading = "file,label" + (",x,y,width,height" if task == "detect" else "")
        rows = [f"{name}.jpg,dog" + (",1,2,4,5" if task == "detect" else "") for name in names]
        (self.folder / "labels.csv").write_text("\n".join([heading, *rows, ""]))
        return self.eval("--program", self.program, f"--program-argument={task}", f"--program-argument={self.folder}/started-{{}}", "--data",
                         self.folder / "labels.csv", *arguments, code=code)

    def test_results_are_the_programs(self):
        names = [f"picture{i}" for i in range(20)]
        for threads in (1, 3):
            report = json.loads(self.run_it(names, "detect", "--json", "--threads", threads, "--out", self.folder / f"run{threads}"))
            self.assertEqual((report["evaluated"], report["bbox"]["AP"]), (20, 1))
        self.same_results(self.folder / "run1", self.folder / "run3")
        # Each process had an argument of its own.
        self.assertEqual(sorted(p.name for p in self.folder.glob("started-*")), ["started-1", "started-2", "started-3"])

    def test_a_panic_is_a_broken_picture(self):
        report = json.loads(self.run_it(["a", "panic1", "b", "nonsense", "strange", "panic2", "c"], "detect", "--json", "--threads", 1))
        reasons = {b["file"]: b["reason"] for b in report["broken"]}
        self.assertEqual(sorted(reasons), ["nonsense.jpg", "panic1.jpg", "panic2.jpg", "strange.jpg"])
        self.assertIn("was ended by signal 6: E (7) app: the heap is full", reasons["panic1.jpg"])
        self.assertIn("no answer", reasons["nonsense.jpg"])
        self.assertIn("no record", reasons["strange.jpg"])
        self.assertEqual(report["evaluated"], 3)

    def test_classes_have_names(self):
        report = json.loads(self.run_it(["a", "bird", "b"], "classify", "--json"))
        self.assertEqual((report["evaluated"], report["classification"]["top1"]), (2, 1))
        self.assertIn("'bird' has no number", report["broken"][0]["reason"])

    def test_what_does_not_fit_is_refused(self):
        self.assertIn("ended with exit code 1: E (12) main: no memory for the model", self.run_it(["a"], "never", code=2))
        self.assertIn("not for pose", self.run_it(["a"], "classify", "--task", "pose", code=2))
        self.assertIn("one of a model, --program", self.run_it(["a"], "detect", MODELS["detect"][0], code=2))
        self.assertIn("not --slurm", self.run_it(["a"], "detect", "--slurm", 2, "--out", self.folder / "out", code=2))
        self.program.chmod(0o644)
        self.assertIn("cannot start", self.run_it(["a"], code=2))
        # Another key is another evaluation.
        self.program.chmod(0o755)
        self.run_it(["a"], "detect", "--out", self.folder / "out", "--program-key", "one")
        self.assertIn("another evaluation", self.run_it(["a"], "detect", "--out", self.folder / "out", "--program-key", "two", code=2))


if __name__ == "__main__":
    unittest.main()
