"""Whatever writes files is killed at each of its system calls that changes one: nothing is half-written, and the next run mends it.

strace does the killing: of a command that makes n calls of one kind, the first run dies at the first, the second at the second, ...
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder

CALLS = ("openat", "write", "pwrite64", "writev", "ftruncate", "fallocate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir",
         "copy_file_range", "sendfile", "fsync", "chmod", "fchmod", "munmap")
FW = [sys.executable, "-B", str(ROOT / "tools" / "fw" / "main.py")]
BUILD = Path(os.environ.get("DESKBOARD_HOST_BUILD", ROOT / "build" / "host"))
MODEL = next((ROOT / "components/imagenet_cls/models/p4").glob("*.espdl"))


def can_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-e", "trace=none", "true"], capture_output=True).returncode == 0


@unittest.skipUnless(can_trace(), "strace is not installed, or may not trace here")
class Kill(TemporaryFolder):
    def sweep(self, command, prepare, check, calls=CALLS):
        """
        prepare() makes the folder as it is before a run; check(killed) says what must hold after one that was killed, and after
        the whole one that follows.
        """
        prepare()
        whole = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        check(False)
        kills = 0
        for call in calls:
            n = 1
            while True:
                prepare()
                killed = subprocess.run(
                    ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}", *map(str, command)],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True)
                if killed.returncode == 0:
                    break
                kills += 1
                with self.subTest(call=call, n=n):
                    check(True)
                    again = subprocess.run([str(c) for c in command], capture_output=True, text=True)
                    self.assertEqual(again.returncode, 0, again.stderr)
                    check(False)
                n += 1
        self.assertGreater(kills, 3)

    def read(self, path):
        return path.read_bytes() if path.exists() else None

    def test_flash_image(self):
        old, new = b"o" * 70000, b"n" * 200000
        data = self.dir / "app.bin"
        arguments = self.dir / "flasher_args.json"
        arguments.write_text(json.dumps({"flash_files": {"0x10000": "app.bin"}}))
        flash = self.dir / "flash.bin"
        size = 1 << 20

        def image(content):
            return b"\xff" * 0x10000 + content + b"\xff" * (size - 0x10000 - len(content))

        command = [BUILD / "tools/flash_image/deskboard-flash", "write", "--args", arguments, "--flash", flash, "--flash-size", size]

        def prepare():
            flash.unlink(missing_ok=True)
            data.write_bytes(new)

        def check(killed):
            content = self.read(flash)
            if killed:
                # A chip's flash, too, holds some sectors of the new app when power fails; but it is always a whole flash. Empty:
                # there is none yet.
                self.assertIn(len(content or b""), (0, size))
            else:
                self.assertEqual(content, image(new))

        self.sweep(command, prepare, check)

        def prepare_second():
            data.write_bytes(old)
            flash.unlink(missing_ok=True)
            subprocess.run([str(c) for c in command], check=True, capture_output=True)
            data.write_bytes(new)

        self.sweep(command, prepare_second, check)

    def test_pack(self):
        package = self.dir / "models.espdl"
        command = [BUILD / "tools/espdl/espdl", "pack", MODEL, MODEL.with_name("two.espdl"), "-o", package]
        shutil.copy(MODEL, self.dir / "one.espdl")
        shutil.copy(MODEL, self.dir / "two.espdl")
        command[2:4] = [self.dir / "one.espdl", self.dir / "two.espdl"]
        subprocess.run([str(c) for c in command], check=True, capture_output=True)
        whole = package.read_bytes()
        for old in (None, b"an older package"):
            def prepare():
                package.unlink(missing_ok=True)
                if old:
                    package.write_bytes(old)

            def check(killed):
                self.assertIn(self.read(package), (old, whole) if killed else (whole,))

            self.sweep(command, prepare, check)

    @unittest.skipUnless(shutil.which("mformat"), "mtools is not installed")
    def test_card(self):
        self.write("card/input/a.jpg", "new a" * 3000)
        self.write("card/b.txt", "new b")
        image, card = self.dir / "card.img", self.dir / "imported"
        self.assertEqual(subprocess.run([*FW, "sdcard", "export", image, "--sdcard", self.dir / "card"], capture_output=True).returncode, 0)
        new = {"input/a.jpg": b"new a" * 3000, "b.txt": b"new b"}
        old = {"input/a.jpg": b"old", "kept.txt": b"kept"}

        def prepare():
            shutil.rmtree(card, ignore_errors=True)
            (card / "input").mkdir(parents=True)
            for name, content in old.items():
                (card / name).write_bytes(content)

        def check(killed):
            for name in {**old, **new}:
                self.assertIn(self.read(card / name), (old.get(name), new.get(name)) if killed else (new.get(name, old.get(name)),), name)
            self.assertEqual({p.name for p in card.rglob("*") if p.is_file()} - {"a.jpg", "b.txt", "kept.txt"}, set())

        self.sweep([*FW, "sdcard", "import", image, "--sdcard", card], prepare, check, calls=WRITING_OF_SCRIPTS)

    def test_models_fetch(self):
        # A checkout of its own, so that its store is nobody's.
        checkout = self.dir / "checkout"
        (checkout / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "CMakeLists.txt", checkout)
        shutil.copytree(ROOT / "tools/fw", checkout / "tools/fw", ignore=shutil.ignore_patterns("__pycache__"))
        content = os.urandom(300000)
        source = self.dir / "source" / "p4" / "m.espdl"
        source.parent.mkdir(parents=True)
        source.write_bytes(content)
        index = checkout / "tools/fw/models.json"
        description = json.loads(index.read_text())
        description["models"] = [dict(description["models"][0], chip="p4", name="m.espdl", size=len(content),
                                      sha256=hashlib.sha256(content).hexdigest())]
        index.write_text(json.dumps(description))
        target = checkout / "models/p4/m.espdl"

        def prepare():
            shutil.rmtree(checkout / "models", ignore_errors=True)

        def check(killed):
            self.assertIn(self.read(target), (None, content) if killed else (content,))
            if not killed:
                self.assertEqual([p.name for p in target.parent.iterdir()], ["m.espdl"])  # and nothing left over

        self.sweep([sys.executable, "-B", checkout / "tools/fw/main.py", "models", "fetch", "--from", source.parent.parent], prepare, check,
                   calls=WRITING_OF_SCRIPTS)

    @unittest.skipUnless((BUILD / "tools/quantize/espdl-quantize").exists(), "the quantizer is not built")
    def test_quantize(self):
        component = ROOT / "components/imagenet_cls/models"
        pictures = self.dir / "pictures"
        pictures.mkdir()
        shutil.copy(sorted((component / "calibration").glob("*.jpg"))[0], pictures)
        model = self.dir / "out" / "m.espdl"
        command = [BUILD / "tools/quantize/espdl-quantize", "quantize", component / "shapes_cls_mobilenetv2.onnx", "--calib", pictures,
                   "--mean", "0,0,0", "--std", "255,255,255", "-o", model, "--quiet", "--no-layerwise"]
        model.parent.mkdir()
        subprocess.run([str(c) for c in command], check=True, capture_output=True)
        whole = {path.name: path.read_bytes() for path in model.parent.iterdir()}
        old = {name: b"old" for name in whole}

        def prepare():
            for path in model.parent.iterdir():
                path.unlink()
            for name, content in old.items():
                (model.parent / name).write_bytes(content)

        def check(killed):
            for name in whole:
                self.assertIn(self.read(model.parent / name), (old[name], whole[name]) if killed else (whole[name],), name)
            # The model comes last: with it, all that describes it is there.
            if self.read(model) == whole["m.espdl"]:
                self.assertEqual({name: self.read(model.parent / name) for name in whole}, whole)
            self.assertEqual(killed or {path.name for path in model.parent.iterdir()}, killed or set(whole))

        self.sweep(command, prepare, check, calls=("write", "rename", "unlink", "fsync"))


# Python opens and unmaps a thousand times before its program begins; what it writes is in these.
WRITING_OF_SCRIPTS = tuple(call for call in CALLS if call not in ("openat", "munmap"))


if __name__ == "__main__":
    unittest.main()
