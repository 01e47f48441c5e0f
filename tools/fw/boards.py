"""Board profiles: boards/<board>/board.toml."""

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
        partitions = table.get("partition_table", {})
        self.partition_table_offset = parse_size(partitions.get("offset", 0x8000), f"{self.file}: partition_table.offset")
        self.partition_table = self._file(partitions.get("csv"))
        defaults = directory / "sdkconfig.defaults"
        self.sdkconfig_defaults = defaults if defaults.exists() else None

    def _get(self, table, key, section="", default=None):
        if key in table:
            return table[key]
        if default is not None:
            return default
        raise BoardError(f"{self.file}: '{section + '.' if section else ''}{key}' is missing")

    def _file(self, name):
        """A file named by the profile: beside it, or in partitions/."""
        if not name:
            return None
        for folder in (self.dir, self.dir.parent.parent, self.dir.parent.parent / "partitions"):
            if (folder / name).is_file():
                return (folder / name).resolve()
        raise BoardError(f"{self.file}: the file '{name}' exists neither beside it nor in partitions/")

    def internal_ram(self):
        return sum(parse_size(r["size"], f"{self.file}: ram") for r in self.table.get("ram", []))


def names(boards_dir):
    return sorted(p.parent.name for p in Path(boards_dir).glob("*/board.toml"))


def load(boards_dir, name):
    boards_dir = Path(boards_dir)
    file = boards_dir / name / "board.toml"
    if not file.is_file():
        raise BoardError(f"there is no board '{name}'; the boards are: {', '.join(names(boards_dir)) or 'none'}")
    try:
        table = toml_reader.load(file)
    except toml_reader.TomlError as error:
        raise BoardError(f"{file}: {error}") from None
    return Board(file.parent, table)
