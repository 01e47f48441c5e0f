"""Installs the package into an environment of its own, as docs/python.md says, and runs a test there.

Usage: install_and_test.py ESPDL TEST.py [ARGUMENT...]

Exit code 77: what is needed is not installed.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PACKAGES = {"numpy": "python3-numpy", "pip": "python3-pip", "setuptools": "python3-setuptools", "wheel": "python3-wheel", "venv": "python3-venv"}


def main():
    absent = [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]
    if absent:
        print(f"SKIPPED: apt-get install {' '.join(absent)}")
        return 77
    espdl, test, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        python = os.path.join(folder, "venv", "bin", "python")
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", os.path.join(folder, "venv")], check=True)
        # The program that is under test, instead of one that fw builds.
        env = {**os.environ, "DESKBOARD_ESPDL": espdl, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-build-isolation", "--no-index", str(ROOT)],
                       check=True, env=env, cwd=folder)
        # The installed copy first: without the quantizer beside it, as on a new machine.
        env.pop("DESKBOARD_ESPDL")
        env.pop("PYTHONPATH", None)
        code = "import deskboard, os; p = deskboard._programs.espdl(); assert os.path.dirname(deskboard.__file__) + '/bin/espdl' == p, p"
        subprocess.run([python, "-c", code], check=True, env=env, cwd=folder)
        result = subprocess.run([python, "-B", str(HERE / test), *arguments], env={**env, "DESKBOARD_ESPDL": espdl}, cwd=folder)
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
