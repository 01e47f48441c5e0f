#!/usr/bin/env python3
"""Writes what the build needs to know of a board as CMake variables.

Usage: board_facts.py BOARDS_DIR BOARD OUTPUT.cmake
"""

import sys
from pathlib import Path

import boards


def main():
    boards_dir, name, output = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    try:
        board = boards.load(boards_dir, name)
    except boards.BoardError as error:
        print(error, file=sys.stderr)
        return 2
    facts = {
        "IDF_TARGET": board.chip,
        "DESKBOARD_BOARD": board.name,
        "DESKBOARD_BOARD_FILE": str(board.file),
        "DESKBOARD_FLASH_SIZE": board.flash_size,
        "DESKBOARD_PSRAM_SIZE": board.psram_size,
        "DESKBOARD_PARTITION_TABLE": str(board.partition_table or ""),
        "DESKBOARD_PARTITION_TABLE_OFFSET": hex(board.partition_table_offset),
        "DESKBOARD_BOARD_DEFAULTS": str(board.sdkconfig_defaults or ""),
    }
    text = "".join(f'set({key} "{value}")\n' for key, value in facts.items())
    output.parent.mkdir(parents=True, exist_ok=True)
    if not output.exists() or output.read_text() != text:
        output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
