"""Board profiles: boards/<board>/board.toml, and which of them a project is for."""

import os
import re
from pathlib import Path

import toml_reader

DEFAULT_BOARD = "esp32_p4_function_ev_board"


class BoardError(Exception):
    pass


def parse_size(value, what):
    """"8M", "512K", "0x1000" or a number -> bytes."""
    if isinstance(value, int):
        return value
    text = str(value).strip()
    factor = 1
    if text[-1:] in ("K", "k"):
        factor, text = 1024, text[:-1]
    elif text[-1:] in ("M", "m"):
        factor, text = 1024 * 1024, text[:-1]
    try:
        return int(text, 0) * factor
    except ValueError:
        raise BoardError(f"{what}: '{value}' is no size (examples: 8M, 512K, 0x1000)") from None


class Board:
    def __init__(self, directory, table):
        self.dir = directory
        self.file = directory / "board.toml"
        self.table = table
        self.name = directory.name
        self.title = self._get(table, "title", default=self.name)
        self.chip = self._get(table, "chip")
        self.cores = self._get(table, "cores", default=2)
        self.cpu_mhz = self._get(table, "cpu_mhz", default=0)
        flash = table.get("flash", {})
        psram = table.get("psram", {})
        self.flash_size = parse_size(self._get(flash, "size", "flash"), f"{self.file}: flash.size")
        self.psram_size = parse_size(psram.get("size", 0), f"{self.file}: psram.size")
        self.psram_mhz = psram.get("mhz", 0)
        self.sdcard = "sdcard" in table and table["sdcard"].get("slot", True)
        defaults = directory / "sdkconfig.defaults"
        self.sdkconfig_defaults = defaults if defaults.exists() else None

    def _get(self, table, key, section="", default=None):
        if key in table:
            return table[key]
        if default is not None:
            return default
        raise BoardError(f"{self.file}: '{section + '.' if section else ''}{key}' is missing")

    def internal_ram(self):
        return sum(parse_size(r["size"], f"{self.file}: ram") for r in self.table.get("ram", []))


def names(boards_dir):
    return sorted(p.parent.name for p in Path(boards_dir).glob("*/board.toml"))


def load(boards_dir, name):
    boards_dir = Path(boards_dir)
    file = boards_dir / name / "board.toml"
    # A name, not a path: build folders are called after it.
    if name not in names(boards_dir):
        raise BoardError(f"there is no board '{name}'; the boards are: {', '.join(names(boards_dir)) or 'none'}")
    try:
        table = toml_reader.load(file)
    except toml_reader.TomlError as error:
        raise BoardError(f"{file}: {error}") from None
    return Board(file.parent, table)


TARGET = re.compile(r'^CONFIG_IDF_TARGET="?(\w+)"?\s*$', re.MULTILINE)


def target_of(project):
    """The chip that a project names, and where: in its sdkconfig, or in its sdkconfig.defaults; (None, None) if nowhere."""
    names = [name for name in re.split(r"[;\s]+", os.environ.get("SDKCONFIG_DEFAULTS", "")) if name] or ["sdkconfig.defaults"]
    for name in ["sdkconfig", *reversed(names)]:
        file = Path(project) / name
        if file.is_file():
            found = TARGET.findall(file.read_text(errors="replace"))
            if found:
                return found[-1], file
    return None, None


def first_with(boards_dir, chip):
    """The board that is meant where only a chip is named."""
    for name in sorted(names(boards_dir), key=lambda n: (n != DEFAULT_BOARD, n)):
        if load(boards_dir, name).chip == chip:
            return name
    chips = sorted({load(boards_dir, name).chip for name in names(boards_dir)})
    raise BoardError(f"no board has the chip {chip}; there are boards with {', '.join(chips)}")


def choose(boards_dir, project, board=None, target=None):
    """The board of a build: the one that is given; one with the chip that is given, or that the project's configuration names; the default."""
    if board:
        return load(boards_dir, board)
    file = None
    if not target:
        target, file = target_of(project)
    try:
        return load(boards_dir, first_with(boards_dir, target) if target else DEFAULT_BOARD)
    except BoardError as error:
        raise BoardError(f"{file}: {error}" if file else str(error)) from None
