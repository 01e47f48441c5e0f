"""Quantizes the demonstration models again from what lies beside them, and compares with the committed files.

Usage: test_demonstration_models.py ESPDL      (the built espdl, with espdl-quantize beside it)

On the same processor and libraries every byte is the same. Elsewhere sums of floats may round differently and a scale that lies between two
powers of two may fall to the other side: then both files run on the same input, and outputs may differ a little.
"""

import array
import ast
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODELS = {
    "cls": ("imagenet_cls", "shapes_cls_mobilenetv2", 96),
    "detect": ("coco_detect", "shapes_detect_yolo11", 160),
    "pose": ("coco_pose", "shapes_pose_yolo11", 160),
}
ESPDL = None


def write_npy(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + array.array("f", values).tobytes())


def read_npy(path):
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    kind = ast.literal_eval(data[10 : 10 + length].decode())["descr"]
    values = array.array({"|i1": "b", "<i2": "h", "<f4": "f"}[kind])
    values.frombytes(data[10 + length :])
    return values


class DemonstrationModels(unittest.TestCase):
    def outputs(self, model, chip, size, folder):
        """Output name → real values, for an input of soft stripes."""
        values = [((x * (c + 1) + 2 * y) % 64) / 64 for y in range(size) for x in range(size) for c in range(3)]
        write_npy(folder / "in.npy", (1, size, size, 3), values)
        subprocess.run([ESPDL, "run", str(model), "--target", f"esp32{chip}", "--input", f"images={folder}/in.npy", "--out", str(folder / "out")],
                       check=True, stdout=subprocess.DEVNULL)
        found = {}
        for tensor in json.loads((folder / "out/manifest.json").read_text()):
            found[tensor["name"]] = [v * 2.0 ** tensor["exponent"] for v in read_npy(folder / "out" / tensor["file"])]
        return found

    def test_again(self):
        for kind, (component, name, size) in MODELS.items():
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                subprocess.run([ROOT / "tools/train/quantize.sh", ESPDL, kind], check=True, env={**os.environ, "OUT": str(folder)})
                for chip in ("p4", "s3"):
                    with self.subTest(model=name, chip=chip):
                        file = f"{name}_s8.espdl"
                        committed = ROOT / "components" / component / "models" / chip / file
                        if committed.read_bytes() == (folder / chip / file).read_bytes():
                            continue
                        print(f"{chip}/{file}: not the same bytes; comparing results")
                        wanted = self.outputs(committed, chip, size, folder)
                        got = self.outputs(folder / chip / file, chip, size, folder)
                        self.assertEqual(sorted(got), sorted(wanted))
                        for output, values in wanted.items():
                            power = sum(v * v for v in values)
                            noise = sum((a - b) ** 2 for a, b in zip(got[output], values))
                            self.assertEqual(len(got[output]), len(values))
                            self.assertLess(noise, 0.05 * power, output)


if __name__ == "__main__":
    ESPDL = sys.argv.pop(1)
    unittest.main(verbosity=2)
