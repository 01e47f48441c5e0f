#!/usr/bin/env python3
"""Writes what a program of hal/bare knows of its board, as C++: its memory as arrays, of the sizes in boards/<board>/board.toml.

Usage: bare_board.py BOARDS_DIR BOARD APP OUTPUT.cpp
"""

import sys
from pathlib import Path

import boards

# The compiler reads the configuration: whether it switches the PSRAM on is not known here.
TEXT = """// What this program emulates. Generated.
#include "board.hpp"
#include "esp_heap_caps.h"
#include "sdkconfig.h"

namespace {{

{arrays}

constexpr hal::Ram s_ram[] = {{
{rows}
}};

}}  // namespace

namespace hal {{

#ifdef CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL
constexpr size_t ALWAYS_INTERNAL = CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL;
#else
constexpr size_t ALWAYS_INTERNAL = 16384;
#endif

const Board board = {{"{app}", "{title}", CHIP_{chip}, s_ram, sizeof(s_ram) / sizeof(s_ram[0]), ALWAYS_INTERNAL}};

}}  // namespace hal
"""
ARRAY = '[[gnu::section(".board_ram")]] alignas(64) uint8_t s_ram_{number}[{size}];'
ROW = '    {{"{name}", s_ram_{number}, sizeof(s_ram_{number}), {caps}}},'


def memory(board):
    """Of each piece: name, bytes, capabilities in C++; the PSRAM comes last."""
    for piece in board.table.get("ram", []):
        yield piece["name"], boards.parse_size(piece["size"], f"{board.file}: ram"), " | ".join(f"MALLOC_CAP_{cap.upper()}" for cap in piece["caps"])
    if board.psram_size:
        yield "SPIRAM", board.psram_size, "MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_SIMD"


def main():
    boards_dir, name, app, output = sys.argv[1:]
    try:
        board = boards.load(boards_dir, name)
        pieces = list(memory(board))
    except boards.BoardError as error:
        print(error, file=sys.stderr)
        return 2
    arrays, rows = [], []
    for number, (piece, size, caps) in enumerate(pieces):
        lines = [ARRAY.format(number=number, size=size)], [ROW.format(number=number, name=piece, caps=caps)]
        if piece == "SPIRAM":
            lines = [["#ifdef CONFIG_SPIRAM", *part, "#endif"] for part in lines]
        arrays += lines[0]
        rows += lines[1]
    text = TEXT.format(arrays="\n".join(arrays), rows="\n".join(rows), app=app, title=board.title, chip=board.chip.upper())
    output = Path(output)
    if not output.is_file() or output.read_text() != text:
        output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
