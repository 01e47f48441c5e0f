"""Reads TOML with Python's own reader, or, before Python 3.11, the part of TOML that board profiles use."""

try:
    import tomllib
except ImportError:
    tomllib = None


class TomlError(Exception):
    pass


def load(path):
    text = path.read_text(encoding="utf-8")
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
