"""`fw sdcard import|export`: the emulated card's folder from and to a FAT32 image, through mtools."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

from console import Failure, say

MEGABYTE = 1024 * 1024
FAT_TYPES = (0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E)


def _mtools(*command):
    if not shutil.which(command[0]):
        raise Failure(f"{command[0]} is missing: apt-get install mtools")
    # A card from a camera or a chip need not have the geometry that mtools expects.
    env = dict(os.environ, MTOOLS_SKIP_CHECK="1")
    result = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    if result.returncode:
        raise Failure(f"{command[0]}: {result.stderr.strip()}")
    return result.stdout


def file_system_offset(image):
    """0 for a bare file system; where the first FAT partition begins on an image with a partition table."""
    with open(image, "rb") as file:
        sector = file.read(512)
    if len(sector) < 512 or sector[510:] != b"\x55\xaa":
        raise Failure(f"{image}: no FAT file system and no partition table")
    if sector[54:57] == b"FAT" or sector[82:85] == b"FAT":
        return 0
    for entry in range(446, 510, 16):
        kind, start = sector[entry + 4], struct.unpack_from("<I", sector, entry + 8)[0]
        if kind in FAT_TYPES and start:
            return start * 512
    raise Failure(f"{image}: no FAT partition in its partition table")


def import_image(image, card):
    if not image.is_file():
        raise Failure(f"{image}: there is no such file")
    offset = file_system_offset(image)
    card.mkdir(parents=True, exist_ok=True)
    staged = card.with_name(f".{card.name}.part")
    shutil.rmtree(staged, ignore_errors=True)  # of an import that was killed
    staged.mkdir()
    try:
        _mtools("mcopy", "-s", "-n", "-m", "-i", f"{image}@@{offset}", "::*", staged)
        _move_files(staged, card)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    say(f"{image} -> {card}")
    return 0


def _move_files(source, target):
    """Every file of source takes its place below target whole: another file of that name, or this one, never part of it."""
    for folder, _, names in os.walk(source):
        place = target / Path(folder).relative_to(source)
        try:
            place.mkdir(exist_ok=True)
            for name in names:
                os.replace(Path(folder) / name, place / name)
        except OSError as error:
            raise Failure(f"{error.filename2 or error.filename}: {error.strerror}") from None


def export_image(image, card, size):
    if not card.is_dir():
        raise Failure(f"{card}: there is no such folder; the app has not run yet")
    content = sum(p.stat().st_size for p in card.rglob("*") if p.is_file())
    # FAT32 needs 65525 clusters; below that a file system of this kind is none.
    smallest = max(64 * MEGABYTE, content + content // 8 + MEGABYTE)
    size = size or -(-smallest // MEGABYTE) * MEGABYTE
    if size < smallest:
        raise Failure(f"--size: {smallest} bytes are needed at least for {content} bytes of files on FAT32")
    temporary = image.with_name(image.name + ".part")
    temporary.unlink(missing_ok=True)
    try:
        _mtools("mformat", "-C", "-F", "-c", "1", "-T", size // 512, "-i", temporary, "::")
        entries = sorted(card.iterdir())
        if entries:
            _mtools("mcopy", "-s", "-m", "-i", temporary, *entries, "::")
        temporary.replace(image)
    finally:
        temporary.unlink(missing_ok=True)
    say(f"{card} -> {image}")
    return 0
