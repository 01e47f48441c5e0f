"""Whether a build folder still is as its last build left it. Then ninja need not be asked.

Ninja answers that question itself, but reads everything anew for it, and CMake expands the file patterns in another process. Here one
record per build has every file that ninja knows of its targets (sources, headers, what is generated), and every folder that the patterns
look into, with times and sizes. As long as all of them are the same, ninja finds nothing to do.
"""

import glob
import json
import os
import re
import subprocess
import zlib

# file(GLOB ...) of CMake's script that looks for new files.
PATTERN = re.compile(r'^file\((GLOB|GLOB_RECURSE) NEW_GLOB .*"(.+)"\)$', re.MULTILINE)


def record_of(folder, command):
    """Of a command; two may have the same one, so it says whose it is. (hashlib would take as long to load as all files take to look at.)"""
    return folder / f".fw-fresh-{zlib.crc32(json.dumps(command).encode()):08x}.json"


def state_of(path):
    """Time and size; None where nothing is. Ninja's targets without a file are such, too."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]


def is_fresh(folder, command):
    try:
        record = json.loads(record_of(folder, command).read_text())
        return record["command"] == command and all(state_of(path) == state for path, state in record["states"].items())
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return False  # there is no record, or half of one


def note_build(folder, command, started):
    """After a build without an error. A file that was written since the build's start may have been read before that: then there is no
    record, and the next build, which finds nothing to do, leaves it.

    @param started time.time_ns()
    """
    if os.path.basename(command[0]) != "ninja":
        return
    record = record_of(folder, command)
    record.unlink(missing_ok=True)
    try:
        inputs = ask(command[0], folder, "inputs", *command[1:], "build.ninja") + files_of(command[0], folder, command[1:])
        # Ninja prints of each object a line of its own, and its headers with an indent.
        objects = [path for path in inputs if path.endswith(".o")]
        headers = {line.strip() for line in ask(command[0], folder, "deps", *objects) if line.startswith(" ")} if objects else set()
        made = {line.rpartition(": ")[0] for line in ask(command[0], folder, "targets", "all")}
    except (OSError, subprocess.CalledProcessError):
        return  # another program than ninja, or one that is too old for the question
    states = {}
    for path in {*inputs, *headers}:
        absolute = os.path.join(folder, path)
        states[absolute] = state = state_of(absolute)
        if state and path not in made and state[0] >= started:
            return
    for path in pattern_folders(folder):
        states[path] = state_of(path)
    part = record.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps({"command": command, "states": states}))
        part.replace(record)
    except OSError:
        part.unlink(missing_ok=True)


def ask(ninja, folder, tool, *arguments):
    result = subprocess.run([ninja, "-t", tool, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            errors="replace", check=True)
    return result.stdout.splitlines()


def files_of(ninja, folder, targets):
    """The files that the targets' names stand for; `ninja -t inputs` leaves these out."""
    found, seen = [], set()
    while targets:
        seen.update(targets)
        inputs, rule = [], ""
        for line in ask(ninja, folder, "query", *targets):
            if not line.startswith(" "):
                target, part = line[:-1], ""
            elif not line.startswith("    "):
                part, _, rule = line.strip().partition(":")
                if part == "input" and rule.strip() != "phony":
                    found.append(target)
            elif part == "input" and rule.strip() == "phony":
                inputs.append(line.strip().removeprefix("| ").removeprefix("|| "))
        targets = [name for name in dict.fromkeys(inputs) if name not in seen]
    return found


def pattern_folders(folder):
    """Every folder in which a new or a removed entry would change what a pattern finds; also those that are not there yet."""
    script = folder / "CMakeFiles" / "VerifyGlobs.cmake"
    text = script.read_text(errors="replace") if script.is_file() else ""
    found = set()
    for kind, pattern in set(PATTERN.findall(text)):
        where = os.path.dirname(pattern)
        folders = {where}
        while glob.has_magic(where):
            where = os.path.dirname(where)
            folders.add(where)
        for name in folders:
            every = glob.glob(name) if glob.has_magic(name) else [name]
            found.update(every)
            if kind == "GLOB_RECURSE" and name == os.path.dirname(pattern):
                found.update(path for base in every for path, _, _ in os.walk(base))
    return found
