"""`fw sdcard`: a folder to a FAT32 image and back."""

import shutil
import struct
import unittest

from support import TemporaryFolder, fw


@unittest.skipUnless(shutil.which("mformat"), "mtools is not installed")
class CardImage(TemporaryFolder):
    def setUp(self):
        super().setUp()
        self.write("card/input/a long name.jpg", "picture")
        self.write("card/models/p4/m.espdl", "model" * 1000)
        self.image = self.dir / "card.img"

    def export(self, *arguments):
        return fw("sdcard", "export", self.image, "--sdcard", self.dir / "card", *arguments)

    def test_there_and_back(self):
        result = self.export()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.image.read_bytes()[82:87], b"FAT32")
        result = fw("sdcard", "import", self.image, "--sdcard", self.dir / "back")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("input/a long name.jpg", "models/p4/m.espdl"):
            self.assertEqual((self.dir / "back" / name).read_bytes(), (self.dir / "card" / name).read_bytes())

    def test_image_with_a_partition_table(self):
        self.export()
        table = bytearray(512 * 2048)
        struct.pack_into("<B3xB3xII", table, 446, 0x80, 0x0C, 2048, self.image.stat().st_size // 512)
        table[510:512] = b"\x55\xaa"
        whole = self.dir / "whole.img"
        whole.write_bytes(bytes(table) + self.image.read_bytes())
        self.assertEqual(fw("sdcard", "import", whole, "--sdcard", self.dir / "back").returncode, 0)
        self.assertTrue((self.dir / "back/models/p4/m.espdl").is_file())

    def test_wrong_input(self):
        for name, content in (("empty.img", b""), ("zero.img", bytes(4096)), ("text.img", b"x" * 510 + b"\x55\xaa")):
            path = self.dir / name
            path.write_bytes(content)
            result = fw("sdcard", "import", path, "--sdcard", self.dir / "back")
            self.assertEqual(result.returncode, 2, name)
            self.assertIn(name, result.stderr)
            self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(fw("sdcard", "import", self.dir / "none.img", "--sdcard", self.dir / "back").returncode, 2)
        self.assertEqual(fw("sdcard", "export", self.image, "--sdcard", self.dir / "nowhere").returncode, 2)

    def test_too_small_an_image_is_refused(self):
        result = self.export("--size", "1M")
        self.assertEqual(result.returncode, 2)
        self.assertFalse(self.image.exists())


if __name__ == "__main__":
    unittest.main()
