"""Writes rendered pictures that no training has seen as a data set for `espdl eval`.

    python3 dataset.py cls|detect|pose DIR [--pictures N]

cls: DIR/<class>/<number>.png; detect and pose: DIR/<number>.png and DIR/data.json (COCO). The pictures are those that evaluate.py
measures on: the split "test", from number 2000 on. PNG keeps every pixel.
"""
import argparse
import json
from pathlib import Path

import render

FIRST = 2000
SIGHT = 2  # COCO: the keypoint is seen


def annotation(kind, truth, i):
    """Category, box and keypoints of the i-th object."""
    if kind == "detect":
        category, x1, y1, x2, y2 = map(float, truth[0][i])
        return {"category_id": int(category) + 1, "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
    x1, y1, x2, y2 = map(float, truth[0][i])
    points = [v for x, y in truth[1][i] for v in (float(x), float(y), SIGHT)]
    return {"category_id": 1, "bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "keypoints": points, "num_keypoints": 17}


def write_scenes(kind, folder, pictures):
    draw = {"detect": render.detection, "pose": render.pose}[kind]
    names = render.CLASSES if kind == "detect" else ["figure"]
    data = {"images": [], "annotations": [], "categories": [{"id": i + 1, "name": name} for i, name in enumerate(names)]}
    for number in range(FIRST, FIRST + pictures):
        image, *truth = draw("test", number)
        image.save(folder / f"{number}.png")
        data["images"].append({"id": number, "file_name": f"{number}.png", "width": image.width, "height": image.height})
        for i in range(len(truth[0])):
            data["annotations"].append({"id": len(data["annotations"]) + 1, "image_id": number, "iscrowd": 0, **annotation(kind, truth, i)})
    (folder / "data.json").write_text(json.dumps(data))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=render.KINDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=1000)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.kind != "cls":
        write_scenes(args.kind, args.folder, args.pictures)
        return
    for number in range(FIRST, FIRST + args.pictures):
        image, category = render.classification("test", number)
        target = args.folder / render.CLASSES[category]
        target.mkdir(exist_ok=True)
        image.save(target / f"{number}.png")


if __name__ == "__main__":
    main()
