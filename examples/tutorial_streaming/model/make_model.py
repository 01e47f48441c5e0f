#!/usr/bin/python3
"""A causal network that hears in which frequency band a sound begins, as ONNX, and sequences to quantize it with.

    make_model.py FOLDER

Its weights are given, not trained. The first layer takes, in each of eight bands, what a frame has more than the mean of the four before it;
Relu keeps rises; the second layer sums three frames, so that a rise shows for as long; the third one holds each band against its neighbours,
and the last Relu keeps the strongest. Every layer is padded in front only.

Writes FOLDER/onsets.onnx, FOLDER/calib.npy (32 sequences of 24 frames) and FOLDER/test.npy (one more). It needs python3-numpy and
python3-onnx; exit code 77 without.
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

BANDS, FRAMES = 8, 24


def weights():
    """[out, in, frames] of each layer."""
    same = np.eye(BANDS)
    rise = same[:, :, None] * np.array([-0.25, -0.25, -0.25, -0.25, 1.0])
    hold = same[:, :, None] * np.ones(3)
    neighbours = np.eye(BANDS, k=1) + np.eye(BANDS, k=-1)
    sharpen = (same - 0.5 * neighbours)[:, :, None]
    return [rise, hold, sharpen]


def onnx_model():
    nodes, constants, name = [], [], "bands"
    for i, w in enumerate(weights()):
        constants.append(numpy_helper.from_array(w.astype(np.float32), f"w{i}"))
        nodes.append(helper.make_node("Conv", [name, f"w{i}"], [f"conv{i}_out"], f"conv{i}", pads=[w.shape[2] - 1, 0]))
        name = "onsets" if i == 2 else f"relu{i}_out"
        nodes.append(helper.make_node("Relu", [f"conv{i}_out"], [name], f"relu{i}"))
    ports = [[helper.make_tensor_value_info(port, TensorProto.FLOAT, [1, BANDS, FRAMES])] for port in ("bands", "onsets")]
    return helper.make_model(helper.make_graph(nodes, "onsets", *ports, constants), opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def sequence(generator):
    """Noise, and two or three sounds, each of which begins in one band and dies away."""
    values = 0.1 * generator.random((BANDS, FRAMES))
    for _ in range(generator.integers(2, 4)):
        begin = generator.integers(0, FRAMES - 2)
        values[generator.integers(BANDS), begin:] += generator.uniform(0.5, 1) * 0.7 ** np.arange(FRAMES - begin)
    return values


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    onnx.save(onnx_model(), str(folder / "onsets.onnx"))
    np.save(folder / "calib.npy", np.stack([sequence(generator) for _ in range(32)]).astype(np.float32))
    np.save(folder / "test.npy", sequence(generator)[None].astype(np.float32))
    return 0


if __name__ == "__main__":
    sys.exit(main())
