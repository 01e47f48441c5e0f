"""Reads the part of YAML that idf_component.yml files use: nested mappings, lists, plain and quoted scalars, [a, b], comments."""


class YamlError(Exception):
    pass


def load(path):
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text, name="input"):
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = _strip_comment(raw).rstrip()
        if not line.strip() or line.strip() == "---":
            continue
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise YamlError(f"{name}:{number}: a tab in the indentation")
        lines.append((number, len(line) - len(line.lstrip()), line.strip()))
    if not lines:
        return {}
    value, rest = _block(lines, lines[0][1], name)
    if rest:
        raise YamlError(f"{name}:{rest[0][0]}: the indentation fits no block")
    return value


def _block(lines, indent, name):
    if lines[0][2].startswith("- ") or lines[0][2] == "-":
        return _sequence(lines, indent, name)
    return _mapping(lines, indent, name)


def _sequence(lines, indent, name):
    result = []
    while lines and lines[0][1] == indent and (lines[0][2].startswith("- ") or lines[0][2] == "-"):
        number, _, text = lines[0]
        rest = text[1:].lstrip()
        if not rest:
            lines = lines[1:]
            if lines and lines[0][1] > indent:
                value, lines = _block(lines, lines[0][1], name)
            else:
                value = None
        elif _key_end(rest) >= 0:
            # "- key: value" opens a mapping that is indented to the key.
            inner = indent + len(text) - len(rest)
            value, lines = _mapping([(number, inner, rest)] + lines[1:], inner, name)
        else:
            value, lines = _scalar(rest, name, number), lines[1:]
        result.append(value)
    return result, lines


def _mapping(lines, indent, name):
    result = {}
    while lines and lines[0][1] == indent:
        number, _, text = lines[0]
        if text.startswith("- "):
            break
        end = _key_end(text)
        if end < 0:
            raise YamlError(f"{name}:{number}: 'key: value' expected, found '{text}'")
        key = _unquote(text[:end].strip())
        rest = text[end + 1 :].strip()
        lines = lines[1:]
        if rest in ("|", ">", "|-", ">-"):
            words = []
            while lines and lines[0][1] > indent:
                words.append(lines[0][2])
                lines = lines[1:]
            value = ("\n" if rest[0] == "|" else " ").join(words)
        elif rest:
            value = _scalar(rest, name, number)
        elif lines and (lines[0][1] > indent or (lines[0][1] == indent and lines[0][2].startswith("- "))):
            value, lines = _block(lines, lines[0][1], name)
        else:
            value = None
        result[key] = value
    if lines and lines[0][1] > indent:
        raise YamlError(f"{name}:{lines[0][0]}: the indentation fits no block")
    return result, lines


def _key_end(text):
    """Position of the colon that ends a key, or -1."""
    quote = None
    for i, c in enumerate(text):
        if quote:
            if c == quote:
                quote = None
        elif c in "\"'":
            if text[:i].strip():
                return -1
            quote = c
        elif c == ":" and (i + 1 == len(text) or text[i + 1] == " "):
            return i
        elif c in "[{":
            return -1
    return -1


def _scalar(text, name, number):
    if text.startswith("["):
        if not text.endswith("]"):
            raise YamlError(f"{name}:{number}: ']' is missing")
        return [_scalar(v.strip(), name, number) for v in text[1:-1].split(",") if v.strip()]
    if text == "{}":
        return {}
    if text in ("true", "True", "yes"):
        return True
    if text in ("false", "False", "no"):
        return False
    if text in ("null", "~"):
        return None
    return _unquote(text)


def _unquote(text):
    if len(text) >= 2 and text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1]
    return text


def _strip_comment(line):
    quote = None
    for i, c in enumerate(line):
        if quote:
            if c == quote:
                quote = None
        elif c in "\"'" and (i == 0 or line[i - 1] in " [,:"):
            quote = c
        elif c == "#" and (i == 0 or line[i - 1] == " "):
            return line[:i]
    return line
