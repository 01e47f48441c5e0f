#!/usr/bin/env python3
"""Names C and C++ functions that are too long to read.

    check_functions.py [--limit 80] [FILE...]

Without files: all that git knows below tools/, hal/ and components/. Reads layout as clang-format writes it: a function's
brace ends a line, and the one that closes it stands alone at the same column. Lines of tables (what stands between braces
behind `= {` or `return {`) are not counted. Prints the functions and their lines. Exit code: 0 none, 1 some, 2 bad input.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("tools", "hal", "components", "apps", "examples")
SUFFIXES = (".c", ".cc", ".cpp", ".h", ".hpp")
SCOPE = re.compile(r"^\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s+\"C\")\b")
NO_FUNCTION = re.compile(r"^\s*(?:if|for|while|switch|else|do|try|catch|case|default)\b")
TABLE = re.compile(r"(?:=|\breturn|^) *(?:[A-Za-z_:<>, ]*)\{$")
NAME = re.compile(r"([~\w:]+|operator\S+)\s*\(")


def end_of(lines, start, indent):
    """Index of the line that closes what the line `start` opens."""
    close = re.compile(r"^ {%d}\}" % indent)
    return next((i for i in range(start + 1, len(lines)) if close.match(lines[i])), None)


def table_lines(lines):
    """How many lines of a body are entries of tables."""
    count, i = 0, 0
    while i < len(lines):
        line = lines[i].rstrip()
        indent = len(line) - len(line.lstrip())
        end = end_of(lines, i, indent) if line.endswith("{") and TABLE.search(line.lstrip()) and "(" not in line else None
        if end is not None:
            count += end - i
            i = end
        i += 1
    return count


def functions(lines):
    """(first line, last line, name) of the functions of a file: not of those inside others."""
    i, statement, comment = 0, [], False
    while i < len(lines):
        line = lines[i].rstrip()
        text = line.split("//")[0].rstrip()
        if comment or text.lstrip().startswith("/*"):
            comment = "*/" not in text
            i += 1
            continue
        statement.append(text)
        if text.endswith("{"):
            # The statement's first line decides about the column: arguments may fill several lines.
            joined = " ".join(part.strip() for part in statement)
            first = next(part for part in statement if part.strip())
            indent = len(first) - len(first.lstrip())
            if not SCOPE.match(joined) and not NO_FUNCTION.match(joined) and "(" in joined and "=" not in joined.split("(")[0]:
                end = end_of(lines, i, indent)
                name = NAME.search(joined)
                if end is not None:
                    yield i + 1 - (len(statement) - statement.index(first) - 1), end, name.group(1) if name else joined
                    i = end
            statement = []
        elif text.endswith((";", "}", ":", "};")) or text.startswith("#") or not text.strip():
            statement = []
        i += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=80)
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    files = args.files
    if not files:
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", *FOLDERS], capture_output=True, text=True, check=True)
        files = [ROOT / name for name in listed.stdout.splitlines() if name.endswith(SUFFIXES)]
    count = long = 0
    for file in files:
        try:
            lines = pathlib.Path(file).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
        for first, last, name in functions(lines):
            count += 1
            size = last - first + 2 - table_lines(lines[first:last])
            if size > args.limit:
                long += 1
                print(f"{file}:{first}: {name} has {size} lines, more than {args.limit}")
    print(f"{count} functions, {long} longer than {args.limit} lines")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
