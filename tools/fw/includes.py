#!/usr/bin/env python3
"""Finds what a project's sources include of parts of ESP-IDF that are not emulated, before anything is compiled.

Called by cmake/project.cmake with a file of lines: `source FILE`, `include DIR`, `component DIR` (whose own headers are followed). Ends with 2
and a line for each such part. Only what is certainly compiled counts: an #include within #if is left to the compiler.
"""

import argparse
import re
import sys
from pathlib import Path

import diagnostics
import idf_components

DIRECTIVE = re.compile(r"^\s*#\s*(if|ifdef|ifndef|else|elif|endif|include|include_next|define|pragma)\b\s*(.*)$")
HEADER = re.compile(r'^([<"])([^>"]+)[>"]')
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def certain_includes(text):
    """(line, quoted, name) of every #include that no condition guards; an include guard is none."""
    # A comment may hide directives; its line feeds stay, for the line numbers.
    text = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)
    depth, guard, directives = 0, None, 0
    for number, line in enumerate(text.splitlines(), 1):
        match = DIRECTIVE.match(line)
        if not match:
            continue
        word, rest = match.groups()
        directives += 1
        if word in ("if", "ifdef", "ifndef"):
            depth += 1
            if directives == 1 and word == "ifndef":
                guard = rest.split()[0] if rest.split() else None
        elif word == "define" and directives == 2 and guard and rest.split()[:1] == [guard]:
            depth -= 1
        elif word == "endif":
            depth = max(0, depth - 1)
        elif word == "include" and depth == 0:
            header = HEADER.match(rest)
            if header:
                yield number, header[1] == '"', header[2]
        elif word == "pragma" and directives == 1:
            directives = 0


def scan(sources, folders, absent, limits):
    """The parts that are missing: name -> 'file:line: message'."""
    found, pending, seen = {}, list(sources), set()
    while pending:
        file = pending.pop()
        if file in seen:
            continue
        seen.add(file)
        try:
            text = file.read_text(errors="replace")
        except OSError:
            continue
        for number, quoted, name in certain_includes(text):
            places = ([file.parent] if quoted else []) + folders
            path = next((place / name for place in places if (place / name).is_file()), None)
            if path is None:
                message = diagnostics.header_advice(name, absent)
                if message:
                    found.setdefault(message, f"{file}:{number}: {message}")
            elif any(limit in path.parents for limit in limits):
                pending.append(path)
    return list(found.values())


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("list", type=Path)
    args = parser.parse_args(argv)
    entries = [line.split(" ", 1) for line in args.list.read_text().splitlines() if " " in line]
    sources = [Path(value) for kind, value in entries if kind == "source"]
    folders = [Path(value) for kind, value in entries if kind == "include"] + [args.root / "hal" / "include", Path("/usr/include")]
    limits = [Path(value) for kind, value in entries if kind == "component"]
    absent = diagnostics.absent_headers(idf_components.read_list(args.root))
    messages = scan(sources, folders, absent, limits)
    for message in messages:
        print(message, file=sys.stderr)
    return 2 if messages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
