"""The log that a README prints, and how much of it a run repeats."""

import re

# A tag ends at the first colon with a space behind it: "dl::Model" is one.
LOG_LINE = re.compile(r"^(?:\x1b\[[0-9;]*m)*([EWIDV]) \((\d+)\) (.+?): (.*?)(?:\x1b\[0m)?\s*$")
# A README may leave the log's prefix out.
RESULT = re.compile(r"^[a-z_][\w ]*: .*\d")
# An app may print its results without the log, between the system's lines.
PRINTED = re.compile(r"^\s*[A-Za-z_][\w -]*: .*\d")
# What depends on the machine: times, and addresses.
NOISE = (
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|us|s)\b"), "<time>"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "<address>"),
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# Lines of the system, not of the app: a board says them in its own way.
SYSTEM = ("main_task", "FbsLoader", "dl::Model", "MemoryManagerGreedy", "dl_base", "image_dl", "app_init", "cpu_start", "heap_init")


def text_of(line):
    """A log line without time and colour, its noise masked; None for a line of the system or one that holds nothing."""
    match = LOG_LINE.match(line)
    if match:
        tag, text = match[3].strip(), match[4].strip()
        if tag in SYSTEM or not text:
            return None
        text = f"{tag}: {text}"
    else:
        text = line.strip()
        if not text:
            return None
    for pattern, word in NOISE:
        text = pattern.sub(word, text)
    return text


def logs(readme):
    """The log blocks of a README: one list of lines for each."""
    found = []
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", readme, re.S | re.M):
        lines = [line for line in block.splitlines() if LOG_LINE.match(line)]
        if not lines:
            lines = [line for line in block.splitlines() if RESULT.match(line)]
            if len(lines) != len([line for line in block.splitlines() if line.strip()]):
                continue
        texts = [text for text in map(text_of, lines) if text]
        if lines and not texts:
            texts = [text_of(line) for line in block.splitlines() if PRINTED.match(line)]
        if texts:
            found.append(texts)
    return found


def shape(text):
    """What is left of a line when its numbers are taken out."""
    return NUMBER.sub("#", text)


def compare(expected, output):
    """How many of the expected lines the output has, in order, as (equal, all, first difference).

    A line counts when it stands in the output as it is (or, where the README leaves the prefix out, behind one). A line of
    the output that looks like an expected one and is none counts against the whole: `equal` is then less than `all`.
    """
    got = [text for text in map(text_of, output.splitlines()) if text]
    prefixed = any(LOG_LINE.match(line) for line in output.splitlines())

    def same(line, wanted):
        return line == wanted or (prefixed and line.endswith(": " + wanted))

    # The longest common subsequence: one line too many must not shift all others.
    rows, columns = len(expected), len(got)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            best[i][j] = best[i + 1][j + 1] + 1 if same(got[j], expected[i]) else max(best[i + 1][j], best[i][j + 1])
    i = j = 0
    missing, taken = [], set()
    while i < rows:
        if j < columns and same(got[j], expected[i]):
            taken.add(j)
            i, j = i + 1, j + 1
        elif j < columns and best[i][j + 1] >= best[i + 1][j]:
            j += 1
        else:
            missing.append(expected[i])
            i += 1
    shapes = {shape(line) for line in expected}
    extra = [line for k, line in enumerate(got) if k not in taken and (shape(line) in shapes or shape(line.split(": ", 1)[-1]) in shapes)]
    equal = rows - len(missing)
    if missing:
        near = next((line for line in extra if shape(line).endswith(shape(missing[0]))), extra[0] if extra else "nothing like it")
        return equal, rows, f"README: {missing[0]} | here: {near}"
    if extra:
        return equal - 1, rows, f"not in the README: {extra[0]}"
    return equal, rows, ""


def verdict(blocks, output):
    """`equal`, or `n/m` lines of the block that fits best, and the first difference; `-` where no log is printed."""
    if not blocks:
        return "-", ""
    best = max((compare(block, output) for block in blocks), key=lambda result: result[0] / result[1])
    return ("equal" if best[0] == best[1] else f"{best[0]}/{best[1]}"), best[2]
