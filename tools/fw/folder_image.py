#!/usr/bin/env python3
"""A folder as the content of a partition with a file system (hal/host/storage/folder_image.hpp says how it is laid out).

Usage: folder_image.py FOLDER OUTPUT SIZE

Exit code 2 with one line where the files do not fit into SIZE bytes, counted in clusters as the emulated file system does.
"""

import struct
import sys
import zlib
from pathlib import Path

MARK = b"Deskboard files\xff"
CLUSTER = 4096


class ImageError(Exception):
    pass


def build(folder, size):
    if not folder.is_dir():
        raise ImageError(f"{folder}: there is no such folder")
    body = b""
    used = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, data = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        used += -(-len(data) // CLUSTER) * CLUSTER
        body += struct.pack("<II", len(name), len(data)) + name + data
    if max(used, len(MARK) + 8 + len(body)) > size:
        raise ImageError(f"{folder}: its files take {max(used, len(MARK) + 8 + len(body))} bytes, the partition has {size}")
    return MARK + struct.pack("<II", len(body), zlib.crc32(body)) + body


def main(folder, output, size):
    try:
        image = build(Path(folder), int(size, 0))
    except (ImageError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_bytes(image)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    sys.exit(main(*sys.argv[1:]))
