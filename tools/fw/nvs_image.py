#!/usr/bin/env python3
"""A table of settings as the content of an NVS partition, in the chip's own format.

Usage: nvs_image.py TABLE.csv OUTPUT SIZE

The table is the one that ESP-IDF's documentation describes under "NVS Partition Generator Utility": a first line
`key,type,encoding,value`, then a row for each setting. `type` is namespace, data, or file: the value of a file is a path,
relative to the table. `encoding` is u8 to i64, string, hex2bin, base64, or binary (files only). The pages are those of
"NVS Library, Internals", version 2, as hal/host/nvs/nvs_store.cpp reads and writes them.

Exit code 2 with one line, which names table and row, where a value cannot be stored or the partition is too small.
"""

import base64
import binascii
import csv
import struct
import sys
import zlib
from pathlib import Path

PAGE, ENTRY, ENTRIES = 4096, 32, 126
ACTIVE, FULL, VERSION_2 = 0xFFFFFFFE, 0xFFFFFFFC, 0xFE
NAMESPACES, NO_CHUNK = 0, 0xFF
STRING, BLOB_DATA, BLOB_INDEX = 0x21, 0x42, 0x48
# The type of an entry, and how many bytes it has; signed types have 0x10.
INTEGERS = {f"{sign}{8 * size}": (signed * 0x10 + size, size) for sign, signed in (("u", 0), ("i", 1)) for size in (1, 2, 4, 8)}
ENCODINGS = sorted(INTEGERS) + ["string", "hex2bin", "base64", "binary"]
KEY_MAX, STRING_MAX, NAMESPACES_MAX, CHUNKS_MAX = 15, 4000, 254, 127


class NvsError(Exception):
    pass


def crc32(data):
    return zlib.crc32(data, 0xFFFFFFFF)


