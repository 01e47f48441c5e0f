"""Machines other than this one, as --toolchain names them: their compilers, and what runs their programs here.

The build of the libraries for one lies in build/<name>; the tools of a project's build stay this machine's.
"""

import subprocess
from pathlib import Path

import bootstrap
from console import Failure

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "cmake" / "toolchains"


class Toolchain:
    def __init__(self, name, file, sysroot, packages, bare=False):
        self.name, self.packages = name, packages
        self.file = FOLDER / file
        self.sysroot = [str(FOLDER / sysroot[0]), *sysroot[1:]]
        self.bare = bare  # no operating system: hal/bare, which has neither flash nor a card, nor arguments

    @property
    def build(self):
        return ROOT / "build" / self.name

    def prepare(self):
        """The compiler, and the target's libraries: at once where they are there."""
        bootstrap.ensure_names(self.packages)
        result = subprocess.run(self.sysroot, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode:
            said = result.stdout.strip().splitlines()
            raise Failure(f"the libraries for {self.name} cannot be made ({Path(self.sysroot[0]).name}): {said[-1] if said else 'it ended'}")


TOOLCHAINS = {
    toolchain.name: toolchain
    for toolchain in (
        Toolchain("aarch64", "aarch64-linux-gnu.cmake", ["linux-sysroot.sh", "aarch64"], ["g++-aarch64-linux-gnu", "qemu-user"]),
        Toolchain("riscv64", "riscv64-linux-gnu.cmake", ["linux-sysroot.sh", "riscv64"], ["g++-riscv64-linux-gnu", "qemu-user"]),
        Toolchain(
            "arm-none-eabi",
            "arm-none-eabi.cmake",
            ["arm-none-eabi-sysroot.sh"],
            ["dpkg-dev", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "libstdc++-arm-none-eabi-newlib", "qemu-system-arm"],
            bare=True,
        ),
    )
}


def find(name):
    if name is None:
        return None
    if name not in TOOLCHAINS:
        raise Failure(f"--toolchain {name}: it is one of {', '.join(TOOLCHAINS)}")
    return TOOLCHAINS[name]
