#!/usr/bin/env python3
"""From a linked program to what is flashed: the app's image, flasher_args.json and flash_args.

Usage: image.py BUILD/project_description.json

The PC's machine code is not the chip's. The image therefore holds what is the same on both, the embedded files, behind an image
header and an application descriptor; the size of the code is an estimate (CODE_* below) and is labelled so wherever it is printed. With a
32-bit compiler without operating system (fw size --toolchain arm-none-eabi) the app's part of it is measured.
"""

import json
import struct
import subprocess
import sys
from pathlib import Path

from elf import Elf

EMBEDDED = "deskboard_rodata"
CHIP_IDS = {
    "esp32": 0x0000,
    "esp32s2": 0x0002,
    "esp32c3": 0x0005,
    "esp32s3": 0x0009,
    "esp32c6": 0x000D,
    "esp32p4": 0x0012,
    "esp32c5": 0x0017,
    "esp32s31": 0x0020,
}
# ESP-IDF's start-up, drivers and C library that every app carries, and what a byte of the PC program's code and constants becomes
# on the chip: the PC carries each kernel for several instruction sets, and the whole HAL. Both are rough.
CODE_BASE = 220 * 1024
CODE_FACTOR = 0.25


def model_files(description):
    """(file, whether it is read into RAM from the SD card) of every .espdl file that the build puts into the image, a partition or the card."""
    in_flash = description["embedded_files"] + [p["file"] for p in description["partition_files"]]
    files = [(file, False) for file in in_flash] + [(c["file"], True) for c in description["sdcard_files"]]
    return [(file, copied) for file, copied in files if file.endswith(".espdl")]


def parts(elf):
    """(code, constants without the embedded files, initialized data) of the program, in bytes."""
    code = elf.allocated(lambda flags, kind: flags & Elf.EXECUTABLE)
    constants = elf.allocated(lambda flags, kind: not flags & (Elf.EXECUTABLE | Elf.WRITABLE)) - embedded_size(elf)
    data = elf.allocated(lambda flags, kind: flags & Elf.WRITABLE and kind != Elf.NO_BITS)
    return code, constants, data


def code_estimate(elf, description):
    return CODE_BASE + int((1 if is_measured(description) else CODE_FACTOR) * sum(parts(elf)))


def is_measured(description):
    return description["hal"] == "bare"


def embedded_size(elf):
    return elf.sections.get(EMBEDDED, (0, 0, 0, 0))[1]


def app_image(elf, description):
    """Image header, one segment: application descriptor and embedded files; checksum and SHA-256 as a chip's image has."""
    import hashlib  # takes long to load: see main.py

    name = description["project_name"].encode()[:31]
    digest = hashlib.sha256(elf.data).digest()
    descriptor = struct.pack("<IIII32s32s16s16s32s32s80x", 0xABCD5432, 0, 0, 0, b"1", name, b"", b"", b"deskboard", digest)
    segment = descriptor + elf.content(EMBEDDED)
    segment += bytes(-len(segment) % 16)
    chip = CHIP_IDS.get(description["target"], 0xFFFF)
    image = struct.pack("<BBBBIB3sHBHH4sB", 0xE9, 1, 2, 0x4F, 0, 0xEE, b"\0\0\0", chip, 0, 0, 0xFFFF, b"\0\0\0\0", 1)
    image += struct.pack("<II", 0x3C000020, len(segment)) + segment
    checksum = 0xEF
    # XOR over a long segment, eight bytes at a time.
    words = memoryview(segment).cast("Q")
    folded = 0
    for word in words:
        folded ^= word
    for byte in folded.to_bytes(8, "little"):
        checksum ^= byte
    image += bytes(-(len(image) + 1) % 16) + bytes([checksum])
    return image + hashlib.sha256(image).digest()


def partitions(description, build_dir):
    command = [description["parttool"], "--quiet", "--offset", description["partition_table_offset"], "show", "--json"]
    result = subprocess.run(command + [str(build_dir / description["partition_table"])], stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise SystemExit(2)
    return json.loads(result.stdout)


def main():
    path = Path(sys.argv[1])
    build_dir = path.parent
    description = json.loads(path.read_text())
    table = partitions(description, build_dir)

    elf = Elf(build_dir / description["app_elf"])
    image = app_image(elf, description)
    app_bin = build_dir / description["app_bin"]
    if not app_bin.exists() or app_bin.read_bytes() != image:
        app_bin.write_bytes(image)

    apps = [p for p in table if p["type"] == "app"]
    if not apps:
        print(f"Error: {description['partition_table_csv']} has no app partition", file=sys.stderr)
        return 2
    # The bootloader starts the factory app, or the first OTA slot where there is none.
    app = next((p for p in apps if p["subtype"] == "factory"), apps[0])
    embedded, code = embedded_size(elf), code_estimate(elf, description)
    if embedded + code > app["size"]:
        certain = embedded > app["size"]
        size = embedded if certain else embedded + code
        print(
            f"{'Error: app partition is too small for binary' if certain else 'Warning: app partition may be too small for binary'} "
            f"{description['app_bin']} size {size:#x}:\n"
            f"  - Part '{app['name']}' {app['type']}/{app['subtype']} @ {app['offset']:#x} size {app['size']:#x} "
            f"(overflow {size - app['size']:#x}; embedded data {embedded:#x}, code about {code:#x})",
            file=sys.stderr,
        )
        if certain:
            return 2

    files = {
        description["partition_table_offset"]: description["partition_table"],
        hex(app["offset"]): description["app_bin"],
    }
    arguments = {
        "write_flash_args": ["--flash_mode", "dio", "--flash_size", description["flash_size"], "--flash_freq", "80m"],
        "flash_settings": {"flash_mode": "dio", "flash_size": description["flash_size"], "flash_freq": "80m"},
        "flash_files": files,
        "partition-table": {
            "offset": description["partition_table_offset"],
            "file": description["partition_table"],
            "encrypted": "false",
        },
        "app": {"offset": hex(app["offset"]), "file": description["app_bin"], "encrypted": "false"},
        "extra_esptool_args": {"after": "hard_reset", "before": "default_reset", "stub": True, "chip": description["target"]},
    }
    for entry in description["partition_files"]:
        label, file = entry["partition"], Path(entry["file"])
        partition = next((p for p in table if p["name"] == label), None)
        if partition is None:
            print(
                f"Error: {description['partition_table_csv']} has no partition '{label}', into which {file} is to be flashed",
                file=sys.stderr,
            )
            return 2
        if file.stat().st_size > partition["size"]:
            print(
                f"Error: {file} ({file.stat().st_size} bytes) does not fit into partition '{label}' ({partition['size']} bytes) of "
                f"{description['partition_table_csv']}",
                file=sys.stderr,
            )
            return 2
        files[hex(partition["offset"])] = str(file)
        arguments[label] = {"offset": hex(partition["offset"]), "file": str(file), "encrypted": "false"}
    (build_dir / "flasher_args.json").write_text(json.dumps(arguments, indent=2) + "\n")
    flash_args = [" ".join(arguments["write_flash_args"])] + [f"{offset} {file}" for offset, file in files.items()]
    (build_dir / "flash_args").write_text("\n".join(flash_args) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
