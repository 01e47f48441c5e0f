"""What the tests share: the checkout, a temporary folder, fw as a subprocess."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROJECTS = Path(__file__).resolve().parent / "projects"
sys.path.insert(0, str(ROOT / "tools" / "fw"))


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="deskboard-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


def run(command, **environment):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DESKBOARD_BOARD")}
    env.update({k: str(v) for k, v in environment.items()})
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def fw(*arguments, **environment):
    return run([sys.executable, "-B", ROOT / "tools" / "fw" / "main.py", *arguments], **environment)
