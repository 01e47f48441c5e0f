"""Versions and version ranges of idf_component.yml: `1.2.3`, `^1.2`, `~1.2.3`, `>=1.0,<2.0`, `*`."""

import re

VERSION = re.compile(r"^v?(\d+)(?:\.(\d+|[*xX]))?(?:\.(\d+|[*xX]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?(?:~(\d+))?$")
CLAUSE = re.compile(r"^(\^|~=|~|==|!=|>=|<=|>|<|=)?\s*(.*)$")


class VersionError(Exception):
    pass


def parse(text):
    """'1.2' -> ((1, 2), prerelease, revision); what is missing or * is left out of the numbers."""
    match = VERSION.match(text.strip())
    if not match:
        raise VersionError(f"'{text}' is no version")
    numbers = []
    for part in match.groups()[:3]:
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers), match[4], int(match[5] or 0)


def full(text):
    numbers, prerelease, revision = parse(text)
    # A pre-release comes before the version itself; its fields are compared as numbers where they are some.
    fields = () if prerelease is None else tuple((0, int(f), "") if f.isdigit() else (1, 0, f) for f in prerelease.split("."))
    return (numbers + (0, 0, 0))[:3], prerelease is None, fields, revision


def _clause_holds(clause, version):
    operator, wanted = CLAUSE.match(clause).groups()
    if wanted in ("*", "x", "X") and operator in (None, "=", "=="):
        return True
    numbers, _, _ = parse(wanted)
    have, low = full(version), full(wanted)
    prefix = have[0][: len(numbers)] == numbers
    if operator in (None, "=", "=="):
        return have[:3] == low[:3] if len(numbers) == 3 else prefix
    if operator == "!=":
        return have[:3] != low[:3] if len(numbers) == 3 else not prefix
    if operator == ">=":
        return have >= low
    if operator == "<=":
        return have <= low or (len(numbers) < 3 and prefix)
    if operator == "<":
        return have < low
    if operator == ">":
        return have > low and not (len(numbers) < 3 and prefix)
    # What stays the same: ^ all up to the first number that is not zero, ~ the minor version, ~= all but the last number given.
    if operator == "^":
        nonzero = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
        same = nonzero + 1
    elif operator == "~":
        same = min(2, len(numbers))
    else:
        same = max(1, len(numbers) - 1)
    return have >= low and have[0][:same] == low[0][:same]


def holds(spec, version):
    """Whether `version` is in the range `spec`."""
    clauses = [c.strip() for c in str(spec).split(",") if c.strip()]
    return all([_clause_holds(c, version) for c in clauses])
