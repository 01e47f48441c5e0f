"""espdl eval on the rendered test pictures equals the measures of tools/train on the same predictions, to the last digit that these report.

Usage: test_rendered.py ESPDL [PICTURES]        Needs python3-torch, python3-pil, python3-numpy; exit code 77 without them.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/train"))

try:
    import numpy as np
    import torch

    import dataset
    import metrics
    import render
except ImportError as missing:
    print(f"SKIPPED: {missing}: nothing is compared with tools/train")
    sys.exit(77)

MODELS = {"cls": "imagenet_cls/models/{}/shapes_cls_mobilenetv2_s8", "detect": "coco_detect/models/{}/shapes_detect_yolo11_s8",
          "pose": "coco_pose/models/{}/shapes_pose_yolo11_s8"}


def truth_of(data):
    objects = [[t for t in data["annotations"] if t["image_id"] == image["id"]] for image in data["images"]]
    shape = (len(objects), max(map(len, objects)))
    boxes, categories = torch.zeros(*shape, 4, dtype=torch.float64), torch.zeros(shape, dtype=torch.long)
    mask, keypoints = torch.zeros(shape, dtype=torch.bool), torch.zeros(*shape, 17, 2, dtype=torch.float64)
    for i, those in enumerate(objects):
        for j, t in enumerate(those):
            x, y, w, h = t["bbox"]
            boxes[i, j], mask[i, j], categories[i, j] = torch.tensor([x, y, x + w, y + h]), True, t["category_id"] - 1
            if "keypoints" in t:
                keypoints[i, j] = torch.tensor(t["keypoints"]).reshape(17, 3)[:, :2]
    return boxes, categories, mask, keypoints


def results_of(data, folder, kind):
    found = json.loads((folder / "results_bbox.json").read_text())
    poses = json.loads((folder / "results_keypoints.json").read_text()) if kind == "pose" else found
    for image in data["images"]:
        mine = [(f, p) for f, p in zip(found, poses) if f["image_id"] == image["id"]]
        boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in (f["bbox"] for f, _ in mine)]).reshape(-1, 4)
        points = np.array([np.reshape(p["keypoints"], (17, 3))[:, :2] for _, p in mine]).reshape(-1, 17, 2) if kind == "pose" else None
        yield boxes, np.array([f["score"] for f, _ in mine]), np.array([f["category_id"] - 1 for f, _ in mine], int), points


def check(espdl, kind, chip, folder):
    """(what espdl says, what tools/train says), in percent as the latter prints it."""
    model = ROOT / "components" / (MODELS[kind].format(chip) + ".espdl")
    data, out = folder / kind if kind == "cls" else folder / kind / "data.json", folder / f"{kind}-{chip}"
    options = [] if kind == "cls" else ["--score-thr", "0.02", "--top-k", "20"]
    subprocess.run([espdl, "eval", str(model), "--data", str(data), "--out", str(out), *options], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    report = json.loads((out / "report.json").read_text())
    if kind == "cls":
        results = json.loads((out / "results_classes.json").read_text())
        right = [render.CLASSES[r["classes"][0][0]] == r["file"].split("/")[0] for r in results]
        return f"{100 * report['classification']['top1']:.2f}", f"{100 * sum(right) / len(right):.2f}"
    truth = json.loads(data.read_text())
    value = metrics.evaluate_results(kind, list(results_of(truth, out, kind)), truth_of(truth), len(truth["categories"]))
    return f"{100 * report['keypoints' if kind == 'pose' else 'bbox']['AP']:.2f}", f"{100 * value:.2f}"


def main():
    espdl, pictures = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in MODELS:
            subprocess.run([sys.executable, dataset.__file__, kind, str(folder / kind), "--pictures", str(pictures)], check=True)
            for chip in ("p4", "s3"):
                mine, theirs = check(espdl, kind, chip, folder)
                wrong += mine != theirs or float(mine) < 50
                print(f"{kind} {chip}: espdl {mine} %, tools/train {theirs} %")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
