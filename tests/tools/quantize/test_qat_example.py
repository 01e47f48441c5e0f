#!/usr/bin/python3
"""examples/qat_pytorch, from PyTorch to the emulated chip: the trained scales arrive, and the pictures are told apart.

    python3 test_qat_example.py ESPDL
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import numpy_helper
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[3]
PICTURES = 24


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode == 77:
        print(result.stdout.strip())
        sys.exit(77)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def weight_scales(path):
    """The scales of the layers' weights as PyTorch wrote them, by the name of the weights."""
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        if node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    return {node.input[0]: constants[node.input[1]].reshape(-1) for node in graph.node
            if node.op_type == "QuantizeLinear" and node.input[0] in constants}


def exponents(path, tensor):
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    record = next(variables[tensor] for variables in content["configs"].values() if tensor in variables)
    return np.log2(np.atleast_1d(content["values"][str(record["dominator"])]["scale"])).astype(int).tolist()


def check_scales(folder):
    scales = weight_scales(os.path.join(folder, "model.onnx"))
    if len(scales) != 4:
        sys.exit(f"the network has 4 layers, {len(scales)} have scales")
    for name, wanted in scales.items():
        got = exponents(os.path.join(folder, "model.json"), name)
        if got != [math.ceil(math.log2(scale) - 1e-6) for scale in wanted]:
            sys.exit(f"{name}: exponents {got} of scales {wanted}")


def accuracy(espdl, folder, target):
    pictures = np.load(os.path.join(folder, "calib.npy"))
    labels = np.load(os.path.join(folder, "labels.npy"))
    right = 0
    for i in range(PICTURES):
        np.save(os.path.join(folder, "one.npy"), np.ascontiguousarray(pictures[i:i + 1].transpose(0, 2, 3, 1)))
        out = os.path.join(folder, "out")
        run(espdl, "run", os.path.join(folder, "model.espdl"), "--target", target, "--out", out, "--input",
            "input=" + os.path.join(folder, "one.npy"))
        with open(os.path.join(out, "manifest.json"), encoding="utf-8") as file:
            text = file.read()
        name = next(f for f in os.listdir(out) if f.endswith(".npy") and f in text)
        right += int(np.load(os.path.join(out, name)).argmax() == labels[i])
    return right / PICTURES


def main():
    espdl = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        print(run(sys.executable, "-B", str(ROOT / "examples/qat_pytorch/train.py"), folder, "--steps", "150").strip())
        for target in ("esp32p4", "esp32s3"):
            path = os.path.join(folder, "model")
            run(espdl, "quantize", path + ".onnx", "--calib", os.path.join(folder, "calib.npy"), "--target", target,
                "--test-input", os.path.join(folder, "calib.npy"), "-o", path + ".espdl", "--threads", "1")
            run(espdl, "test", path + ".espdl", "--target", target)
            if target == "esp32p4":
                check_scales(folder)
            share = accuracy(espdl, folder, target)
            print(f"{target}: {share:.3f} of {PICTURES} pictures")
            if share < 0.9:
                sys.exit("the chip does not tell the pictures apart")
    return 0


if __name__ == "__main__":
    sys.exit(main())
