#!/usr/bin/env python3
"""Counts what would make dl/base hard to change.

dl/base has five rooms: include, src, pack, simd, isa (and front, outside of them: ESP-DL's names for apps). A file
includes what is in its own room or in one further to the left, and
nothing of dl/module or dl/model; the rest of the library includes dl/base/include only. include, src and pack do not ask which
instruction set they are compiled for.

    check_rooms.py [ESP-DL COMPONENT]

Prints the breaches and their number. Exit code: 0 none, 1 some, 2 bad input.
"""
import pathlib
import re
import sys

ROOMS = ["include", "src", "pack", "simd", "isa"]
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
INSTRUCTION_SET = re.compile(r"^\s*#\s*(?:el)?if.*\b(DL_ISA_|DL_SIMD_|__AVX|__ARM_NEON|__x86_64__|__aarch64__)")


def room_of(path, base):
    """The index of a file's room; None outside of dl/base, and in front/, which gives apps ESP-DL's names of what is in include/."""
    room = path.relative_to(base).parts[0] if base in path.parents else "front"
    return None if room == "front" else ROOMS.index(room)


def main():
    default = pathlib.Path(__file__).resolve().parents[4] / "components/esp-dl"
    library = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default).resolve() / "dl"
    base = library / "base"
    files = sorted(path for path in library.rglob("*") if path.suffix in (".hpp", ".cpp", ".h"))
    if not base.is_dir() or not files:
        print(f"{base}: no such folder", file=sys.stderr)
        return 2
    by_name = {path.name: path for path in files if path.suffix != ".cpp" and "front" not in path.parts}
    arrows = breaches = 0

    def breach(path, number, reason):
        nonlocal breaches
        breaches += 1
        print(f"{path.relative_to(library.parent)}:{number}: {reason}")

    for path in files:
        own = room_of(path, base)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if own is not None and own < ROOMS.index("simd") and INSTRUCTION_SET.match(line):
                breach(path, number, f"'{line.strip()}' in {ROOMS[own]}/")
            match = INCLUDE.match(line)
            target = by_name.get(pathlib.Path(match.group(1)).name) if match else None
            if target is None:
                continue
            other = room_of(target, base)
            if own is None and other is None:
                continue
            arrows += 1
            if own is None and other != 0:
                breach(path, number, f"{target.name} is in {ROOMS[other]}/, private to dl/base")
            elif own is not None and other is None and "math" not in target.parts:
                breach(path, number, f"{target.name} is outside of dl/base")
            elif own is not None and other is not None and other > own:
                breach(path, number, f"{target.name} is in {ROOMS[other]}/, to the right of {ROOMS[own]}/")
    print(f"{arrows} includes of dl/base, {breaches} upward")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
