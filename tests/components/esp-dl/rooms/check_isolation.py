#!/usr/bin/env python3
"""Checks that what is compiled with an instruction set's flags shares no inline code with the rest of the program.

The linker keeps one copy of an inline function that several files have. If that were a kernel file's, processors without its
instruction set would execute it.

    check_isolation.py NM LIBRARY.a

Prints the functions that kernel files share. Exit code: 0 none, 1 some, 2 bad input.
"""
import re
import subprocess
import sys

KERNEL_FILE = re.compile(r"^dl_(avx2|avxvnni|avx512vnni|amx|neon_dotprod|neon_i8mm)_.*\.o:$")
SHARED = re.compile(r"^\S*\s+[WVu] (.*)$")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    listing = subprocess.run([sys.argv[1], "-C", sys.argv[2]], capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        print(listing.stderr, file=sys.stderr)
        return 2
    files = shared = 0
    member = None
    for line in listing.stdout.splitlines():
        if line.endswith(":"):
            member = line if KERNEL_FILE.match(line) and "_wing." not in line else None
            files += member is not None
        match = SHARED.match(line) if member else None
        if match:
            shared += 1
            print(f"{member} {match.group(1)}")
    print(f"{files} kernel files, {shared} shared functions")
    return 1 if shared or not files else 0


if __name__ == "__main__":
    sys.exit(main())
