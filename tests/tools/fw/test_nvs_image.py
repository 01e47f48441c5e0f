"""tools/fw/nvs_image.py: what a table of settings may say. That the HAL reads the image: test_projects.py, Storage of settings."""

import contextlib
import io
import struct
import unittest
import zlib

from support import TemporaryFolder

import nvs_image

HEAD = "key,type,encoding,value\n"
PAGE = 4096


class Images(TemporaryFolder):
    def make(self, text, size=0x3000):
        self.write("nvs.csv", text)
        error = io.StringIO()
        with contextlib.redirect_stderr(error):
            code = nvs_image.main(self.dir / "nvs.csv", self.dir / "out/nvs.bin", hex(size))
        return code, error.getvalue().strip()

    def image(self, text, size=0x3000):
        code, error = self.make(text, size)
        self.assertEqual((code, error), (0, ""))
        data = (self.dir / "out/nvs.bin").read_bytes()
        self.assertEqual(len(data), size)
        return data

    def entry(self, data, index):
        entry = data[64 + 32 * index:96 + 32 * index]
        crc = zlib.crc32(entry[:4] + entry[8:], 0xFFFFFFFF)
        self.assertEqual(struct.unpack_from("<I", entry, 4)[0], crc)
        return entry[0], entry[1], entry[2], entry[8:24].rstrip(b"\0").decode(), entry[24:]

    def test_an_entry_for_each_row(self):
        data = self.image(HEAD + "app,namespace,,\n# a comment\n\nlow,data,i16,-2\nname,data,string,\"a, b\"\n")
        self.assertEqual(self.entry(data, 0), (0, 0x01, 1, "app", b"\x01" + b"\xff" * 7))
        self.assertEqual(self.entry(data, 1), (1, 0x12, 1, "low", b"\xfe\xff" + b"\xff" * 6))
        kind = self.entry(data, 2)
        self.assertEqual(kind[:4], (1, 0x21, 2, "name"))
        self.assertEqual(struct.unpack("<HH", kind[4][:4]), (5, 0xFFFF))
        self.assertEqual(data[64 + 96:64 + 101], b"a, b\0")
        # Four entries are written, the fifth is empty.
        self.assertEqual(data[32:34], bytes([0b10101010, 0xFF]))
        self.assertEqual(data[PAGE:], b"\xff" * (len(data) - PAGE))

    def test_a_page_that_is_full_is_followed_by_another(self):
        data = self.image(HEAD + "app,namespace,,\n" + "".join(f"k{i},data,u32,{i}\n" for i in range(200)))
        self.assertEqual([struct.unpack_from("<II", data, at) for at in (0, PAGE)], [(0xFFFFFFFC, 0), (0xFFFFFFFE, 1)])

    def test_refusals_name_the_row(self):
        app = HEAD + "app,namespace,,\n"
        for text, words in (
            ("", "first line"),
            ("a,b\n", "first line"),
            (HEAD + "a,data,u8,1\n", "namespace has to stand before"),
            (app + "a,data,u8,256\n", "'256' is no u8"),
            (app + "a,data,i8,-129\n", "'-129' is no i8"),
            (app + "a,data,u8,x\n", "'x' is no u8"),
            (app + "a,data,u9,1\n", "encoding 'u9'"),
            (app + "a,text,u8,1\n", "type 'text'"),
            (app + "a,file,u8,1\n", "files have no integers"),
            (app + "a,file,binary,absent.bin\n", "absent.bin: No such file"),
            (app + "a,data,binary,x\n", "for files"),
            (app + "a,data,hex2bin,xyz\n", "no hex2bin"),
            (app + "a,data,base64,!\n", "no base64"),
            (app + "a,data,u8,1,2\n", "four cells"),
            (app + "a,data,u8,1\na,data,u8,2\n", "stands twice"),
            (app + "a_name_of_16_char,data,u8,1\n", "1 to 15 characters"),
            (app + ",data,u8,1\n", "1 to 15 characters"),
            (app + f"a,data,string,{'x' * 4000}\n", "a string of 4001 bytes"),
            (app + f"a,data,hex2bin,{'00' * 8192}\n", "more than the 2 pages"),
        ):
            with self.subTest(text=text[:60]):
                code, error = self.make(text)
                self.assertEqual(code, 2)
                self.assertIn(words, error)
                self.assertIn("nvs.csv", error)
                self.assertEqual(error.count("\n"), 0)
        for size in (0x2000, 0x3001):
            self.assertEqual(self.make(app, size)[0], 2)
        (self.dir / "nvs.csv").write_bytes(b"\xff\xfe\x00")
        self.assertEqual(nvs_image.main(self.dir / "nvs.csv", self.dir / "out.bin", "0x3000"), 2)
        self.assertFalse((self.dir / "out.bin").exists())


if __name__ == "__main__":
    unittest.main()
