#!/usr/bin/env python3
"""Writes what the build needs to know of a board as CMake variables.

Usage: board_facts.py BOARDS_DIR OUTPUT.cmake [--board BOARD] [--target CHIP] [--project DIR]
"""

import argparse
import sys
from pathlib import Path

import boards


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boards_dir", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--board")
    parser.add_argument("--target")
    parser.add_argument("--project", type=Path, default=Path())
    args = parser.parse_args()
    try:
        board = boards.choose(args.boards_dir, args.project, args.board, args.target)
    except boards.BoardError as error:
        print(error, file=sys.stderr)
        return 2
    facts = {
        "IDF_TARGET": board.chip,
        "DESKBOARD_BOARD": board.name,
        "DESKBOARD_BOARD_FILE": str(board.file),
        "DESKBOARD_FLASH_SIZE": board.flash_size,
        "DESKBOARD_PSRAM_SIZE": board.psram_size,
        "DESKBOARD_BOARD_DEFAULTS": str(board.sdkconfig_defaults or ""),
    }
    text = "".join(f'set({key} "{value}")\n' for key, value in facts.items())
    args.output.parent.mkdir(parents=True, exist_ok=True)
    if not args.output.exists() or args.output.read_text() != text:
        args.output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
