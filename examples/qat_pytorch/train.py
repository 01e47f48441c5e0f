#!/usr/bin/python3
"""Train a small network with quantization in PyTorch, and export it with QuantizeLinear and DequantizeLinear.

    train.py FOLDER [--steps 300] [--seed 1]

Writes FOLDER/model.onnx, FOLDER/calib.npy (pictures that the scales were not trained on) and FOLDER/labels.npy. Then

    ./fw espdl quantize FOLDER/model.onnx --calib FOLDER/calib.npy -o FOLDER/model.espdl

makes the chip's file: its scales are the trained ones, rounded to powers of two. The task needs no data set: which way do
the stripes of a noisy picture run? Exit code 77: PyTorch or ONNX is not installed (Debian: python3-torch, python3-onnx).
"""
import argparse
import pathlib
import sys

try:
    import numpy as np
    import onnx  # noqa: F401  (torch.onnx needs it)
    import torch
    from torch import nn
    from torch.ao import quantization
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

SIZE, CLASSES = 16, 4


def pictures(count, generator):
    """Stripes of a random width and phase along one of four directions, with noise; and the directions."""
    labels = torch.randint(CLASSES, (count,), generator=generator)
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    angles = labels * torch.pi / CLASSES
    along = x * torch.cos(angles).view(-1, 1, 1) + y * torch.sin(angles).view(-1, 1, 1)
    width = 3 + 3 * torch.rand(count, 1, 1, generator=generator)
    phase = 2 * torch.pi * torch.rand(count, 1, 1, generator=generator)
    clean = torch.sin(2 * torch.pi * along / width + phase)
    noisy = clean + 0.7 * torch.randn(count, SIZE, SIZE, generator=generator)
    return noisy.unsqueeze(1), labels


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU())
        self.head = nn.Conv2d(32, CLASSES, 4)

    def forward(self, x):
        return self.dequant(self.head(self.features(self.quant(x)))).flatten(1)


def with_quantization(network):
    """Symmetric 8 bits for activations and, channel by channel, for weights: what chips have."""
    observer = quantization.MovingAverageMinMaxObserver
    activation = quantization.FakeQuantize.with_args(observer=observer, quant_min=-128, quant_max=127, dtype=torch.qint8,
                                                     qscheme=torch.per_tensor_symmetric)
    network.qconfig = quantization.QConfig(activation=activation, weight=quantization.default_per_channel_weight_fake_quant)
    pairs = [[f"features.{i}", f"features.{i + 1}"] for i in (0, 2, 4)]
    network = quantization.fuse_modules_qat(network.train(), pairs)
    return quantization.prepare_qat(network)


def train(network, steps, rate, generator):
    optimizer = torch.optim.Adam(network.parameters(), rate)
    for _ in range(steps):
        x, labels = pictures(64, generator)
        loss = nn.functional.cross_entropy(network(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def accuracy(network, x, labels):
    with torch.no_grad():
        return (network(x).argmax(1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=300, help="in float, and again with quantization")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(args.seed)

    network = Network()
    train(network, args.steps, 2e-3, generator)
    network.eval()
    x, labels = pictures(256, generator)
    print(f"float: {accuracy(network, x, labels):.3f}")
    network = with_quantization(network)
    train(network, args.steps, 5e-4, generator)
    network.apply(quantization.disable_observer)
    network.eval()
    print(f"with quantization: {accuracy(network, x, labels):.3f}")

    args.folder.mkdir(parents=True, exist_ok=True)
    # The observers have nothing to say on the chip.
    torch.onnx.export(network, x[:1], str(args.folder / "model.onnx"), opset_version=13, input_names=["input"],
                      output_names=["output"])
    np.save(args.folder / "calib.npy", x.numpy())
    np.save(args.folder / "labels.npy", labels.numpy())
    return 0


if __name__ == "__main__":
    sys.exit(main())
