"""The conditions of idf_component.yml: `if: "target in [esp32p4, esp32s3] && idf_version >= 5.0"`."""

import re

# What the HAL reproduces (hal/include/esp_idf_version.h).
IDF_VERSION = (5, 4, 0)

TOKEN = re.compile(r"\s*(&&|\|\||==|!=|>=|<=|~=|>|<|\(|\)|\[|\]|,|\bnot\s+in\b|\bin\b|\"[^\"]*\"|'[^']*'|\$?[\w.{}~^*-]+)")


class RuleError(Exception):
    pass


def holds(text, target):
    """Whether the condition is true for a chip."""
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise RuleError(f"cannot read the condition '{text}' at '{text[position:]}'")
        tokens.append(match[1])
        position = match.end()
    parser = _Parser(tokens, text, target)
    result = parser.any_of()
    if parser.peek() is not None:
        raise RuleError(f"cannot read the condition '{text}' at '{parser.peek()}'")
    return result


class _Parser:
    def __init__(self, tokens, text, target):
        self.tokens, self.text, self.target = tokens, text, target

    def peek(self):
        return self.tokens[0] if self.tokens else None

    def next(self):
        if not self.tokens:
            raise RuleError(f"the condition '{self.text}' ends too early")
        return self.tokens.pop(0)

    def any_of(self):
        result = self.all_of()
        while self.peek() == "||":
            self.next()
            right = self.all_of()
            result = result or right
        return result

    def all_of(self):
        result = self.comparison()
        while self.peek() == "&&":
            self.next()
            right = self.comparison()
            result = result and right
        return result

    def comparison(self):
        if self.peek() == "(":
            self.next()
            result = self.any_of()
            if self.next() != ")":
                raise RuleError(f"')' is missing in the condition '{self.text}'")
            return result
        left = self.next().strip("\"'")
        operator = re.sub(r"\s+", " ", self.next())
        if left == "idf_version":
            return self._version(operator)
        if left != "target":
            # An option of somebody's own ($CONFIG{...}, an environment variable) has no meaning before the configuration is known.
            raise RuleError(f"the condition '{self.text}' uses '{left}'; target and idf_version are known here")
        if operator in ("in", "not in"):
            return (self.target in self._list()) == (operator == "in")
        if operator in ("==", "!="):
            return (self.target == self.next().strip("\"'")) == (operator == "==")
        raise RuleError(f"the condition '{self.text}' has no use for '{operator}' with target")

    def _list(self):
        if self.next() != "[":
            raise RuleError(f"'[' is missing in the condition '{self.text}'")
        values = []
        while True:
            token = self.next()
            if token == "]":
                return values
            if token != ",":
                values.append(token.strip("\"'"))

    def _version(self, operator):
        result = True
        while True:
            wanted = tuple(int(n) for n in re.findall(r"\d+", self.next())[:3])
            have = IDF_VERSION[: len(wanted)] if operator in ("==", "!=") else IDF_VERSION
            wanted_full = wanted if operator in ("==", "!=") else (wanted + (0, 0, 0))[:3]
            compare = {
                "==": have == wanted_full,
                "!=": have != wanted_full,
                ">=": have >= wanted_full,
                "<=": have <= wanted_full,
                ">": have > wanted_full,
                "<": have < wanted_full,
            }
            if operator not in compare:
                raise RuleError(f"the condition '{self.text}' has no use for '{operator}' with idf_version")
            result = result and compare[operator]
            if self.peek() != ",":
                return result
            self.next()
            operator = self.next()
