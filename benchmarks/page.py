#!/usr/bin/env python3
"""Prints every table of docs/performance.md, measured anew on this PC.

    benchmarks/page.py MODEL.espdl... [--own] --pictures PICTURE.jpg... [--isa avx2 avxvnni avx512vnni] [--rounds 5] [--runs 20] [--only SECTION...]

--own adds the two networks of networks.py to the sections ort and operators.

Sections: ort (against ONNX Runtime; needs npm), operators, bits (16 bits beside 8; quantizes the networks, which takes a while), path (YOLO11 models:
a picture to results, with the first picture), load, jpeg, png. Each is one of the programs beside this one or in tools/, which
can be started alone. The other sections' tools are built as needed. At real-time priority (chrt -f 10) other work on the PC disturbs least.
"""
import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import networks
from run import ROOT, cpu, output_of

SECTIONS = ("ort", "operators", "bits", "path", "load", "jpeg", "png")
# Shares below are left out of the tables of operators.
LEAST_SHARE = 0.015


def bench(args, model, isa, threads=1):
    """The report of the fastest of three processes."""
    command = [args.tools / "espdl/espdl", "bench", model, "--json", "--isa", isa, "--threads", str(threads), "--runs", str(args.runs)]
    return min((json.loads(output_of(command))[0] for _ in range(min(3, args.rounds))), key=lambda report: report["median_ms"])


def convolutions(report):
    return next((op for op in report["ops"] if op["op"] == "Conv"), {"gmacs_per_s": 0, "share_of_peak": 0})


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(cells):
    row(cells)
    print("|" + "---|" * len(cells))


def script(name, *words):
    sys.stdout.flush()
    if subprocess.run([sys.executable, "-B", Path(__file__).with_name(name), *map(str, words)]).returncode:
        sys.exit(f"{name} failed")


def build(args, name):
    output_of(["cmake", "--build", args.tools.parent, "--target", name])
    return args.tools / name / name


def show_ort(args):
    script("run.py", *args.models, *args.own, "--threads", 1, 2, "--isa", *args.isa, "--rounds", args.rounds, "--runs", args.runs, "--tools", args.tools)


def show_operators(args):
    for isa in args.isa:
        reports = {model: bench(args, model, isa) for model in args.models + args.own}
        shares = {}
        for model, report in reports.items():
            total = sum(op["ms"] for op in report["ops"])
            shares[model] = {op["op"]: (op["ms"], op["ms"] / total) for op in report["ops"]}
        names = {name for share in shares.values() for name, (_, part) in share.items() if part >= LEAST_SHARE}
        head([isa, *(model.stem for model in reports)])
        for name in sorted(names, key=lambda name: -max(share.get(name, (0, 0))[1] for share in shares.values())):
            found = [share.get(name, (0, 0)) for share in shares.values()]
            row([name, *(f"{ms:.2f} ({part:.0%})" if part >= LEAST_SHARE else "" for ms, part in found)])
        peak = max(report["peak_gmacs_per_s"] for report in reports.values())
        rates = [convolutions(report) for report in reports.values()]
        row([f"*convolutions, GMAC/s (of the peak of {peak:.0f})*", *(f"{op['gmacs_per_s']:.0f} ({op['share_of_peak']:.0%})" for op in rates)])
        print()


def show_bits(args):
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        for model in args.models:
            onnx = Path(folder) / f"{model.stem}.onnx"
            output_of([args.tools / "onnx_export/espdl-export-onnx", model, "-o", onnx, "--float", "--quiet"])
            files = {}
            for bits in (8, 16):
                files[bits] = Path(folder) / "p4" / f"{model.stem}_s{bits}.espdl"
                files[bits].parent.mkdir(exist_ok=True)
                output_of([args.tools / "espdl/espdl", "quantize", onnx, "-o", files[bits], "--target", "esp32p4", "--bits", str(bits),
                           "--observer", "minmax", "--calib", "random"])
            table = {isa: {bits: bench(args, file, isa) for bits, file in files.items()} for isa in args.isa}
            head([model.stem, *args.isa])

            def line(name, value):
                pairs = [(value(reports[8]), value(reports[16])) for reports in table.values()]
                if all(eight and sixteen for eight, sixteen in pairs):
                    row([name, *(f"{eight:.3g}, {sixteen:.3g}: {sixteen / eight:.1f}" for eight, sixteen in pairs)])

            line("whole network", lambda report: report["median_ms"])
            for name in [op["op"] for op in table[args.isa[0]][16]["ops"]]:
                line(name, lambda report: next((op["ms"] for op in report["ops"] if op["op"] == name), None))
            print()


def show_path(args):
    program = build(args, "pipeline_bench")
    for model in args.models:
        if "yolo11" in model.stem:
            print(output_of([program, model, args.pictures[0], "--runs", str(args.runs)]))


def show_load(args):
    print(output_of([build(args, "load_bench"), *args.models, "--rounds", str(args.rounds)]))


def show_jpeg(args):
    script("jpeg.py", *args.pictures, "--rounds", args.rounds, "--build", args.tools.parent)
    print()


def show_png(args):
    script("png.py", *args.pictures, "--rounds", args.rounds, "--build", args.tools.parent)
    script("png.py", args.pictures[0], "--size", 4000, 3000, "--rounds", min(3, args.rounds), "--build", args.tools.parent)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL")
    parser.add_argument("--own", action="store_true", help="also the networks of networks.py; needs the quantizer")
    parser.add_argument("--pictures", nargs="+", type=Path, default=[])
    parser.add_argument("--isa", nargs="+", default=["avx2", "avxvnni", "avx512vnni"], help="instruction sets (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="some of the sections")
    parser.add_argument("--tools", type=Path, default=ROOT / "build/host/tools", help="folder of the built tools")
    args = parser.parse_args()
    if not args.pictures and {"path", "jpeg", "png"} & set(args.only):
        parser.error("the sections path, jpeg and png need --pictures")
    args.own = networks.make_all(ROOT / "build/benchmarks", args.tools) if args.own else []
    print(f"{datetime.date.today().isoformat()}, {cpu()}\n")
    for section in SECTIONS:
        if section in args.only:
            print(f"## {section}\n")
            globals()[f"show_{section}"](args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
