"""The compiler's launcher in a project's build: compiles, then checks printf() formats as the chip's compiler would.

Usage: compile.py [FLAG...] -- COMMAND...

COMMAND compiles one source. With FLAGs it is run a second time with them, and of what that says only what concerns formats is shown
(cmake/format_check.cmake tells why). Warnings stay warnings; with -Werror in the component's options they are errors.
"""

import os
import re
import subprocess
import sys

# The PC's own opinion about formats.
SILENT = ["-Wno-format", "-Wno-format-truncation", "-Wno-format-overflow"]
WITH_VALUE = ("-o", "-MF", "-MT", "-MQ")
# What a second compilation has no use for, or what does not go together with 32 bits.
DROPPED = re.compile(r"-(M[DMP]*|O.*|g.*|fsanitize.*|fno-sanitize.*|fPIC|m(arch|tune|avx|sse|fma|amx).*|fdiagnostics-color.*)$")
FORMAT = re.compile(r"^(?P<where>.+?:\d+:\d+: )(?P<kind>warning|error): (?P<text>.*) \[-W(error=)?format\S*\]$")


def second_command(command, flags):
    """The command that only checks, and the file that it writes (none where nothing remembers it)."""
    cached = any(os.path.basename(word) == "ccache" for word in command[:6])
    result, output, skip = [], None, False
    for word in command:
        if skip:
            skip = False
            if word and result is not None and output == "":
                output = word + ".formats"
            continue
        if word in WITH_VALUE:
            skip = True
            output = "" if word == "-o" else output
        elif not DROPPED.match(word):
            result.append(word)
    at = next(i for i, word in enumerate(result) if word.startswith("-"))
    result[at:at] = flags
    result += ["-O0", "-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret", "-fdiagnostics-color=never"]
    if cached and output:
        return result + ["-o", output], output
    return result + ["-fsyntax-only"], None


def check(command, flags):
    command, output = second_command(command, flags)
    env = dict(os.environ, LC_ALL="C")
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", env=env)
    if output and os.path.exists(output):
        os.unlink(output)
    failed, seen = False, set()
    for line in result.stderr.splitlines():
        if FORMAT.match(line) and line not in seen:
            seen.add(line)
            failed = failed or " error: " in line
            print(line, file=sys.stderr)
    return 1 if failed else 0


def main(argv):
    at = argv.index("--")
    flags, command = argv[:at], argv[at + 1 :]
    code = subprocess.call(command + SILENT)
    if code == 0 and flags and "-c" in command:
        code = check(command, flags)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
