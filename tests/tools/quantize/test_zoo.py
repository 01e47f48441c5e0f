"""Every network of zoo.py is quantized, loads, and passes its test on the target; or `espdl check` refuses it, with the reason.

    python3 test_zoo.py ESPDL [--all] [--opsets 11 13 17] [--observers] [--only REGEX]

Each network is exported for one operator set, and quantized for one target and width that change from network to network;
with --all for three targets and both widths, with --opsets for those sets. Prints the table of docs/quantizer-zoo.md: signal to
noise in dB, the worst output. --observers compares `auto` with each observer: it may be 0.5 dB below the best.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    import onnx  # noqa: F401
    import torch  # noqa: F401

    import zoo
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

TARGETS, WIDTHS, OPSETS = ("esp32p4", "esp32s3", "c"), (8, 16), (11, 13, 17)
OBSERVERS = ("kl", "minmax", "percentile", "mse")
MARGIN = 0.5  # dB that auto may be below the best observer


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def quantize(espdl, path, target, bits, *more):
    return run(espdl, "quantize", path + ".onnx", "--calib", path + "_calib.npy", "--test-input", path + "_test.npy", "--target", target,
               "--bits", bits, "-o", path + ".espdl", "--threads", "1", *more)


def worst(result):
    """Of the outputs, in dB."""
    return min(map(float, re.findall(r"^output .*': (\S+) dB", result.stdout, re.M)))


def cell(espdl, path, target, bits, problems):
    """The table's text for one file; what is wrong goes to `problems`."""
    where = f"{os.path.basename(path)} {target} {bits}"
    made = quantize(espdl, path, target, bits)
    if made.returncode == 0:
        tested = run(espdl, "test", path + ".espdl", "--target", target)
        if tested.returncode:
            problems.append(f"{where}: exit code 0, but the file fails: {tested.stdout}{tested.stderr}")
        return f"{worst(made):.1f}"
    reason = made.stderr.strip().splitlines()[-1] if made.stderr else "no reason"
    if run(espdl, "check", path + ".onnx", "--target", target, "--bits", bits).returncode == 1:
        return "refused"
    problems.append(f"{where}: {reason}, and `check` does not refuse it")
    return "FAILED"


def compare_observers(espdl, path, target, bits, problems):
    found = {name: worst(quantize(espdl, path, target, bits, "--observer", name)) for name in OBSERVERS}
    auto, best = worst(quantize(espdl, path, target, bits)), max(found.values())
    if auto < best - MARGIN:
        problems.append(f"{os.path.basename(path)} {target} {bits}: auto has {auto:.1f} dB, the best of {found}")
    return [*found.values(), auto]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("espdl")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--opsets", type=int, nargs="+")
    parser.add_argument("--observers", action="store_true")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    files = [(target, bits) for target in TARGETS for bits in WIDTHS]
    problems, names = [], [name for name in zoo.NETWORKS if re.search(args.only, name)]
    heads = [*OBSERVERS, "auto"] if args.observers else [f"{target} s{bits}" for target, bits in files]
    print("| network | operator set | " + ("file | " if args.observers else "") + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 2 + args.observers) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            for opset in args.opsets or [OPSETS[number % 3]]:
                path = os.path.join(folder, f"{name}_{opset}")
                calibration, test = zoo.make(name, path + ".onnx", opset)
                np.save(path + "_calib.npy", calibration.numpy())
                np.save(path + "_test.npy", test.numpy())
                wanted = files if args.all else [files[number % 6]]
                if args.observers:
                    for target, bits in wanted:
                        numbers = compare_observers(args.espdl, path, target, bits, problems)
                        print(f"| {name} | {opset} | {target} s{bits} | " + " | ".join(f"{db:.1f}" for db in numbers) + " |", flush=True)
                    continue
                cells = [cell(args.espdl, path, *file, problems) if file in wanted else "" for file in files]
                print(f"| {name} | {opset} | " + " | ".join(cells) + " |", flush=True)
    print("\n".join(["", f"{len(names)} networks, {len(problems)} problems", *problems]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
