#!/usr/bin/env python3
"""Makes two networks whose operators the published ones hardly have: a transformer of 8 bits and a speech network of 16 bits.

    benchmarks/networks.py FOLDER [transformer] [speech]

Architecture and sizes are those of common networks, weights are random with fixed seeds, as large as trained ones at their beginning. Needs
neither PyTorch nor the onnx package: the ONNX files are written here. `espdl-quantize` (./fw espdl quantize --help builds it) makes the .espdl
files of them, with random calibration and test values. A model that exists already is kept.

transformer: images of 160x160 in patches of 16x16, 100 tokens of 192 numbers, 6 blocks with 3 heads and Gelu, 100 classes (ViT-Tiny's width).
speech: 200 frames of 64 mel bands, mean and deviation taken out, 2 strided convolutions, GRU and LSTM of 128 numbers, LayerNorm, LogSoftmax.
"""
import array
import random
import struct
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1] / "build/host/tools"
FLOAT, INT64 = 1, 7


def varint(value):
    data = bytearray()
    value &= (1 << 64) - 1
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes(data + bytes([value]))


def field(number, value):
    """A field of a protobuf message: an integer, a float, or a text or message with its length in front."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    text = field(1, name)
    if isinstance(value, int):
        return text + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return text + field(2, value) + field(20, 1)
    if isinstance(value, str):
        return text + field(4, value) + field(20, 3)
    return text + b"".join(field(8, number) for number in value) + field(20, 7)


def port(name, shape):
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, sizes)))


class Network:
    """Collects nodes and constants; a call of node() returns the name of its first output."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nodes, self.constants, self.count = [], [], 0

    def new(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def node(self, op, *inputs, outputs=1, **attributes):
        results = [self.new(op) for _ in range(outputs)]
        parts = [field(1, name) for name in inputs] + [field(2, name) for name in results]
        parts += [field(3, results[0]), field(4, op)] + [field(5, attribute(*item)) for item in attributes.items()]
        self.nodes.append(b"".join(parts))
        return results[0]

    def constant(self, shape, values, kind=FLOAT):
        name = self.new("constant")
        data = array.array("f" if kind == FLOAT else "q", values).tobytes()
        self.constants.append(b"".join(field(1, size) for size in shape) + field(2, kind) + field(8, name) + field(9, data))
        return name

    def normal(self, shape, deviation, mean=0.0):
        count = 1
        for size in shape:
            count *= size
        gauss = self.random.gauss
        return self.constant(shape, (gauss(mean, deviation) for _ in range(count)))

    def number(self, value):
        return self.constant([], [value])

    def integers(self, *values):
        return self.constant([len(values)], values, INT64)

    def linear(self, x, rows, columns):
        product = self.node("MatMul", x, self.normal([rows, columns], rows ** -0.5))
        return self.node("Add", product, self.normal([columns], 0.1))

    def layer_norm(self, x, size):
        return self.node("LayerNormalization", x, self.normal([size], 0.2, 1.0), self.normal([size], 0.2), axis=-1, epsilon=1e-5)

    def gelu(self, x):
        inner = self.node("Erf", self.node("Div", x, self.number(2 ** 0.5)))
        return self.node("Mul", self.node("Mul", x, self.node("Add", inner, self.number(1.0))), self.number(0.5))

    def conv(self, x, outputs, inputs, kernel, strides, pads):
        weights = self.normal([outputs, inputs, *kernel], (inputs * kernel[0] * kernel[1]) ** -0.5)
        return self.node("Conv", x, weights, self.normal([outputs], 0.1), kernel_shape=kernel, strides=strides, pads=pads)

    def recurrent(self, op, x, gates, inputs, hidden):
        """x is [time, 1, inputs]; the result is [time, 1, hidden]."""
        weights = [self.normal([1, gates * hidden, size], size ** -0.5) for size in (inputs, hidden)]
        options = {"linear_before_reset": 1} if op == "GRU" else {}
        y = self.node(op, x, *weights, self.normal([1, 2 * gates * hidden], 0.1), hidden_size=hidden, **options)
        return self.node("Squeeze", y, self.integers(1))

    def write(self, path, inputs, outputs):
        graph = b"".join([field(1, node) for node in self.nodes]) + field(2, path.stem) + b"".join(field(5, c) for c in self.constants)
        graph += b"".join(field(11, port(*item)) for item in inputs) + b"".join(field(12, port(*item)) for item in outputs)
        path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17)))


