#!/usr/bin/env python3
"""Compares inference with ONNX Runtime's int8 on the same network on the same PC.

    benchmarks/run.py MODEL.espdl... [--threads 1 2] [--isa avx512vnni amx] [--rounds N] [--runs N]

Each model is exported with `espdl export-onnx --qdq u8` (quantize and dequantize at every tensor, also between Sigmoid and Mul: what
ONNX Runtime should compute fastest; so far a Relu before such a pair keeps it from fusing the convolution, which makes it slower than it could
be), then both programs run in turn, and the ratio is that of the medians of the rounds. Needs npm (ONNX
Runtime comes from the package onnxruntime-node), and the quantizer's packages (`./fw espdl export-onnx --help` builds it).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def output_of(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def install(folder):
    """ONNX Runtime's binary is inside the npm package; its install script only fetches GPU libraries."""
    if not (folder / "node_modules/onnxruntime-node").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        output_of(["npm", "install", "--ignore-scripts", "--no-fund", "--no-audit", "onnxruntime-node"], cwd=folder)
    package = json.loads((folder / "node_modules/onnxruntime-node/package.json").read_text())
    return package["version"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--isa", nargs="+", default=[], help="instruction sets to compare (default: the best one)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--tools", type=Path, default=ROOT / "build/host/tools", help="folder of the built tools")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    espdl, exporter = args.tools / "espdl/espdl", args.tools / "quantize/espdl-quantize"
    for tool in (espdl, exporter):
        if not os.access(tool, os.X_OK):
            sys.exit(f"{tool} is not built: ./fw espdl export-onnx --help builds it")
    folder = ROOT / "build/benchmarks"
    version = install(folder)
    rows = []
    for model in args.models:
        onnx = folder / (model.stem + ".u8.onnx")
        output_of([exporter, "export-onnx", model, "-o", onnx, "--qdq", "u8", "--quiet"])
        for threads in args.threads:
            ours = {isa: [] for isa in (args.isa or ["best"])}
            theirs = []
            for _ in range(args.rounds):
                theirs.append(json.loads(output_of(["node", ROOT / "benchmarks/ort.js", onnx.resolve(), str(threads), str(args.runs)], cwd=folder))["median_ms"])
                for isa, times in ours.items():
                    command = [espdl, "bench", model, "--threads", str(threads), "--runs", str(args.runs), "--json"]
                    times.append(json.loads(output_of(command + ([] if isa == "best" else ["--isa", isa])))[0]["median_ms"])
            for isa, times in ours.items():
                rows.append({"model": model.stem, "threads": threads, "isa": isa, "ms": statistics.median(times),
                             "onnxruntime_ms": statistics.median(theirs),
                             "ratio": statistics.median(a / b for a, b in zip(times, theirs))})
    if args.json:
        print(json.dumps({"onnxruntime": version, "rows": rows}, indent=2))
        return 0
    print(f"ONNX Runtime {version}, int8 (uint8 activations), medians of {args.rounds} rounds of {args.runs} runs\n")
    print("| model | threads | isa | ms | ONNX Runtime ms | ratio |\n|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['model']} | {row['threads']} | {row['isa']} | {row['ms']:.2f} | {row['onnxruntime_ms']:.2f} | {row['ratio']:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
