"""Installs the Debian packages that the build needs, where they are missing.

As a program: bootstrap.py PACKAGE... installs what a component asks for (packages in its deskboard.yml).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from console import Failure, say

LIST = Path(__file__).with_name("packages.txt")
# What the quantizer alone needs: installed when it is first used.
QUANTIZER_LIST = Path(__file__).with_name("packages-quantizer.txt")
# The same for the export to ONNX.
ONNX_LIST = Path(__file__).with_name("packages-onnx.txt")
# And for `fw pytest` and `fw coverage`.
PYTEST_LIST = Path(__file__).with_name("packages-pytest.txt")
COVERAGE_LIST = Path(__file__).with_name("packages-coverage.txt")
CMAKE = (3, 25)
# What dpkg knows of all packages: it makes this file anew whenever a package is installed or removed.
DPKG_STATUS = Path("/var/lib/dpkg/status")
RECORDS = Path(__file__).resolve().parents[2] / "build"


def wanted(file=LIST):
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def missing(file=LIST):
    return missing_names(wanted(file))


def missing_names(packages):
    """The packages that dpkg does not know as installed (None without dpkg). Names that other packages provide count as installed."""
    if not shutil.which("dpkg-query"):
        return None
    result = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}\t${Package}\t${Provides}\n"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    have = set()
    for line in result.stdout.splitlines():
        status, package, provides = line.split("\t")
        if status.endswith(" installed"):
            have.add(package)
            have.update(p.split()[0] for p in provides.split(",") if p.strip())
    return [package for package in packages if package not in have]


def ensure(file=LIST):
    """Asks dpkg only where its database, the list, PATH or the record of the last answer has changed: a process less in every `fw run`."""
    state = [[str(path), status.st_mtime_ns, status.st_size, status.st_ino] for path, status in
             ((path, path.stat()) for path in (DPKG_STATUS, file) if path.exists())]
    state.append(os.environ.get("PATH"))
    record = RECORDS / f".{file.name}.installed"
    try:
        if len(state) == 3 and json.loads(record.read_text()) == state:
            return
    except (OSError, ValueError):
        pass  # there is none, or half of one
    ensure_names(wanted(file))
    if len(state) == 3:
        # The state from before: what dpkg has done meanwhile is asked about the next time.
        try:
            RECORDS.mkdir(exist_ok=True)
            record.write_text(json.dumps(state))
        except OSError:
            pass  # a checkout that cannot be written is asked about every time


def ensure_names(packages):
    """Nothing is done, and nothing said, where all packages are there."""
    absent = missing_names(packages)
    if absent is None:
        # No Debian: the build says itself what it misses.
        return
    if not absent:
        return
    say(f"fw: installing {' '.join(absent)}")
    if not shutil.which("apt-get"):
        raise Failure(f"there is no apt-get here; install these packages first: {' '.join(absent)}")
    prefix = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise Failure(f"neither root nor sudo; install these packages first: {' '.join(absent)}")
        prefix = ["sudo"]
    env = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"]
    install = prefix + env + ["apt-get", "install", "-y", "-qq", "-o", "DPkg::Lock::Timeout=600", "--no-install-recommends"] + absent
    # A fresh machine has no package lists; one that has them needs no update.
    for command in (install, prefix + env + ["apt-get", "update", "-qq"], install):
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode == 0 and command is install:
            break
    still = missing_names(packages)
    if still:
        unknown = [package for package in still if re.search(rf"(Unable to locate package|Package) '?{re.escape(package)}\b", result.stdout)]
        if unknown:
            raise Failure(f"this system has no package {' '.join(unknown)} (Debian 12 and 13 have it)")
        print(result.stdout.strip())
        raise Failure(f"apt-get could not install these packages; install them first: {' '.join(still)}")


def require_cmake():
    """CMakeLists.txt refuses an older one, too, but behind many lines."""
    result = subprocess.run(["cmake", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    version = re.search(r"(\d+)\.(\d+)[.\w-]*", result.stdout)
    if version and (int(version[1]), int(version[2])) < CMAKE:
        needed = ".".join(map(str, CMAKE))
        raise Failure(f"CMake {version[0]} is too old: {needed} is needed, which Debian 12, Ubuntu 24.04 and later ones have")


if __name__ == "__main__":
    try:
        ensure_names(sys.argv[1:])
    except Failure as failure:
        sys.exit(str(failure))
