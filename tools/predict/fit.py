#!/usr/bin/env python3
"""Fits the prices of tools/espdl/chip_cost.cpp to published latencies, and says how well they predict.

    fit.py TESTDATA [--espdl PROGRAM] [--extra FILE.tsv]

TESTDATA is a folder with spec/chip-latency.tsv, spec/chip-operator-latency.tsv and models/. `espdl predict --counts`
counts each node's work; the model's time is linear in the prices. The fit is a least squares one over logarithms of
times, with a prior for each price (its value in PRIOR, its spread in SPREAD: what the data do not determine stays where
the chip's manual and the kernels' structure put it). Printed: prices, every row with its error, and the same when a
whole family of models is left out of the fit. --extra names further measurements of the same form, whose column
`model` is the path of a file; they are predicted, never fitted.

The fit needs numpy and scipy (python3-numpy, python3-scipy); reading and predicting do not.
"""

import argparse
import csv
import json
import math
import pathlib
import re
import subprocess
import sys

WORK = (
    "mac mac_unaligned step block tap tap_unaligned tap_block vector copy lut lut16 lut16_step float plain "
    "psram psram_weights flash_weights l2 node"
).split()
MEMORY = {"psram", "psram_weights", "flash_weights", "l2"}
MHZ = {"esp32s3": 240.0, "esp32p4": 360.0}
BOARD = {"esp32s3": "esp32_s3_eye", "esp32p4": "esp32_p4_function_ev_board"}
FAMILY = {"cat_detect": "espdet", "coco_detect": "yolo11", "coco_pose": "yolo11", "coco_seg": "yolo11"}
PRIOR = {
    "esp32s3": [1.0, 4, 16, 22, 2, 10, 14, 6, 2, 6, 65, 12, 100, 12, 15, 14, 40, 1, 15],
    "esp32p4": [1.0, 4, 16, 22, 2, 10, 14, 6, 2, 6, 65, 12, 60, 8, 7, 6, 40, 0.56, 10],
}
SPREAD = [0.2, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0, 0, 0.5, 0, 0.4, 0.4, 0.4, 0.3, 0.5]
SHAPES = "shapes (PyTorch order)"  # a column's title
ROW_ERROR = 0.05  # what one published figure may be off by
KERNEL_ERROR = 0.3  # single kernels were measured cold, in loops of their own


def model_file(testdata, component, name, chip):
    """The .espdl file of a row of chip-latency.tsv."""
    folder = testdata / "models" / {"esp32s3": "s3", "esp32p4": "p4"}[chip]
    stem = re.sub(r"(_s8)?_(s3|p4)$", "", name)
    for prefix in (component + "_", ""):
        for suffix in ("", "_s8_v1"):
            candidate = folder / f"{prefix}{stem}{suffix}.espdl"
            if candidate.exists():
                return candidate
    pattern = stem.replace("_pose", "_pose_s8").replace("_s8_s8", "_s8")
    return next(iter(sorted(folder.glob(f"{component}_*{pattern}*.espdl"))), None)


def read_rows(path):
    with open(path) as text:
        return list(csv.DictReader((line for line in text if not line.startswith("#")), delimiter="\t"))


def predict(espdl, file, chip, in_flash):
    arguments = [espdl, "predict", str(file), "--board", BOARD[chip], "--json", "--counts"]
    arguments += ["--param-copy", "no" if in_flash else "yes"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout)


def count_vector(counts):
    import numpy

    return numpy.array([counts.get(name, 0.0) for name in WORK])


def unit(chip):
    """Microseconds per unit of each price."""
    import numpy

    return numpy.array([1e-3 if name in MEMORY else 1.0 if name == "node" else 1 / MHZ[chip] for name in WORK])


class Row:
    def __init__(self, espdl, file, chip, family, cores, measured_ms, in_flash):
        import numpy

        nodes = predict(espdl, file, chip, in_flash)["nodes"]
        self.name, self.chip, self.family, self.cores, self.measured = file.stem, chip, family, cores, measured_ms
        zero = numpy.zeros(len(WORK))
        self.conv = sum((count_vector(n["counts"]) for n in nodes if n["type"] == "Conv"), zero)
        self.rest = sum((count_vector(n["counts"]) for n in nodes if n["type"] != "Conv"), zero)

    def ms(self, prices, two_cores=1.0):
        share = two_cores if self.cores == "multi" else 1.0
        return float((self.conv * share + self.rest) @ (prices * unit(self.chip))) / 1e3


