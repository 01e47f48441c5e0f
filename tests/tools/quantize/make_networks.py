"""ONNX files with random weights of the networks that tools/train trains: for tests and for measurements of the quantizer.

    python3 make_networks.py FOLDER [cls] [detect] [pose] [yolo11n]

Each file <name>.onnx comes with <name>_calib.npy (32 random pictures, 4 for yolo11n) and <name>_test.npy. Seeds are fixed.
yolo11n has the size of the real one: width 0.25, depth 0.5, 80 classes, 640x640.
"""
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tools/train"))
import models

NETWORKS = {"cls": (lambda: models.build("cls", 4), 96, 32), "detect": (lambda: models.build("detect", 4), 160, 32),
            "pose": (lambda: models.build("pose", 4), 160, 32), "yolo11n": (lambda: models.Yolo11(80, width=0.25), 640, 4)}


def pictures(generator, count, size):
    """Smooth blobs with noise on them, about as large as normalized pictures are: nets see more than white noise."""
    coarse = torch.randn(count, 3, max(2, size // 16), max(2, size // 16), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)
    return (0.5 + 0.25 * smooth + 0.05 * torch.randn(count, 3, size, size, generator=generator)).clamp(0, 1)


def make(name, folder):
    create, size, count = NETWORKS[name]
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    model = create()
    # Statistics of real activations, so that they neither die out nor explode, and affine terms that differ by channel.
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.normal_(norm.bias, 0.0, 0.3)
    model.train()
    with torch.no_grad():
        model(pictures(generator, 2, size))
    model.eval()
    names = model.output_names() if hasattr(model, "output_names") else ["logits"]
    path = os.path.join(folder, name + ".onnx")
    torch.onnx.export(model, torch.zeros(1, 3, size, size), path, input_names=["images"], output_names=names, opset_version=13)
    np.save(os.path.join(folder, name + "_calib.npy"), pictures(generator, count, size).numpy())
    np.save(os.path.join(folder, name + "_test.npy"), pictures(generator, 1, size).numpy())
    print(path)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for network in sys.argv[2:] or NETWORKS:
        make(network, sys.argv[1])
