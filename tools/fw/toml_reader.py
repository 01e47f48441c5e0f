"""Reads TOML with Python's own reader, or, before Python 3.11, the part of TOML that board profiles use."""

import contextlib
import json
import os
import time
import zlib
from pathlib import Path

RECORDS = Path(__file__).resolve().parents[2] / "build"
# A file that was written so lately may be written once more without another time: nanoseconds.
LATELY = 2_000_000_000


class TomlError(Exception):
    pass


def pythons_own():
    """Python's own reader, or None. To load it takes longer than to read a board's profile."""
    try:
        import tomllib
    except ImportError:
        return None
    return tomllib


def load(path):
    """What was read is kept as JSON, and taken from there as long as the file's time and size are the same."""
    status = path.stat()
    state = [os.path.abspath(path), status.st_mtime_ns, status.st_size, status.st_ino]
    record = RECORDS / f".toml-{zlib.crc32(state[0].encode(errors='surrogateescape')):08x}.json"
    try:
        kept = json.loads(record.read_text())
        if kept["state"] == state:
            return kept["table"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or half of one
    table = read(path)
    if 0 <= status.st_mtime_ns < time.time_ns() - LATELY:
        keep(record, {"state": state, "table": table})
    return table


def keep(record, content):
    part = record.with_suffix(f".{os.getpid()}.part")
    try:
        RECORDS.mkdir(exist_ok=True)
        part.write_text(json.dumps(content))
        part.replace(record)
    except (OSError, ValueError, TypeError):
        # A checkout that cannot be written, or a date, which JSON has not.
        with contextlib.suppress(OSError):
            part.unlink()


def read(path):
    text = path.read_text(encoding="utf-8")
    tomllib = pythons_own()
    if tomllib:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TomlError(str(error)) from None
    return parse(text)


def parse(text):
    """Tables, arrays of tables, strings, integers, floats, booleans and one-line arrays."""
    root = {}
    table = root
    for number, raw in enumerate(text.splitlines(), 1):
        line = _strip_comment(raw).strip()
        if not line:
            continue
        if line.startswith("[[") and line.endswith("]]"):
            parent, key = _descend(root, line[2:-2], number)
            table = {}
            parent.setdefault(key, []).append(table)
        elif line.startswith("[") and line.endswith("]"):
            parent, key = _descend(root, line[1:-1], number)
            table = parent.setdefault(key, {})
        elif "=" in line:
            key, value = line.split("=", 1)
            parent, key = _descend(table, key, number)
            parent[key] = _value(value.strip(), number)
        else:
            raise TomlError(f"line {number}: neither a [table] nor key = value")
    return root


def _descend(table, dotted, number):
    keys = [k.strip().strip('"') for k in dotted.strip().split(".")]
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if isinstance(table, list):
            table = table[-1]
    if not keys[-1]:
        raise TomlError(f"line {number}: a key is missing")
    return table, keys[-1]


def _strip_comment(line):
    quote = None
    for i, c in enumerate(line):
        if quote:
            if c == quote:
                quote = None
        elif c in "\"'":
            quote = c
        elif c == "#":
            return line[:i]
    return line


def _value(text, number):
    if text[:1] in ("'", '"') and text[-1:] == text[:1] and len(text) >= 2:
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("[") and text.endswith("]"):
        return [_value(v.strip(), number) for v in _split(text[1:-1]) if v.strip()]
    if text.startswith("{") and text.endswith("}"):
        result = {}
        for item in _split(text[1:-1]):
            if item.strip():
                key, value = item.split("=", 1)
                result[key.strip().strip('"')] = _value(value.strip(), number)
        return result
    try:
        return int(text.replace("_", ""), 0)
    except ValueError:
        pass
    try:
        return float(text.replace("_", ""))
    except ValueError:
        raise TomlError(f"line {number}: '{text}' is no value") from None


def _split(text):
    parts, depth, quote, start = [], 0, None, 0
    for i, c in enumerate(text):
        if quote:
            if c == quote:
                quote = None
        elif c in "\"'":
            quote = c
        elif c in "[{":
            depth += 1
        elif c in "]}":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return parts