def kernel_row(row):
    """Counts of a single kernel, all of its data cold: (counts, microseconds). As count_work() with cold = true."""
    batch, channels, height, width = map(int, re.search(r"input\((\d+),(\d+),(\d+),(\d+)\)", row[SHAPES]).groups())
    out, _, kernel, _ = map(int, re.search(r"filter\((\d+),(\d+),(\d+),(\d+)\)", row[SHAPES]).groups())
    pads = tuple(map(int, re.search(r"pad\((\d+),(\d+)\)", row[SHAPES]).groups()))
    strides = tuple(map(int, re.search(r"stride\((\d+),(\d+)\)", row[SHAPES]).groups()))
    depthwise = row["function"].startswith("dw")
    pixels = 1
    for size, pad, stride in zip((height, width), pads, strides):
        pixels *= (size + 2 * pad - kernel) // stride + 1
    reads = 1 if depthwise else channels
    aligned = out % 16 == 0 and (depthwise or channels % 16 == 0)
    blocks = math.ceil(out / 16) * pixels * batch
    counts = dict.fromkeys(WORK, 0.0)
    counts[("tap" if depthwise else "mac") + ("" if aligned else "_unaligned")] = blocks * kernel * kernel * reads
    counts["tap_block" if depthwise else "block"] = blocks
    counts["step"] = 0 if depthwise else blocks * kernel * kernel
    counts["psram"] = channels * height * width + pixels * out
    counts["psram_weights"] = kernel * kernel * reads * out + 4 * out
    counts["node"] = 1
    return count_vector(counts), float(row["simd_us"])


def fit(chip, rows, kernels):
    import numpy
    from scipy.optimize import least_squares

    prior, spread = numpy.array(PRIOR[chip]), numpy.array(SPREAD)
    free = spread > 0
    families = [row.family for row in rows]

    def prices(x):
        result = prior.copy()
        result[free] = prior[free] * numpy.exp(x[:-1])
        return result, math.exp(x[-1]) * 0.67

    def residuals(x):
        price, two_cores = prices(x)
        # A family counts as two rows, however many it has.
        model = [
            math.log(row.ms(price, two_cores) / row.measured) / ROW_ERROR / math.sqrt(families.count(row.family) / 2)
            for row in rows
        ]
        kernel = [math.log(counts @ (price * unit(chip)) / us) / KERNEL_ERROR for counts, us in kernels]
        return model + kernel + list(x[:-1] / spread[free]) + [x[-1] / 0.2]

    return prices(least_squares(residuals, numpy.zeros(int(free.sum()) + 1), diff_step=1e-4).x)


def errors(rows, prices, two_cores):
    return [row.ms(prices, two_cores) / row.measured - 1 for row in rows]


def print_rows(rows, prices, two_cores):
    for row, error in zip(rows, errors(rows, prices, two_cores)):
        print(f"| {row.name} | {row.cores} | {row.measured:.1f} | {row.ms(prices, two_cores):.1f} | {error * 100:+.1f} % |")


def summary(values):
    import numpy

    size = [abs(value) * 100 for value in values]
    return f"median {numpy.median(size):.1f} %, worst {max(size):.1f} %, RMS {math.sqrt(numpy.mean(numpy.square(size))):.1f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("testdata", type=pathlib.Path)
    parser.add_argument("--espdl", default="build/host/tools/espdl/espdl")
    parser.add_argument("--extra", type=pathlib.Path)
    args = parser.parse_args()

    table = read_rows(args.testdata / "spec" / "chip-latency.tsv")
    kernels = read_rows(args.testdata / "spec" / "chip-operator-latency.tsv")
    for chip in ("esp32s3", "esp32p4"):
        rows = []
        for row in (r for r in table if r["chip"] == chip):
            file = model_file(args.testdata, row["component"], row["model"], chip)
            if file is None:
                sys.exit(f"{row['model']}: no file in {args.testdata}/models")
            family = FAMILY.get(row["component"], "espdet" if "espdet" in row["model"] else row["component"])
            in_flash = chip == "esp32s3" and row["component"].startswith("coco_")
            rows.append(Row(args.espdl, file, chip, family, row["cores"], float(row["model_ms"]), in_flash))
        single = [kernel_row(r) for r in kernels if r["chip"] == chip]
        prices, two_cores = fit(chip, rows, single)
        print(f"\n## {chip}\n")
        print("prices: " + ", ".join(f"{name} {price:.3g}" for name, price in zip(WORK, prices)))
        print(f"two cores: {two_cores:.3f}\n")
        print("| model | cores | published ms | predicted ms | error |\n|---|---|---|---|---|")
        print_rows(rows, prices, two_cores)
        print(f"\nfitted: {summary(errors(rows, prices, two_cores))}\n")
        print("| family left out | cores | published ms | predicted ms | error |\n|---|---|---|---|---|")
        left_out = []
        for family in sorted({row.family for row in rows}):
            others = [row for row in rows if row.family != family]
            own = [row for row in rows if row.family == family]
            result = fit(chip, others, single)
            print_rows(own, *result)
            left_out += errors(own, *result)
        print(f"\nleft out: {summary(left_out)}\n")
        print("| kernel | published us | predicted us |\n|---|---|---|")
        for row, (counts, us) in zip((r for r in kernels if r["chip"] == chip), single):
            print(f"| {row['function']} {row[SHAPES]} | {us:.0f} | {counts @ (prices * unit(chip)):.0f} |")
        if args.extra:
            extra = [
                Row(args.espdl, pathlib.Path(r["model"]), chip, "", r["cores"], float(r["model_ms"]), False)
                for r in read_rows(args.extra)
                if r["chip"] == chip
            ]
            print("\n| not fitted | cores | published ms | predicted ms | error |\n|---|---|---|---|---|")
            print_rows(extra, prices, two_cores)
            print(f"\nnot fitted: {summary(errors(extra, prices, two_cores))}")


if __name__ == "__main__":
    main()
