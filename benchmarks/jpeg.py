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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--build", type=Path, default=ROOT / "build/host", help="build folder")
    args = parser.parse_args()
    build = subprocess.run(["cmake", "--build", args.build, "--target", "jpeg_bench"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if build.returncode != 0:
        sys.exit(build.stdout)
    print(f"{datetime.date.today().isoformat()}, {cpu()}, load average {os.getloadavg()[0]:.1f}; medians of {args.rounds} rounds\n", flush=True)
    return subprocess.run([args.build / "tools/jpeg_bench/jpeg_bench", "--rounds", str(args.rounds), *args.pictures]).returncode


if __name__ == "__main__":
    sys.exit(main())
