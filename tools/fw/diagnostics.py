"""What CMake, the compiler and the linker say, with what a person needs first: the error, its file and line."""

import re

from idf_components import advice

CMAKE_BLOCK = re.compile(r"^CMake (?P<kind>Error|Warning|Deprecation Warning)( \(dev\))?( at (?P<where>.+?:\d+) \((?P<command>.+?)\)| in (?P<file>\S+))?:\s*(?P<rest>.*)$")
DIAGNOSTIC = re.compile(r"^(?P<where>\S.*?:\d+(:\d+)?): (?P<kind>fatal error|error|warning|note): ")
CONTEXT = re.compile(r"^(In file included from |\s+from |\S.*: In |\S.*: At |\S.*:   (required|in) )")
MISSING_HEADER = re.compile(r"fatal error: (?P<name>\S+): No such file or directory")
STEP = re.compile(r"^\[\d+/\d+\] ")
NO_SPACE = "No space left on device"


def cmake_messages(output):
    """(kind, 'file:line', text) of every error and warning of a CMake run."""
    lines = output.splitlines()
    messages, at = [], 0
    while at < len(lines):
        match = CMAKE_BLOCK.match(lines[at])
        at += 1
        if not match:
            continue
        text = [match["rest"]] if match["rest"] else []
        # The text is indented and may have blank lines; the call stack and what CMake says next are not.
        while at < len(lines) and (not lines[at] or lines[at].startswith(" ")):
            text.append(lines[at])
            at += 1
        paragraphs = re.split(r"\n\s*\n", "\n".join(text).strip())
        joined = "\n".join(" ".join(p.split()) for p in paragraphs)
        messages.append((match["kind"].split()[-1].lower(), match["where"] or match["file"], joined))
    return messages


def configure_report(output, source, error_file=None):
    """The reason why a CMake run failed, without everything that went well."""
    if error_file is not None and error_file.is_file():
        return error_file.read_text(errors="replace").strip()
    errors = [(where, text) for kind, where, text in cmake_messages(output) if kind == "error"]
    if not errors:
        return output.strip()
    lines = []
    for where, text in errors:
        if where and not where.startswith("/"):
            where = f"{source}/{where}"
        line = f"{where}: error: {text}" if where else f"error: {text}"
        if line not in lines:
            lines.append(line)
    return "\n".join(lines)


def configure_warnings(output):
    """Warnings and notes of a CMake run that went well, one line each."""
    lines = [line for line in output.splitlines() if line.startswith("note: ")]
    for kind, where, text in cmake_messages(output):
        if kind == "warning" and "policy" not in text.lower():
            lines.append(f"{where}: warning: {text}" if where else f"warning: {text}")
    return lines


def _split(lines):
    """The compiler's output as (kind, lines): what leads to a diagnostic and what follows it belong to it."""
    parts, leading = [], []
    for line in lines:
        match = DIAGNOSTIC.match(line)
        if match and match["kind"] != "note":
            parts.append([match["kind"], leading + [line]])
            leading = []
        elif CONTEXT.match(line):
            leading.append(line)
        elif parts and not leading:
            parts[-1][1].append(line)
        else:
            leading.append(line)
    if leading:
        parts.append(["", leading])
    return parts


def absent_headers(listed):
    return {header: entry for entry in listed.values() for header in entry.absent}


def header_advice(name, absent):
    """What is to be said of a header that was not found, if it belongs to a part that is not emulated or to a component."""
    for pattern, entry in absent.items():
        if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name):
            if entry.provided:
                return f"{name} belongs to the component '{entry.name}': name it in the REQUIRES of the component that includes it."
            return f"{name} is not emulated: {entry.what}. {advice(entry.name)}"
    return None


def build_report(lines, absent=None):
    """What a failed ninja run said: errors first, then the rest; no command lines, no progress."""
    errors, others, block = [], [], []

    def finish():
        for kind, part in _split(block):
            wrong = "error" in kind or (not kind and any("undefined reference" in p or "error" in p.lower() for p in part))
            (errors if wrong else others).append("\n".join(part))
            if wrong and absent:
                for line in part:
                    match = MISSING_HEADER.search(line)
                    hint = match and header_advice(match["name"], absent)
                    if hint:
                        errors.append(hint)
        block.clear()

    command_follows = False
    for line in lines:
        line = line.rstrip("\n")
        if line.startswith("FAILED: "):
            finish()
            command_follows = True
        elif command_follows:
            command_follows = False
        elif STEP.match(line):
            finish()
        elif not line.startswith(("ninja: build stopped", "ninja: subcommand failed")) and line != "compilation terminated.":
            block.append(line)
    finish()
    seen = dict.fromkeys(part for part in errors + others if part.strip())
    return "\n".join(seen)
