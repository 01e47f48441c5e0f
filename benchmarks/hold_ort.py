"""Holds ONNX Runtime to an instruction set below the processor's best one.

ONNX Runtime has no switch for that: it asks the `cpuid` instruction. So a copy of its library gets `ud2` in place of each `cpuid`,
and hold_cpuid.cpp answers the signals that these raise, with AVX-512, AMX and, if wanted, AVX-VNNI left out.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

LEVELS = ("avx2", "avxvnni")
ADDON = Path(__file__).with_name("hold_cpuid.cpp")
LIBRARY = Path("bin/napi-v6/linux/x64/libonnxruntime.so.1")
CPUID, UD2 = b"\x0f\xa2", b"\x0f\x0b"


def text_section(library):
    """Address and position in the file of the section of instructions."""
    for line in subprocess.run(["objdump", "-h", library], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        fields = line.split()
        if len(fields) == 7 and fields[1] == ".text":
            return int(fields[3], 16), int(fields[5], 16)
    sys.exit(f"{library}: no section .text")


def cpuid_addresses(library):
    """Addresses of the instructions. The same two bytes inside another instruction are none."""
    with subprocess.Popen(["objdump", "-d", "-j", ".text", "--no-show-raw-insn", library], stdout=subprocess.PIPE, text=True) as process:
        found = [int(match[1], 16) for match in (re.match(r"\s*([0-9a-f]+):\s+cpuid\b", line) for line in process.stdout) if match]
    if process.returncode != 0 or not found:
        sys.exit(f"{library}: objdump finds no cpuid instruction (exit code {process.returncode})")
    return found


def replace_cpuid(library):
    address, position = text_section(library)
    data = bytearray(library.read_bytes())
    for found in cpuid_addresses(library):
        at = found - address + position
        if data[at:at + 2] != CPUID:
            sys.exit(f"{library}: no cpuid at {found:#x}")
        data[at:at + 2] = UD2
    library.write_bytes(data)


def prepare(folder, version):
    """Copy the package below `folder` and replace its cpuid instructions, unless this version's copy is there. Return the folder
    whose node_modules has the copy, and the addon."""
    held, addon = folder / f"held-{version}", folder / "hold_cpuid.node"
    if not held.is_dir():
        shutil.rmtree(folder / "held.tmp", ignore_errors=True)
        ignored = shutil.ignore_patterns("darwin", "win32", "arm64")
        shutil.copytree(folder / "node_modules", folder / "held.tmp/node_modules", symlinks=True, ignore=ignored)
        replace_cpuid(folder / "held.tmp/node_modules/onnxruntime-node" / LIBRARY)
        (folder / "held.tmp").rename(held)
    if not addon.is_file() or addon.stat().st_mtime < ADDON.stat().st_mtime:
        subprocess.run(["c++", "-std=c++20", "-O2", "-fPIC", "-shared", "-o", addon, ADDON], check=True)
    return held, addon
