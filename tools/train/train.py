"""Trains one of the three networks on rendered pictures, and exports it to ONNX.

    python3 train.py cls|detect|pose --out DIR [--epochs N] [--pictures N] [--threads N]

Seeds are fixed. Writes DIR/<name>.onnx, <name>.pt, <name>.log, calibration and test arrays (NCHW, as the network sees them).
Needs Debian's python3-torch, python3-onnx, python3-pil, python3-numpy.
"""
import argparse
import copy
import math
import os
import random
import sys
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F

import metrics
import models
import render
from loss import Loss

NAMES = {"cls": "shapes_cls_mobilenetv2", "detect": "shapes_detect_yolo11", "pose": "shapes_pose_yolo11"}
SIZES = {"cls": 96, "detect": 160, "pose": 160}
EPOCHS = {"cls": 14, "detect": 22, "pose": 14}
PICTURES = {"cls": 12000, "detect": 10000, "pose": 10000}
# What the apps' preprocessors do: ImageNet's constants for classification, 1/255 for YOLO.
MEAN = {"cls": (123.675, 116.28, 103.53)}
STD = {"cls": (58.395, 57.12, 57.375)}


def normalize(kind, pictures):
    """uint8 [n, h, w, 3] → float [n, 3, h, w]"""
    mean = torch.tensor(MEAN.get(kind, (0.0, 0.0, 0.0)))
    std = torch.tensor(STD.get(kind, (255.0, 255.0, 255.0)))
    return ((torch.from_numpy(pictures).float() - mean) / std).permute(0, 3, 1, 2).contiguous()


def load(kind, split, count, first=0):
    """Pictures as uint8 and their truths, padded to a common number of objects."""
    size = SIZES[kind]
    pictures = np.zeros((count, size, size, 3), np.uint8)
    truths = []
    for i in range(count):
        image, *truth = getattr(render, {"cls": "classification", "detect": "detection", "pose": "pose"}[kind])(split, first + i)
        pictures[i] = np.asarray(image)
        truths.append(truth)
    if kind == "cls":
        return pictures, torch.tensor([t[0] for t in truths])
    most = max(len(t[0]) for t in truths)
    boxes, categories = torch.zeros(count, most, 4), torch.zeros(count, most, dtype=torch.long)
    mask, keypoints = torch.zeros(count, most, dtype=torch.bool), torch.zeros(count, most, 17, 2)
    for i, truth in enumerate(truths):
        n = len(truth[0])
        mask[i, :n] = True
        boxes[i, :n] = torch.from_numpy(truth[0][:, -4:])
        if kind == "detect":
            categories[i, :n] = torch.from_numpy(truth[0][:, 0]).long()
        elif n:
            keypoints[i, :n] = torch.from_numpy(truth[1])
    return pictures, (boxes, categories, mask, keypoints)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=NAMES)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    kind = args.kind
    epochs, count = args.epochs or EPOCHS[kind], args.pictures or PICTURES[kind]
    os.makedirs(args.out, exist_ok=True)
    log_file = open(os.path.join(args.out, NAMES[kind] + ".log"), "w", buffering=1)

    def log(text):
        print(text, flush=True)
        log_file.write(text + "\n")

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    start = time.time()
    pictures, truth = load(kind, "train", count)
    test_pictures, test_truth = load(kind, "test", max(64, count // 12))
    log(f"{NAMES[kind]}: {count} pictures of {SIZES[kind]} pixels rendered in {time.time() - start:.0f} s")

    model = models.build(kind, len(render.CLASSES))
    log(f"{sum(p.numel() for p in model.parameters())} parameters, torch {torch.__version__}, "
        f"{args.threads} threads, {epochs} epochs, batch {args.batch}")
    average = copy.deepcopy(model)
    decay = [p for n, p in model.named_parameters() if p.ndim > 1]
    rest = [p for n, p in model.named_parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}],
                                  lr=args.rate)
    steps = epochs * (count // args.batch)
    criterion = None if kind == "cls" else Loss(model)
    step = 0
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(count)
        sums, n = 0.0, 0
        for at in range(0, count - args.batch + 1, args.batch):
            index = order[at:at + args.batch]
            rate = args.rate * min(1.0, (step + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            x = normalize(kind, pictures[index.numpy()])
            if kind == "cls":
                loss = F.cross_entropy(model(x), truth[index], label_smoothing=0.05)
            else:
                boxes, categories, mask, keypoints = (t[index] for t in truth)
                loss, _ = criterion(model(x), boxes, categories, mask, keypoints if kind == "pose" else None)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            step += 1
            keep = min(0.998, step / (step + 50))
            with torch.no_grad():
                for a, b in zip(average.state_dict().values(), model.state_dict().values()):
                    if a.dtype.is_floating_point:
                        a.mul_(keep).add_(b, alpha=1 - keep)
                    else:
                        a.copy_(b)
            sums, n = sums + float(loss.detach()), n + 1
        text = f"epoch {epoch + 1}/{epochs}: loss {sums / n:.4f}"
        if (epoch + 1) % 4 == 0 or epoch + 1 == epochs:
            average.eval()
            text += ", " + metrics.evaluate(kind, average, lambda p: normalize(kind, p), test_pictures, test_truth)
            torch.save(average.state_dict(), os.path.join(args.out, NAMES[kind] + ".pt"))
        log(f"{text}, {time.time() - start:.0f} s")

    export(kind, average, args.out)
    log(f"done in {time.time() - start:.0f} s")
    return 0


def export(kind, model, folder):
    """ONNX with batch normalization folded, and the arrays that quantization needs."""
    model = copy.deepcopy(model).eval()
    size = SIZES[kind]
    names = ["logits"] if kind == "cls" else model.output_names()
    path = os.path.join(folder, NAMES[kind] + ".onnx")
    torch.onnx.export(model, torch.zeros(1, 3, size, size), path, input_names=["images"], output_names=names,
                      opset_version=13, do_constant_folding=True)
    shorten_names(path)
    for split, count in (("calib", 32), ("test", 8)):
        pictures, _ = load(kind, split, count)
        np.save(os.path.join(folder, f"{NAMES[kind]}_{split}.npy"), normalize(kind, pictures).numpy())


def shorten_names(path):
    """Tensors are named after their module: /stem/stem.4/cv2/conv/Conv_output_0 becomes stem.4/cv2/conv. Flash holds each name several times."""
    file = onnx.load(path)
    kept = {value.name for value in list(file.graph.input) + list(file.graph.output)}
    names = {name: name for name in kept}

    def short(name):
        if name in names or not name:
            return name
        parts = name.removesuffix("_output_0").split("/")
        parts = [p for i, p in enumerate(parts) if p and not (i + 1 < len(parts) and parts[i + 1].startswith(p + "."))]
        if len(parts) > 1 and parts[-2].lower() == parts[-1].lower():
            parts.pop()
        if parts[-2:] == ["act", "Mul"]:
            parts.pop()
        new = "/".join(parts)
        while new in names.values():
            new += "_"
        names[name] = new
        return new

    for node in file.graph.node:
        for values in (node.input, node.output):
            for i, name in enumerate(values):
                values[i] = names.get(name) or short(name)
        node.name = short(node.name + "#").removesuffix("#") if node.name else ""
    for tensor in file.graph.initializer:
        tensor.name = names.get(tensor.name) or short(tensor.name)
    for value in file.graph.value_info:
        value.name = names.get(value.name) or short(value.name)
    onnx.checker.check_model(file)
    onnx.save(file, path)


if __name__ == "__main__":
    sys.exit(main())
