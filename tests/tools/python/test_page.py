"""Runs the blocks of docs/python.md as they stand there: shell blocks, and the Python blocks as one session.

Usage: test_page.py ESPDL

Without PyTorch the blocks that need it are left out, with a line that says so, and the network of examples/tutorial_sine takes the place of theirs.
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
NEEDED = {"numpy": "python3-numpy", "pip": "python3-pip", "setuptools": "python3-setuptools", "wheel": "python3-wheel", "venv": "python3-venv"}


def blocks(text):
    """(language, code), in order."""
    return re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def needs_torch(code):
    return "import torch" in code or code.startswith("# PyTorch")


def run(what, command, folder, env):
    print(f"--- {what}", flush=True)
    if subprocess.run(command, cwd=folder, env=env).returncode:
        sys.exit(f"docs/python.md: {what} failed")


def main():
    absent = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if absent:
        print(f"SKIPPED: apt-get install {' '.join(absent)}")
        return 77
    found = blocks((ROOT / "docs" / "python.md").read_text())
    shell, python = ([code for language, code in found if language == wanted] for wanted in ("sh", "python"))
    if len(shell) != 2 or len(python) < 6 or sum(map(needs_torch, python)) != 3:
        sys.exit("docs/python.md no longer has the blocks that this test knows")
    torch = all(importlib.util.find_spec(module) for module in ("torch", "onnx"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "deskboard").symlink_to(ROOT)
        env = {**os.environ, "DESKBOARD_ESPDL": sys.argv[1], "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore",
               "PIP_NO_INDEX": "1", "PATH": "/usr/bin:" + os.environ["PATH"]}
        env.pop("PYTHONPATH", None)
        if not torch:
            print("SKIPPED: the blocks that need PyTorch (apt-get install python3-torch python3-onnx)")
            python = [code for code in python if not needs_torch(code)]
            for file in ("sine.onnx", "calib.npy"):
                shutil.copy(ROOT / "examples" / "tutorial_sine" / "model" / file, folder)
        run("installation", ["sh", "-e", "-c", shell[0]], folder, env)
        (folder / "page.py").write_text("\n".join(python))
        run("Python", ["venv/bin/python", "-B", "page.py"], folder, env)
        run("firmware", ["sh", "-e", "-c", shell[1].replace(" run ", f" run -B {os.environ.get('DESKBOARD_WORK', name)}/page-tutorial_sine ")], folder, env)
    return 0


if __name__ == "__main__":
    sys.exit(main())
