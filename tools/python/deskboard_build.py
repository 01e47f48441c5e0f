"""What `pip install .` does beyond copying the package: it builds espdl and puts it beside.

DESKBOARD_ESPDL names an espdl that is built already.
"""
import os
import pathlib
import re
import shutil
import subprocess

from setuptools.build_meta import *  # noqa: F401,F403  (the hooks that pip calls)
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"^project\(deskboard VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def built_espdl():
    given = os.environ.get("DESKBOARD_ESPDL")
    if given:
        return pathlib.Path(given)
    # Any command that ends at once: fw builds the program first.
    subprocess.run([str(ROOT / "fw"), "espdl", "--version"], check=True)
    host = pathlib.Path(os.environ.get("DESKBOARD_HOST_BUILD") or ROOT / "build" / "host")
    return host / "tools" / "espdl" / "espdl"


class BuildPy(build_py):
    def run(self):
        super().run()
        if getattr(self, "editable_mode", False):
            return  # the package finds the checkout that it lies in
        package = pathlib.Path(self.build_lib) / "deskboard"
        (package / "bin").mkdir(parents=True, exist_ok=True)
        shutil.copy2(built_espdl(), package / "bin" / "espdl")
        # The quantizer is built when it is first used, in the checkout.
        (package / "_checkout.py").write_text(f"ROOT = {str(ROOT)!r}\n")


class BdistWheel(bdist_wheel):
    """Any Python 3, but the machine of the program in it."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]
