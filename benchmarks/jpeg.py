#!/usr/bin/env python3
"""Compares the JPEG decoder with its reference, picture by picture and in turn: same arithmetic, same pixels.

    benchmarks/jpeg.py PICTURE.jpg... [--rounds N] [--build DIR]

Builds `jpeg_bench` in the build folder (default: build/host) and runs it. Fails where pixels differ.
"""
import argparse
import datetime
import os
import subprocess
import sys
from pathlib import Path

from run import ROOT, cpu


def make_parser(doc, rounds):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--build", type=Path, default=ROOT / "build/host", help="build folder")
    return parser


def run_tool(name, args, what, *options):
    """Builds a program of tools/ that times something on pictures, and runs it: its exit code."""
    build = subprocess.run(["cmake", "--build", args.build, "--target", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if build.returncode != 0:
        sys.exit(build.stdout)
    print(f"{datetime.date.today().isoformat()}, {cpu()}, load average {os.getloadavg()[0]:.1f}; medians of {args.rounds} rounds{what}\n", flush=True)
    return subprocess.run([args.build / "tools" / name / name, "--rounds", str(args.rounds), *options, *args.pictures]).returncode


if __name__ == "__main__":
    sys.exit(run_tool("jpeg_bench", make_parser(__doc__, 21).parse_args(), ", each the fastest of ten"))