def transformer(path):
    net, tokens, width, heads = Network(1), 100, 192, 3
    x = net.conv("images", width, 3, [16, 16], [16, 16], [0, 0, 0, 0])
    x = net.node("Transpose", net.node("Reshape", x, net.integers(1, width, tokens)), perm=[0, 2, 1])
    x = net.node("Add", x, net.normal([1, tokens, width], 0.3))
    for _ in range(6):
        y = net.layer_norm(x, width)
        query, key, value = (net.node("Reshape", net.linear(y, width, width), net.integers(1, tokens, heads, width // heads)) for _ in range(3))
        query = net.node("Mul", net.node("Transpose", query, perm=[0, 2, 1, 3]), net.number((width // heads) ** -0.5))
        scores = net.node("MatMul", query, net.node("Transpose", key, perm=[0, 2, 3, 1]))
        y = net.node("MatMul", net.node("Softmax", scores, axis=-1), net.node("Transpose", value, perm=[0, 2, 1, 3]))
        y = net.node("Reshape", net.node("Transpose", y, perm=[0, 2, 1, 3]), net.integers(1, tokens, width))
        x = net.node("Add", x, net.linear(y, width, width))
        y = net.gelu(net.linear(net.layer_norm(x, width), width, 4 * width))
        x = net.node("Add", x, net.linear(y, 4 * width, width))
    x = net.node("ReduceMean", net.layer_norm(x, width), axes=[1], keepdims=0)
    result = net.linear(x, width, 100)
    net.write(path, [("images", [1, 3, 160, 160])], [(result, [1, 100])])


def speech(path):
    net, frames, bands, hidden, letters = Network(2), 200, 64, 128, 64
    # Mean and deviation of each band over time, as recognizers normalize.
    x = net.node("Sub", "mel", net.node("ReduceMean", "mel", axes=[2], keepdims=1))
    spread = net.node("Sqrt", net.node("Add", net.node("ReduceMean", net.node("Mul", x, x), axes=[2], keepdims=1), net.number(0.01)))
    x = net.node("Div", x, spread)
    for inputs, outputs, pads in ((1, 32, [2, 1, 0, 1]), (32, 32, [2, 1, 0, 1])):
        # Padding of the past only.
        x = net.node("Relu", net.conv(x, outputs, inputs, [3, 3], [2, 2], pads))
    frames, bands = frames // 4, bands // 4
    x = net.node("Reshape", net.node("Transpose", x, perm=[2, 0, 1, 3]), net.integers(frames, 1, 32 * bands))
    x = net.recurrent("GRU", x, 3, 32 * bands, hidden)
    x = net.recurrent("LSTM", net.layer_norm(x, hidden), 4, hidden, hidden)
    x = net.linear(net.layer_norm(x, hidden), hidden, letters)
    result = net.node("LogSoftmax", x, axis=-1)
    net.write(path, [("mel", [1, 1, 4 * frames, 4 * bands])], [(result, [frames, 1, letters])])


NETWORKS = {"transformer": (transformer, 8), "speech": (speech, 16)}


def make(folder, name, tools=TOOLS):
    """The .espdl file of a network, made where it is missing. Its parent folder names the target, as espdl expects it."""
    write, bits = NETWORKS[name]
    model = folder / "p4" / f"{name}_s{bits}.espdl"
    if not model.is_file():
        quantizer = tools / "quantize/espdl-quantize"
        if not quantizer.is_file():
            sys.exit(f"{quantizer} is not built: ./fw espdl quantize --help builds it")
        model.parent.mkdir(parents=True, exist_ok=True)
        onnx = folder / f"{name}.onnx"
        write(onnx)
        command = [quantizer, "quantize", onnx, "-o", model, "--target", "esp32p4", "--bits", str(bits), "--observer", "minmax", "--calib", "random",
                   "--test-input", "random"]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}")
    return model


def make_all(folder, tools=TOOLS):
    return [make(folder, name, tools) for name in NETWORKS]


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-") or not set(sys.argv[2:]) <= set(NETWORKS):
        sys.exit(__doc__)
    for name in sys.argv[2:] or NETWORKS:
        print(make(Path(sys.argv[1]), name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
