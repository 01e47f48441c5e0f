#!/usr/bin/python3
"""Signal to noise of trained files: the reference quantizer's (networks tqt_* and lsq_* of DESKBOARD_TESTDATA) and ours.

    compare_trained.py ESPDL_QUANTIZE ESPDL [--data DESKBOARD_TESTDATA] [--only REGEX] [--also adaround]

Both files run on the emulated chip, with the calibration samples and with the test sample, against the float network.
Prints the table that docs/quantizer.md shows. Exit code 1: one of ours is more than 0.2 dB worse on the calibration
samples; 77: there is nothing to compare with.
"""
import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("SKIPPED: python3-numpy is not installed")
    sys.exit(77)

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
LIMIT = 0.2  # dB


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def tensors(folder):
    """Outputs of a recorded run, by name."""
    with open(folder / "manifest.json", encoding="utf-8") as file:
        entries = json.load(file)
    return {entry["name"]: np.load(folder / entry["file"]).astype(np.float64) * 2.0 ** entry["exponent"]
            for entry in entries if entry["output"]}


def decibels(wanted, got):
    signal = sum(float(np.square(w[name]).sum()) for w in wanted for name in w)
    noise = sum(float(np.square(w[name] - g[name]).sum()) for w, g in zip(wanted, got) for name in w)
    return 10 * math.log10(signal / noise) if noise else math.inf


class Network:
    def __init__(self, args, source, work):
        self.args, self.model, self.work = args, source / "model.onnx", work
        self.calib = source / "calib_input.npy"
        self.samples = list(np.load(self.calib)) + [np.load(source / "test_input.npy")]
        self.wanted = []
        for i, sample in enumerate(self.samples):
            feed = work / f"feed{i}"
            feed.mkdir(exist_ok=True)
            np.save(feed / "input.npy", sample.astype(np.float32))
            run(args.quantizer, "record", self.model, "--feed", feed, "-o", work / f"float{i}")
            self.wanted.append(tensors(work / f"float{i}"))
            # As the chip reads it.
            np.save(work / f"input{i}.npy", np.ascontiguousarray(np.moveaxis(sample, 1, -1).astype(np.float32)))

    def measure(self, espdl, target):
        """Of the calibration samples, and of the test sample."""
        got = []
        for i in range(len(self.samples)):
            run(self.args.espdl, "run", espdl, "--target", target, "--out", self.work / "out", "--input",
                f"input={self.work / f'input{i}.npy'}")
            got.append(tensors(self.work / "out"))
        return decibels(self.wanted[:-1], got[:-1]), decibels(self.wanted[-1:], got[-1:])

    def quantize(self, target, options):
        path = self.work / "ours.espdl"
        run(self.args.quantizer, "quantize", self.model, "--calib", self.calib, "--target", target, "-o", path, "--quiet",
            "--threads", 1, *options)
        return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quantizer", help="espdl-quantize")
    parser.add_argument("espdl")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("DESKBOARD_TESTDATA", "../shared"))
    parser.add_argument("--only", default="", help="regular expression for <target>_<net>")
    parser.add_argument("--also", action="append", default=[], help="a method of --train that has a column of its own")
    args = parser.parse_args()
    root = args.data / "quantizer" / "nets_src"
    nets = sorted(path for path in root.glob("*") if path.name.split("_")[0] in ("tqt", "lsq")) if root.is_dir() else []
    if not nets:
        print(f"SKIPPED: there are no trained networks in '{root}' (DESKBOARD_TESTDATA)")
        return 77
    worse = 0
    titles = ["network", "chip", "reference", "ours, not trained", "ours, trained", *args.also]
    print(f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|")
    for net in nets:
        source = root / os.path.basename((net / "SOURCE").read_text().strip().rstrip("/"))
        with tempfile.TemporaryDirectory() as work:
            network = Network(args, source, pathlib.Path(work))
            for target in ("esp32p4", "esp32s3", "c"):
                if not re.search(args.only, f"{target}_{net.name}"):
                    continue
                results = [network.measure(args.data / "corpus" / "nets" / target / f"{net.name}_s8.espdl", target)]
                for method in ("", net.name.split("_")[0], *args.also):
                    options = ["--train", method] if method else []
                    results.append(network.measure(network.quantize(target, options), target))
                print(f"| {net.name} | {target} | " + " | ".join(f"{a:.1f} / {b:.1f}" for a, b in results) + " |", flush=True)
                worse += results[2][0] < results[0][0] - LIMIT
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
