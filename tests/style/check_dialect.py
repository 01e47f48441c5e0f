#!/usr/bin/env python3
"""Names places that are not written in the one dialect of CONTRIBUTING.md.

    check_dialect.py [FILE...]

Looks at C++ in components/, hal/ and tools/ (without files: all that git knows there) for what clang-tidy 14 cannot find, or not in
sources that its build leaves out:

- casts: C-style casts;
- null tests: a comparison with nullptr where a condition would do;
- constants: a constant with the prefix k;
- comments: /// above a declaration, /** */ beside a member.

Prints the places. Exit code: 0 none, 1 some, 2 bad input.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
NUMBER = (r"(?:(?:const |unsigned )*(?:u?int(?:8|16|32|64|ptr)?_t|int|char|short|long(?: long)?|float|double|bool|s?size_t|unsigned"
          r"(?: (?:int|long|char))?|T|In|Out|U|Packed|Real|Sum|Index)|(?:const )?[\w:]+_t)")
POINTER = r"(?:const )?[A-Za-z_][\w:]*(?:<[^()<>]*>)? (?:const )?\*+"
CAST = re.compile(r"(?<![\w\])>])\((?:" + NUMBER + "|" + POINTER + r")\)(?=[\w(&*~!-])(?!const\b|override\b|noexcept\b)")
BEHIND_NAME = re.compile(r"(?:[\w\])]|(?<![\s-])>)(?<!\breturn)(?<!\bcase)\s*$")
NULL = re.compile(r"=\s*=\s*nullptr\b|nullptr\s*[!=]=|(?:&&|\|\||\bif \((?!__builtin_expect)|\bwhile \()[^;&|]*!=\s*nullptr\b|!=\s*nullptr\)?\s*(?:&&|\|\||\?)")
CONSTANT = re.compile(r"\bconstexpr\b[^;=(){}]*\b(k[A-Z]\w*|k_\w+)\s*(?:\[[^]]*\]\s*)*[={;]")
ABOVE = re.compile(r"^\s*///(?!<)")
BESIDE = re.compile(r"[;,{]\s*/\*\*")


def findings(path, text):
    """(line, reason) of the places in a file."""
    code = HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)

    def line(at):
        return code.count("\n", 0, at) + 1

    for match in CAST.finditer(code):
        before = code[:match.start()]
        if not BEHIND_NAME.search(before[-80:]) and not before.rstrip().endswith("sizeof"):
            yield line(match.start()), f"C-style cast '{match.group()}'"
    for match in NULL.finditer(code):
        if not match.group().startswith("nullptr") or "constexpr" not in code[max(0, match.start() - 80):match.start()]:
            yield line(match.start()), "a null pointer is tested as a condition: '!p', 'if (p)'"
    for match in CONSTANT.finditer(code):
        if path.parts[:2] != ("tools", "quantize"):
            yield line(match.start()), f"constant '{match.group(1)}' is not UPPER_CASE"
    for number, content in enumerate(text.split("\n"), 1):
        if ABOVE.match(content):
            yield number, "'///' above a declaration is written '/** */'"
        elif BESIDE.search(content) and content.rstrip().endswith("*/"):
            yield number, "'/** */' beside a member is written '///<'"


def main():
    names = sys.argv[1:]
    if not names:
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "components", "hal", "tools"], capture_output=True, text=True, check=True)
        names = [name for name in listed.stdout.splitlines() if name.endswith((".cpp", ".hpp"))]
    count = 0
    for name in names:
        try:
            text = (ROOT / name).read_text()
        except (OSError, UnicodeDecodeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        for number, reason in findings(pathlib.PurePosixPath(name), text):
            count += 1
            print(f"{name}:{number}: {reason}")
    print(f"{len(names)} files, {count} places in another dialect")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
