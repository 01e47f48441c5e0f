#!/usr/bin/env python3
"""Compares exported ONNX graphs, computed by ONNX Runtime, with the kernels here.

    tools/onnx_export/check.py MODEL.espdl|FOLDER... [--qdq u8|s8] [--float] [--input NAME=x.npy]

Inputs are the test values in the files, or those given. Prints a line per file that differs by more than --steps, or whose export
is refused, and a table by operator. Needs npm (the package onnxruntime-node) and the built tools (./fw espdl export-onnx --help).
"""
import argparse
import array
import collections
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import run as benchmark  # noqa: E402

CODES = {"int8": "b", "uint8": "B", "int16": "h", "int32": "i", "int64": "q", "float": "f", "bool": "B"}


def npy_data(path):
    data = path.read_bytes()
    at = 10 + int.from_bytes(data[8:10], "little")
    return data[at:]


def convert(path, espdl, exporter, form, inputs, folder):
    """Exports and runs one file here. Returns the task for ONNX Runtime, or why there is none."""
    folder.mkdir()
    model = folder / "model.onnx"
    command = [exporter, path, "-o", model, "--file-ports", "--json"] + (["--qdq", form] if form else ["--float"])
    exported = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if exported.returncode:
        return None, exported.stderr.strip()
    ports = json.loads(exported.stdout)
    command = [espdl, "run", path, "--out", folder / "ours", "--with-inputs"] + [x for name in inputs for x in ("--input", name)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode:
        return None, ran.stderr.strip()
    ours = {entry["name"]: entry for entry in json.loads((folder / "ours/manifest.json").read_text())}
    # ONNX Runtime's own optimizations change a rounding here and there; without them each node is computed as it stands.
    task = {
        "model": str(model),
        "level": "all" if form == "u8" else "disabled",
        "inputs": {},
        "outputs": {},
        "ports": ports["outputs"],
        "ours": ours,
        "folder": folder,
    }
    for i, port in enumerate(ports["inputs"]):
        data = npy_data(folder / "ours" / ours[port["name"]]["file"])
        code = CODES[port["dtype"]]
        if form and port["zero_point"]:
            data = bytes((byte + port["zero_point"]) & 255 for byte in data)
        elif not form and code in "bh":
            data = array.array("f", [value * 2.0 ** port["exponent"] for value in array.array(code, data)]).tobytes()
        file = folder / f"in{i}.bin"
        file.write_bytes(data)
        task["inputs"][port["name"]] = str(file)
    for i, port in enumerate(ports["outputs"]):
        task["outputs"][port["name"]] = str(folder / f"out{i}.bin")
    return task, ""


def difference(task, form):
    """Largest difference in steps, relative for floats, of all outputs; how many elements differ, and of how many."""
    worst, differing, count = 0.0, 0, 0
    for port in task["ports"]:
        code = CODES[port["dtype"]]
        data = Path(task["outputs"][port["name"]]).read_bytes()
        ours = array.array(code, npy_data(task["folder"] / "ours" / task["ours"][port["name"]]["file"]))
        if code in "bh" and not form:
            theirs = [value / 2.0 ** port["exponent"] for value in array.array("f", data)]
        else:
            theirs = array.array("B" if form == "u8" and code == "b" else code, data)
        if len(theirs) != len(ours):
            return float("inf"), 0, len(ours)
        for a, b in zip(ours, theirs):
            b -= port["zero_point"] if form else 0
            gap = abs(a - b) if code != "f" else abs(a - b) / max(abs(a), abs(b), 1e-3)
            if a != b and not (a != a and b != b):
                differing += gap >= 0.5 or code == "f"
                worst = max(worst, gap if gap == gap else float("inf"))
        count += len(ours)
    return worst, differing, count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--qdq", choices=["u8", "s8"], default="u8")
    parser.add_argument("--float", action="store_true", help="the form without quantization")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=FILE.npy")
    parser.add_argument("--steps", type=float, default=2, help="integers may differ by so much (default: 2)")
    parser.add_argument("--tools", type=Path, default=ROOT / "build/host/tools")
    args = parser.parse_args()
    form = None if args.float else args.qdq
    espdl, exporter = benchmark.tools(args.tools)
    files = [file for path in args.paths for file in (sorted(path.rglob("*.espdl")) if path.is_dir() else [path])]
    runtime = ROOT / "build/benchmarks"
    benchmark.install(runtime)
    by_op = collections.defaultdict(lambda: collections.Counter())
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor() as pool:
        folders = [Path(temporary) / str(i) for i in range(len(files))]
        tasks = list(pool.map(lambda job: convert(job[0], espdl, exporter, form, args.input, job[1]), zip(files, folders)))
        ready = [task for task, _ in tasks if task]
        listing = Path(temporary) / "list.json"
        listing.write_text(json.dumps([{key: task[key] for key in ("model", "level", "inputs", "outputs")} for task in ready]))
        answers = iter(benchmark.output_of(["node", ROOT / "benchmarks/ort.js", "--outputs", listing], cwd=runtime).splitlines())
        for file, (task, reason) in zip(files, tasks):
            operator = by_op[file.parent.name]
            if not task:
                operator["refused"] += 1
                print(f"{file}: {reason}")
                continue
            answer = next(answers)
            if answer != "ok":
                operator["not computed"] += 1
                wrong += 1
                print(f"{file}: ONNX Runtime: {answer}")
                continue
            worst, differing, count = difference(task, form)
            floats = any(port["dtype"] == "float" for port in task["ports"])
            good = worst <= (1e-2 if floats else args.steps)
            operator["equal" if worst < 0.5 and not floats else "near" if good else "differs"] += 1
            if not good or len(files) < 20:
                print(f"{file}: {'' if good else 'DIFFERS: '}largest difference {worst:.3g}, {differing} of {count} elements differ")
            wrong += not good
    print("\n| | equal | near | differs | not computed | refused |\n|---|---|---|---|---|---|")
    for name, counts in sorted(by_op.items()):
        print(f"| {name} | " + " | ".join(str(counts[key]) for key in ("equal", "near", "differs", "not computed", "refused")) + " |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
