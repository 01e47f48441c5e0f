#!/usr/bin/env python3
"""Compares inference with ONNX Runtime's int8 on the same network on the same PC.

    benchmarks/run.py [MODEL.espdl...] [--own] [--threads 1 2] [--isa avx2 avxvnni avx512vnni] [--hold-ort] [--rounds N] [--runs N]

Each model is exported with `espdl export-onnx --qdq u8 --file-ports`, the form that ONNX Runtime computes fastest: uint8 tensors,
int8 weights, the ReLU inside the quantization, every operator between quantized tensors. Both programs get integers in the file's
order and return such. They run in turn, round by round, each process with its own warm-up; a round's value is the median of its
runs, the table's the median of the rounds, and the ratio the median of the rounds' ratios. ONNX Runtime chooses its
instruction set itself, unless --hold-ort holds it to that of the row, avx2 or avxvnni (hold_ort.py says how; it needs objdump and c++).

--own adds the two networks of networks.py, which it makes with the quantizer.

Needs npm (the package onnxruntime-node) and the built tools (`./fw espdl export-onnx --help` builds them). Other work on the PC
spoils the figures: the load average is printed.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import hold_ort
import networks

ROOT = Path(__file__).resolve().parents[1]


def output_of(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def install(folder):
    """ONNX Runtime's binary is inside the npm package; its install script only fetches GPU libraries. Returns the version."""
    if not (folder / "node_modules/onnxruntime-node").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        output_of(["npm", "install", "--ignore-scripts", "--no-fund", "--no-audit", "onnxruntime-node"], cwd=folder)
    package = json.loads((folder / "node_modules/onnxruntime-node/package.json").read_text())
    return package["version"]


def ort_options(folder, version, level):
    """Where ort.js runs, and its environment, so that ONNX Runtime has at most the instruction set `level`; "": any."""
    if not level:
        return {"cwd": folder}
    held, addon = hold_ort.prepare(folder, version)
    return {"cwd": held, "env": {**os.environ, "HOLD_ADDON": str(addon), "HOLD_CPUID": level}}


def tools(folder):
    paths = [folder / "espdl/espdl", folder / "onnx_export/espdl-export-onnx"]
    for path in paths:
        if not os.access(path, os.X_OK):
            sys.exit(f"{path} is not built: ./fw espdl export-onnx --help builds it")
    return paths


def cpu():
    fields = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    name = fields.get("model name", "unknown processor")
    flags = fields.get("flags", "").split()
    extensions = [flag for flag in ("avx2", "avx_vnni", "avx512_vnni", "amx_int8") if flag in flags]
    return f"{name} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}), {os.cpu_count()} cores, {' '.join(extensions)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--own", action="store_true", help="also the networks of networks.py; needs the quantizer")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--isa", nargs="+", default=["best"], help="instruction sets to compare (default: the best one)")
    parser.add_argument("--hold-ort", action="store_true", help="hold ONNX Runtime to avx2 and avxvnni where --isa says so")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--tools", type=Path, default=ROOT / "build/host/tools", help="folder of the built tools")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    espdl, exporter = tools(args.tools)
    folder = ROOT / "build/benchmarks"
    args.models += networks.make_all(folder, args.tools) if args.own else []
    if not args.models:
        parser.error("a model is needed, or --own")
    version = install(folder)
    rows = []
    for model in args.models:
        onnx = folder / (model.stem + ".u8.onnx")
        output_of([exporter, model, "-o", onnx, "--qdq", "u8", "--file-ports", "--quiet"])
        for threads in args.threads:
            ours, used = {isa: [] for isa in args.isa}, {}
            opponents = {isa: isa if args.hold_ort and isa in hold_ort.LEVELS else "" for isa in args.isa}
            theirs = {level: [] for level in opponents.values()}
            for _ in range(args.rounds):
                for level, times in theirs.items():
                    command = ["node", ROOT / "benchmarks/ort.js", onnx.resolve(), str(threads), str(args.runs)]
                    times.append(json.loads(output_of(command, **ort_options(folder, version, level)))["median_ms"])
                for isa, times in ours.items():
                    command = [espdl, "bench", model, "--threads", str(threads), "--runs", str(args.runs), "--json"]
                    report = json.loads(output_of(command + ([] if isa == "best" else ["--isa", isa])))[0]
                    times.append(report["median_ms"])
                    used[isa] = report["isa"]
            for isa, times in ours.items():
                other = theirs[opponents[isa]]
                ratios = [a / b for a, b in zip(times, other)]
                rows.append({"model": model.stem, "threads": threads, "isa": used[isa], "ms": statistics.median(times),
                             "onnxruntime_ms": statistics.median(other), "onnxruntime_held": opponents[isa],
                             "ratio": statistics.median(ratios), "ratios": [min(ratios), max(ratios)]})
    facts = {"date": datetime.date.today().isoformat(), "cpu": cpu(), "load": os.getloadavg()[0], "onnxruntime": version,
             "rounds": args.rounds, "runs": args.runs}
    if args.json:
        print(json.dumps({**facts, "rows": rows}, indent=2))
        return 0
    print(f"{facts['date']}, {facts['cpu']}, load average {facts['load']:.1f}")
    print(f"ONNX Runtime {version}, uint8 activations and int8 weights; medians of {args.rounds} rounds of {args.runs} runs\n")
    print("| network | threads | instructions | ms | ONNX Runtime ms | ratio | of single rounds |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['model']} | {row['threads']} | {row['isa']} | {row['ms']:.2f} | {row['onnxruntime_ms']:.2f} | {row['ratio']:.2f} "
              f"| {row['ratios'][0]:.2f} to {row['ratios'][1]:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
