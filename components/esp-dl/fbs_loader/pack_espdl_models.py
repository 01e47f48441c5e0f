#!/usr/bin/env python3
"""Packs .espdl models into one package (PDL2), in the order in which they are given.

Usage: pack_espdl_models.py --model_path FILE_OR_FOLDER... --out_file PACKAGE.espdl
"""

import argparse
import struct
import sys
from pathlib import Path

ALIGNMENT = 16


def align(size):
    return -(-size // ALIGNMENT) * ALIGNMENT


def pack(models):
    """Header, entries, names, padding to 16 bytes, then every model as it is; offsets count from the package's start."""
    names = [path.name.encode() for path in models]
    blobs = [path.read_bytes() for path in models]
    name_offset = 8 + 12 * len(models)
    data_offset = align(name_offset + sum(map(len, names)))
    header = [b"PDL2", struct.pack("<I", len(models))]
    for name, blob in zip(names, blobs):
        header.append(struct.pack("<III", data_offset, name_offset, len(name)))
        name_offset += len(name)
        data_offset += align(len(blob))
    package = b"".join(header) + b"".join(names)
    package += bytes(align(len(package)) - len(package))
    for blob in blobs:
        package += blob + bytes(align(len(blob)) - len(blob))
    return package


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model_path", nargs="+", required=True, type=Path)
    parser.add_argument("-o", "--out_file", required=True, type=Path)
    args = parser.parse_args()

    models = []
    for path in args.model_path:
        models += sorted(path.glob("*.espdl")) if path.is_dir() else [path]
    for path in models:
        if not path.is_file():
            print(f"{path}: there is no such file", file=sys.stderr)
            return 2
        with path.open("rb") as file:
            magic = file.read(4)
        if magic not in (b"EDL1", b"EDL2"):
            print(f"{path}: no .espdl model (it begins with {magic!r})", file=sys.stderr)
            return 2
    if not models:
        print("no .espdl models found", file=sys.stderr)
        return 2
    args.out_file.parent.mkdir(parents=True, exist_ok=True)
    args.out_file.write_bytes(pack(models))
    return 0


if __name__ == "__main__":
    sys.exit(main())
