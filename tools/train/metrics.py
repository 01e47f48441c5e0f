"""Accuracy on unseen rendered pictures: top-1, mAP50-95, OKS-AP50-95."""
import numpy as np
import torch

from loss import SIGMAS, anchors, decode_boxes, decode_keypoints, flatten

THRESHOLDS = np.linspace(0.5, 0.95, 10)


def iou_matrix(a, b):
    x1, y1 = np.maximum(a[:, None, 0], b[None, :, 0]), np.maximum(a[:, None, 1], b[None, :, 1])
    x2, y2 = np.minimum(a[:, None, 2], b[None, :, 2]), np.minimum(a[:, None, 3], b[None, :, 3])
    inter = np.clip(x2 - x1, 0, None) * np.clip(y2 - y1, 0, None)

    def area(v):
        return (v[:, 2] - v[:, 0]) * (v[:, 3] - v[:, 1])

    # Nothing is added to the divisor: boxes of whole pixels overlap by exactly a threshold now and then.
    return inter / np.maximum(area(a)[:, None] + area(b)[None] - inter, 1e-9)


def oks_matrix(found, wanted, boxes):
    d = ((found[:, None] - wanted[None]) ** 2).sum(-1)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.exp(-d / (2 * SIGMAS.numpy()) ** 2 / (area[None, :, None] + 1e-9) / 2).mean(-1)


def average_precision(records, truths):
    """records: (score, hit) of all detections; area under the interpolated precision."""
    if not truths:
        return None
    records = sorted(records, key=lambda r: -r[0])
    hits = np.cumsum([r[1] for r in records]) if records else np.zeros(0)
    recall = hits / truths
    precision = hits / np.arange(1, len(records) + 1) if records else hits
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean([precision[i] if i < len(precision) else 0.0 for i in at]))


def postprocess(outputs, strides, threshold=0.02, overlap=0.7, most=20):
    """As the firmware does: NMS over all classes together. Yields (boxes, scores, categories, keypoints) per picture."""
    centres, scale = anchors(outputs, strides)
    boxes = decode_boxes(flatten(outputs[:3]), centres, scale).numpy()
    scores = flatten(outputs[3:6]).sigmoid().numpy()
    keypoints = decode_keypoints(flatten(outputs[6:9]), centres, scale).numpy() if len(outputs) > 6 else None
    for i in range(len(boxes)):
        cell, category = np.nonzero(scores[i] > threshold)
        order = np.argsort(-scores[i][cell, category], kind="stable")
        cell, category = cell[order], category[order]
        kept = []
        pairs = iou_matrix(boxes[i][cell], boxes[i][cell])
        alive = np.ones(len(cell), bool)
        for j in range(len(cell)):
            if alive[j]:
                kept.append(j)
                alive &= pairs[j] <= overlap
                if len(kept) == most:
                    break
        kept = np.array(kept, int)
        yield (boxes[i][cell[kept]], scores[i][cell[kept], category[kept]], category[kept],
               None if keypoints is None else keypoints[i][cell[kept]][..., :2])


@torch.no_grad()
def predict(model, normalize, pictures, batch=64):
    for at in range(0, len(pictures), batch):
        yield model(normalize(pictures[at:at + batch]))


def evaluate_results(kind, results, truth, classes):
    """mAP50-95 (detect) or OKS-AP50-95 (pose) of the results of postprocess()."""
    boxes, categories, mask, keypoints = (t.numpy() for t in truth)
    values = []
    for category in range(classes):
        records = {t: [] for t in THRESHOLDS}
        total = 0
        for i, (b, s, c, k) in enumerate(results):
            wanted = mask[i] & (categories[i] == category)
            total += int(wanted.sum())
            mine = c == category
            if kind == "pose":
                match = oks_matrix(k[mine], keypoints[i][wanted], boxes[i][wanted])
            else:
                match = iou_matrix(b[mine], boxes[i][wanted])
            for t in THRESHOLDS:
                free = np.ones(match.shape[1], bool)
                for j, score in enumerate(s[mine]):
                    candidates = np.where(free, match[j], -1) if free.size else np.zeros(0)
                    best = int(candidates.argmax()) if candidates.size else -1
                    hit = best >= 0 and candidates[best] >= t
                    if hit:
                        free[best] = False
                    records[t].append((float(score), hit))
        per = [average_precision(records[t], total) for t in THRESHOLDS]
        if total:
            values.append(np.mean(per))
    return float(np.mean(values))


def evaluate_outputs(kind, batches, truth, strides=None, classes=None):
    """batches: what the network gives for some pictures at a time, in their order."""
    if kind == "cls":
        return f"top-1 {100 * float((torch.cat(list(batches)).argmax(1) == truth).float().mean()):.2f} %"
    results = [result for outputs in batches for result in postprocess(outputs, strides)]
    value = evaluate_results(kind, results, truth, classes)
    return f"{'OKS-AP' if kind == 'pose' else 'mAP'}50-95 {100 * value:.2f} %"


def evaluate(kind, model, normalize, pictures, truth):
    return evaluate_outputs(kind, predict(model, normalize, pictures), truth, getattr(model, "STRIDES", None), getattr(model, "classes", None))
