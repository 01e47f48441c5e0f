"""Builds as much of a configured project as can be built, so that every file's errors are shown. Usage: keep_going.py BUILD_DIR"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "fw"))
import project  # noqa: E402

sys.exit(subprocess.call(["cmake", "--build", sys.argv[1], "--", "-k", "0"], env=dict(project.build_environment(), DESKBOARD_LIBRARIES_BUILT="1")))
