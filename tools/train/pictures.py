#!/usr/bin/python3
"""Draws the pictures that the apps carry within them, those of their tests (split "show"), and those that the demonstration models are
calibrated with (split "calib"), all by the same rules as the training data.

Usage: pictures.py [ROOT]     writes them below ROOT (default: this checkout).
Nothing else is random, so the same Pillow and NumPy give the same files.
"""
import sys
from pathlib import Path

import render

APPS = {
    "apps/mobilenetv2_cls/main/cup.jpg": lambda: render.classification("show", 10, 320),
    "apps/yolo11_detect/main/things.jpg": lambda: render.detection("show", 10, 480, count=4),
    "apps/yolo11_pose/main/people.jpg": lambda: render.pose("show", 12, 480, count=2),
}
TESTS = {
    "cls": lambda i: render.classification("show", i, 160),
    "detect": lambda i: render.detection("show", i, 240),
    "pose": lambda i: render.pose("show", i, 240),
}
CALIBRATION = {
    "components/imagenet_cls": render.classification,
    "components/coco_detect": render.detection,
    "components/coco_pose": render.pose,
}


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    pictures = {path: draw()[0] for path, draw in APPS.items()}
    for kind, draw in TESTS.items():
        for i in range(3):
            pictures[f"tests/apps/pictures/{kind}_{i}.jpg"] = draw(20 + i)[0]
    for component, draw in CALIBRATION.items():
        for i in range(32):
            pictures[f"{component}/models/calibration/{i:02}.jpg"] = draw("calib", i)[0]
    for path, picture in pictures.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file, quality=90, subsampling="4:2:0")
        print(f"{path}: {picture.width} x {picture.height}, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
