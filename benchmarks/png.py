#!/usr/bin/env python3
"""Compares the writing of PNG files with libpng's simplified interface, which did it before: time, size of the file, pixels.

    benchmarks/png.py PICTURE... [--size 4000 3000] [--rounds N] [--build DIR]

Builds `png_bench` in the build folder (default: build/host) and runs it. Fails where pixels that are read back differ.
"""
import sys

from jpeg import make_parser, run_tool


def main():
    parser = make_parser(__doc__, 5)
    parser.add_argument("--size", nargs=2, metavar=("WIDTH", "HEIGHT"), help="resize the pictures, and give them a camera's grain")
    args = parser.parse_args()
    # The option's end, since pictures follow that are not its values.
    return run_tool("png_bench", args, "", *(["--size", *args.size, "--"] if args.size else []))


if __name__ == "__main__":
    sys.exit(main())
