"""The few facts about a program that the image and `fw size` need, read from its ELF headers."""

import struct


class Elf:
    """Sections of a 64- or 32-bit little-endian ELF file: name -> (offset, size, flags, kind)."""

    ALLOCATED, EXECUTABLE, WRITABLE, NO_BITS = 0x2, 0x4, 0x1, 8

    def __init__(self, path):
        self.data = path.read_bytes()
        if self.data[:4] != b"\x7fELF":
            raise ValueError(f"{path}: no ELF file")
        wide = self.data[4] == 2
        if wide:
            offset, = struct.unpack_from("<Q", self.data, 40)
            size, count, names = struct.unpack_from("<HHH", self.data, 58)
        else:
            offset, = struct.unpack_from("<I", self.data, 32)
            size, count, names = struct.unpack_from("<HHH", self.data, 46)
        headers = []
        for i in range(count):
            form = "<IIQQQQ" if wide else "<IIIIII"
            name, kind, flags, _, start, length = struct.unpack_from(form, self.data, offset + i * size)
            headers.append((name, kind, flags, start, length))
        strings = headers[names][3]
        self.sections = {}
        for name, kind, flags, start, length in headers:
            end = self.data.index(b"\0", strings + name)
            self.sections[self.data[strings + name : end].decode()] = (start, length, flags, kind)

    def content(self, name):
        start, length, _, kind = self.sections.get(name, (0, 0, 0, 0))
        return b"" if kind == self.NO_BITS else self.data[start : start + length]

    def allocated(self, wanted):
        """Bytes of the sections for whose flags and kind `wanted` holds."""
        return sum(
            length for _, length, flags, kind in self.sections.values() if flags & self.ALLOCATED and wanted(flags, kind)
        )
