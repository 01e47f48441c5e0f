#!/usr/bin/env python3
"""Throughput and processor time of `espdl eval` by the number of threads, in turn.

    benchmarks/eval_threads.py [--threads 1 2] [--rounds N] [--espdl FILE] MODEL --data DATA [options of espdl eval]

Prints, for each number of threads, the best rate of all rounds, that rate by thread, and the least processor time of a picture. On a PC
that does other work, run it with priority (`chrt -f 1`), or compare the processor times alone.
"""
import argparse
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

from run import ROOT, cpu


def measure(command):
    """(pictures, pictures per second, processor seconds)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"(\d+) pictures in [\d.]+ s, ([\d.]+) a second", result.stderr)
    if result.returncode != 0 or not found:
        sys.exit(result.stderr)
    return int(found[1]), float(found[2]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--espdl", type=Path, default=ROOT / "build/host/tools/espdl/espdl")
    args, options = parser.parse_known_args()
    rows = {threads: [] for threads in args.threads}
    for _ in range(args.rounds):
        for threads, row in rows.items():
            row.append(measure([args.espdl, "eval", *options, "--threads", str(threads)]))
    print(f"{cpu()}, load average {os.getloadavg()[0]:.1f}; best of {args.rounds} rounds\n")
    print("| threads | pictures a second | of a thread | processor ms a picture |\n|---|---|---|---|")
    for threads, row in rows.items():
        rate = max(r[1] for r in row)
        print(f"| {threads} | {rate:.0f} | {rate / threads:.0f} | {min(1e3 * r[2] / r[0] for r in row):.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