class Pages:
    """The pages of a partition, written one after the other."""

    def __init__(self, size):
        # A chip keeps one page empty.
        self.most = size // PAGE - 1
        self.pages = []

    def free(self):
        """Entries that the current page has left."""
        return ENTRIES - len(self.pages[-1]) // ENTRY if self.pages else 0

    def next_page(self):
        if len(self.pages) == self.most:
            raise NvsError(f"the settings take more than the {self.most} pages of 4096 bytes that the partition has, not counting the one kept empty")
        self.pages.append(b"")

    def put(self, name_space, kind, key, field, data=b"", chunk=NO_CHUNK):
        """Writes a value that lies in one page: `field` is its last, of at most 8 bytes; `data` follows the entry."""
        span = 1 + -(-len(data) // ENTRY)
        if self.free() < span:
            self.next_page()
        head = struct.pack("<BBBB", name_space, kind, span, chunk)
        tail = key.encode().ljust(16, b"\0") + field.ljust(8, b"\xff")
        self.pages[-1] += head + struct.pack("<I", crc32(head + tail)) + tail + data.ljust((span - 1) * ENTRY, b"\xff")

    def put_string(self, name_space, key, data):
        self.put(name_space, STRING, key, data_field(data), data)

    def put_blob(self, name_space, key, data):
        chunks, at = 0, 0
        while at < len(data):
            if self.free() < 2:
                self.next_page()
            part = data[at:at + (self.free() - 1) * ENTRY]
            if chunks == CHUNKS_MAX:
                raise NvsError(f"{len(data)} bytes take more than {CHUNKS_MAX} pages")
            self.put(name_space, BLOB_DATA, key, data_field(part), part, chunks)
            chunks, at = chunks + 1, at + len(part)
        self.put(name_space, BLOB_INDEX, key, struct.pack("<IBB", len(data), chunks, 0))

    def image(self, size):
        out = b""
        for number, entries in enumerate(self.pages):
            state = ACTIVE if number == len(self.pages) - 1 else FULL
            head = struct.pack("<IB", number, VERSION_2).ljust(24, b"\xff")
            states = (1 << 256) - 1
            for index in range(len(entries) // ENTRY):
                states &= ~(1 << (2 * index))  # from 3, empty, to 2, written
            out += struct.pack("<I", state) + head + struct.pack("<I", crc32(head)) + states.to_bytes(32, "little")
            out += entries.ljust(ENTRIES * ENTRY, b"\xff")
        return out.ljust(size, b"\xff")


def data_field(data):
    return struct.pack("<HHI", len(data), 0xFFFF, crc32(data))


def integer_field(encoding, text):
    kind, size = INTEGERS[encoding]
    try:
        return kind, int(text.strip(), 0).to_bytes(size, "little", signed=encoding[0] == "i")
    except (ValueError, OverflowError):
        raise NvsError(f"'{text}' is no {encoding}") from None


def value_bytes(kind, encoding, value, folder):
    """A value that is no integer, as it is stored."""
    data = value.encode()
    if kind == "file":
        try:
            data = (folder / value).read_bytes()
        except OSError as error:
            raise NvsError(f"{folder / value}: {error.strerror}") from None
    elif encoding == "binary":
        raise NvsError("encoding binary is for files")
    try:
        if encoding == "hex2bin":
            return bytes.fromhex(data.decode())
        if encoding == "base64":
            return base64.b64decode(b"".join(data.split()), validate=True)
    except (ValueError, binascii.Error):
        raise NvsError(f"the value is no {encoding}") from None
    return data + b"\0" if encoding == "string" else data


class Table:
    """Takes the rows of a table and writes them into pages."""

    def __init__(self, folder, size):
        self.pages, self.folder = Pages(size), folder
        self.namespaces, self.keys, self.current = {}, set(), None

    def take(self, key, kind, encoding, value):
        if not 0 < len(key.encode()) <= KEY_MAX:
            raise NvsError(f"a key has 1 to {KEY_MAX} characters")
        if kind == "namespace":
            return self.enter(key)
        if kind not in ("data", "file"):
            raise NvsError(f"type '{kind}' is none of namespace, data, file")
        if encoding not in ENCODINGS or (kind == "file" and encoding in INTEGERS):
            raise NvsError(f"encoding '{encoding}' of type {kind} is none of {', '.join(ENCODINGS)}; files have no integers")
        if self.current is None:
            raise NvsError("a namespace has to stand before the first setting")
        if (self.current, key) in self.keys:
            raise NvsError("this key stands twice in its namespace")
        self.keys.add((self.current, key))
        if encoding in INTEGERS:
            return self.pages.put(self.current, *self.integer(key, encoding, value))
        data = value_bytes(kind, encoding, value, self.folder)
        if encoding != "string":
            return self.pages.put_blob(self.current, key, data)
        if len(data) > STRING_MAX:
            raise NvsError(f"a string of {len(data)} bytes, {STRING_MAX} with its zero are possible")
        return self.pages.put_string(self.current, key, data)

    def enter(self, name):
        if name not in self.namespaces:
            if len(self.namespaces) == NAMESPACES_MAX:
                raise NvsError(f"more than {NAMESPACES_MAX} namespaces")
            self.namespaces[name] = len(self.namespaces) + 1
            self.pages.put(NAMESPACES, INTEGERS["u8"][0], name, bytes([self.namespaces[name]]))
        self.current = self.namespaces[name]

    @staticmethod
    def integer(key, encoding, text):
        kind, field = integer_field(encoding, text)
        return kind, key, field


def build(path, size):
    if size < 3 * PAGE or size % PAGE:
        raise NvsError(f"{path}: an NVS partition has at least three pages of 4096 bytes and only whole ones, this one has {size} bytes")
    table = Table(path.parent, size)
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if [cell.strip() for cell in next(rows, [])] != ["key", "type", "encoding", "value"]:
            raise NvsError(f"{path}:1: the first line is key,type,encoding,value")
        for row in rows:
            if not any(cell.strip() for cell in row) or row[0].startswith("#"):
                continue
            cells = [cell.strip() for cell in row[:3]] + row[3:]
            try:
                if len(cells) > 4:
                    raise NvsError('a row has four cells: put a value with commas into "..."')
                table.take(*cells, *[""] * (4 - len(cells)))
            except NvsError as error:
                raise NvsError(f"{path}:{rows.line_num}: key '{cells[0]}': {error}") from None
    if not table.pages.pages:
        table.pages.next_page()
    return table.pages.image(size)


def main(table, output, size):
    try:
        image = build(Path(table), int(size, 0))
    except (NvsError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(error if isinstance(error, NvsError) else f"{table}: {error}", file=sys.stderr)
        return 2
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_bytes(image)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    sys.exit(main(*sys.argv[1:]))
