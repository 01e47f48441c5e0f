#!/usr/bin/env python3
"""Counts includes that point from a lower room of a folder to a higher one.

    check_rooms.py FOLDER ROOM...

FOLDER has a subfolder for each ROOM, given from the lowest to the highest. A file includes, as "room/file.hpp", what is in
its own room or in one named before it; what lies in FOLDER itself stands above all rooms. Every subfolder is a room. Prints
the breaches and their number. Exit code: 0 none, 1 some, 2 bad input.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder, rooms = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if found != sorted(rooms):
        print(f"{folder} has the rooms {' '.join(found)}, not {' '.join(rooms)}", file=sys.stderr)
        return 2
    top = {path.name for path in folder.iterdir() if path.suffix == ".hpp"}
    arrows = breaches = 0
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".hpp", ".cpp")):
        own = path.relative_to(folder).parts[0]
        level = rooms.index(own) if own in rooms else len(rooms)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            parts = pathlib.PurePosixPath(match.group(1)).parts
            if parts[0] in rooms and len(parts) > 1:
                other = rooms.index(parts[0])
            elif match.group(1) in top:
                other = len(rooms)
            elif own in rooms and (folder / own / match.group(1)).is_file():
                breaches += 1
                print(f"{path}:{number}: {match.group(1)} is included without its room")
                continue
            else:
                continue
            arrows += 1
            if other > level:
                breaches += 1
                print(f"{path}:{number}: {match.group(1)} stands above {own}/")
    print(f"{arrows} includes between {len(rooms)} rooms, {breaches} upward")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
