"""COCO's measures against the reference in coco_reference.py, on random sets with crowds, ties, all sizes and empty pictures.

Usage: test_coco.py COCO_BATCH [SETS OF EACH KIND]
"""
import json
import random
import subprocess
import sys

import coco_reference as reference

KINDS = ("bbox", "segm", "keypoints")
TOLERANCE = 1e-9


def random_box(rng, width, height):
    # Whole and half numbers: overlaps that are exactly a threshold happen.
    w, h = rng.randint(1, 2 * width) / 2, rng.randint(1, 2 * height) / 2
    return [rng.randint(0, int(2 * (width - w))) / 2, rng.randint(0, int(2 * (height - h))) / 2, w, h]


def moved(rng, box):
    return [v + rng.choice([0, 0, 0.5, 1, -1, 2, -2, 5]) for v in box[:2]] + [max(0.5, v * rng.choice([1, 1, 1, 0.8, 0.5, 1.25])) for v in box[2:]]


def random_segmentation(rng, width, height, box, crowd):
    x, y, w, h = box
    if crowd or rng.random() < 0.3:
        pixels = {(c, r) for c in range(width) for r in range(height) if x <= c < x + w and y <= r < y + h and rng.random() < 0.8}
        counts = reference.counts_of_mask(pixels, height, width)
        return {"size": [height, width], "counts": counts if rng.random() < 0.5 else reference.text_of_counts(counts)}
    if rng.random() < 0.1:
        return [[x, y, w, h]]
    parts = []
    for _ in range(rng.randint(1, 2)):
        parts.append([v for _ in range(rng.randint(3, 7))
                      for v in (round(rng.uniform(x - 2, x + w + 2), 2), round(rng.uniform(y - 2, y + h + 2), 2))])
    return parts


def random_keypoints(rng, box, spread=0.0, like=None):
    x, y, w, h = box
    points = []
    for i in range(17):
        v = rng.choice([0, 1, 2, 2])
        if like:
            px, py = like[3 * i] + rng.gauss(0, spread * w), like[3 * i + 1] + rng.gauss(0, spread * h)
        else:
            px, py = rng.uniform(x, x + w), rng.uniform(y, y + h)
        points += [round(px, 1), round(py, 1), v] if v else [0, 0, 0]
    return points


def random_set(rng, kind):
    scale = 24 if kind == "segm" else rng.choice([40, 150, 400])
    pictures = [{"id": i, "width": rng.randint(scale // 2, scale), "height": rng.randint(scale // 2, scale), "file_name": f"{i}.jpg"}
                for i in rng.sample(range(1, 1000), rng.randint(1, 5))]
    categories = [{"id": i, "name": str(i)} for i in rng.sample(range(1, 91), 1 if kind == "keypoints" else rng.randint(1, 3))]
    truths, results = [], []
    first = rng.choice([1, 1, 0])  # a file that counts from 0 loses its first truth, as with COCO's own program
    scores = [rng.choice([0.1, 0.25, 0.5, 0.5, 0.9, round(rng.random(), 3)]) for _ in range(8)]

    def add_result(picture, category, box, like=None):
        result = {"image_id": picture["id"], "category_id": category["id"], "score": rng.choice(scores)}
        if kind == "bbox":
            result["bbox"] = box
        elif kind == "segm":
            result["segmentation"] = random_segmentation(rng, picture["width"], picture["height"], box, False)
        else:
            result["keypoints"] = random_keypoints(rng, box, rng.choice([0, 0.02, 0.1]), like)
        results.append(result)

    for picture in pictures:
        if rng.random() < 0.2:
            continue  # an empty picture
        for category in categories:
            for _ in range(rng.choice([0, 1, 2, 5])):
                box = random_box(rng, picture["width"], picture["height"])
                crowd = int(rng.random() < 0.15)
                area = box[2] * box[3] * rng.choice([1, 1, 0.6])
                truth = {"id": len(truths) + first, "image_id": picture["id"], "category_id": category["id"], "bbox": box, "area": area}
                if crowd or rng.random() < 0.8:
                    truth["iscrowd"] = crowd
                if kind == "segm":
                    truth["segmentation"] = random_segmentation(rng, picture["width"], picture["height"], box, crowd)
                    truth["area"] = rng.choice([area, 500, 2000, 10000])  # the pictures are small, their truths' areas are not
                if kind == "keypoints":
                    truth["keypoints"] = random_keypoints(rng, box) if rng.random() < 0.85 else [0] * 51
                    truth["num_keypoints"] = sum(v > 0 for v in truth["keypoints"][2::3])
                truths.append(truth)
                for _ in range(rng.choice([0, 1, 1, 2, 4])):
                    add_result(picture, category, moved(rng, box), truth.get("keypoints"))
            for _ in range(rng.choice([0, 0, 1, 3, 120 if kind == "bbox" and rng.random() < 0.1 else 2])):
                add_result(picture, category, random_box(rng, picture["width"], picture["height"]))
    rng.shuffle(results)
    if kind == "bbox" and rng.random() < 0.1:
        results.append({"image_id": pictures[0]["id"], "category_id": 4711, "score": 1, "bbox": [0, 0, 5, 5]})
    return {"images": pictures, "annotations": truths, "categories": categories}, results


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    sets = [(kind, number, *random_set(random.Random(f"{kind} {number}"), kind)) for kind in KINDS for number in range(count)]
    text = "".join(json.dumps({"kind": kind, "data": data, "results": results}) + "\n" for kind, _, data, results in sets)
    answers = subprocess.run([program], input=text, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    wrong, measured = [] if len(answers) == len(sets) else ["an answer is missing"], 0
    for (kind, number, data, results), answer in zip(sets, answers):
        found, wanted = json.loads(answer), reference.evaluate(data, results, kind)
        measured += wanted["AP"] > 0
        differing = {name: (value, found.get(name)) for name, value in wanted.items() if not abs(found.get(name, 99) - value) <= TOLERANCE}
        if differing:
            wrong.append(f"{kind} {number}: (reference, espdl) {differing} {found.get('error', '')}")
    for line in wrong[:20]:
        print(line)
    print(f"{len(sets)} sets, {measured} with an AP above 0, {len(wrong)} differ by more than {TOLERANCE}")
    return 1 if wrong or measured < len(sets) / 2 else 0


if __name__ == "__main__":
    sys.exit(main())
