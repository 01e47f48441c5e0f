#!/usr/bin/python3
"""Train a small network on the sine from 0 to 2 pi, and write it as ONNX.

    make_model.py FOLDER

Writes FOLDER/sine.onnx, FOLDER/calib.npy and FOLDER/test.npy. It needs python3-numpy and python3-onnx; exit code 77 without.
"""
import pathlib
import sys

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

HIDDEN, STEPS, RATE = 32, 6000, 5e-3
DECAY = 5e-4  # of weights: large ones that cancel each other are what 8 bits cannot hold


def forward(weights, x):
    """Values in front of each layer, and the output."""
    values = [x]
    for i, (w, b) in enumerate(weights):
        x = x @ w + b
        if i + 1 < len(weights):
            x = np.maximum(x, 0)
        values.append(x)
    return values


def gradients(weights, values, error):
    found = []
    for i in reversed(range(len(weights))):
        found.append([values[i].T @ error, error.sum(0)])
        error = (error @ weights[i][0].T) * (values[i] > 0)
    return found[::-1]


def train(generator):
    sizes = [1, HIDDEN, HIDDEN, 1]
    weights = [[generator.normal(0, np.sqrt(2 / a), (a, b)), generator.normal(0, 0.5, b)] for a, b in zip(sizes, sizes[1:])]
    first = [[np.zeros_like(p) for p in layer] for layer in weights]
    second = [[np.zeros_like(p) for p in layer] for layer in weights]
    for step in range(1, STEPS + 1):
        x = generator.uniform(0, 2 * np.pi, (64, 1))
        values = forward(weights, x)
        rate = RATE * (1 - step / (STEPS + 1))
        for layer, grads in enumerate(gradients(weights, values, (values[-1] - np.sin(x)) / len(x))):
            grads[0] += DECAY * weights[layer][0]
            for i, grad in enumerate(grads):  # Adam
                first[layer][i] += 0.1 * (grad - first[layer][i])
                second[layer][i] += 0.001 * (grad**2 - second[layer][i])
                mean, power = first[layer][i] / (1 - 0.9**step), second[layer][i] / (1 - 0.999**step)
                weights[layer][i] -= rate * mean / (np.sqrt(power) + 1e-8)
    return weights


def onnx_model(weights):
    nodes, constants, name = [], [], "x"
    for i, (w, b) in enumerate(weights):
        constants += [numpy_helper.from_array(w.astype(np.float32), f"w{i}"), numpy_helper.from_array(b.astype(np.float32), f"b{i}")]
        last = i + 1 == len(weights)
        out = "y" if last else f"sum{i}"
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [out], f"layer{i}"))
        if not last:
            nodes.append(helper.make_node("Relu", [out], [f"hidden{i}"], f"relu{i}"))
            name = f"hidden{i}"
    ports = [[helper.make_tensor_value_info(port, TensorProto.FLOAT, [1, 1])] for port in ("x", "y")]
    return helper.make_model(helper.make_graph(nodes, "sine", *ports, constants), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    weights = train(np.random.default_rng(1))
    x = np.linspace(0, 2 * np.pi, 256).reshape(-1, 1)
    print(f"largest difference from the sine, in float: {np.abs(forward(weights, x)[-1] - np.sin(x)).max():.4f}")
    onnx.save(onnx_model(weights), str(folder / "sine.onnx"))
    np.save(folder / "calib.npy", x.astype(np.float32))
    np.save(folder / "test.npy", np.array([[1.0]], dtype=np.float32))
    return 0


if __name__ == "__main__":
    sys.exit(main())
