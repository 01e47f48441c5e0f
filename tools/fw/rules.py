"""The conditions of idf_component.yml: `if: "target in [esp32p4, esp32s3] && idf_version >= 5.0"`."""

import functools
import os
import re
from pathlib import Path

import versions

HEADER = Path(__file__).resolve().parents[2] / "hal" / "include" / "esp_idf_version.h"

TOKEN = re.compile(
    r"\s*(&&|\|\||==|!=|>=|<=|~=|>|<|\^|~|\(|\)|\[|\]|,|\bnot\s+in\b|\bin\b|\"[^\"]*\"|'[^']*'|\$CONFIG\{\w+\}|\$\{\w+\}|\$?[\w.*+-]+)"
)
COMPARISONS = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
VERSION_OPERATORS = ("==", "!=", ">=", "<=", "~=", ">", "<", "^", "~")


@functools.lru_cache(maxsize=None)
def idf_version():
    """The version of ESP-IDF whose interface the HAL has."""
    text = HEADER.read_text()
    return tuple(int(re.search(rf"ESP_IDF_VERSION_{part} (\d+)", text)[1]) for part in ("MAJOR", "MINOR", "PATCH"))


class RuleError(Exception):
    pass


def holds(text, target, config=None):
    """Whether the condition is true for a chip; `config` are the values of CONFIG_ symbols as sdkconfig files have them."""
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise RuleError(f"cannot read the condition '{text}' at '{text[position:]}'")
        tokens.append(match[1])
        position = match.end()
    parser = _Parser(tokens, text, target, config or {})
    result = parser.any_of()
    if parser.peek() is not None:
        raise RuleError(f"cannot read the condition '{text}' at '{parser.peek()}'")
    return result


class _Parser:
    def __init__(self, tokens, text, target, config):
        self.tokens, self.text, self.target, self.config = tokens, text, target, config

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
        left = self.next()
        operator = re.sub(r"\s+", " ", self.next())
        if left == "idf_version":
            return self._version(operator, ".".join(map(str, idf_version())))
        config = re.match(r"\$CONFIG\{(\w+)\}$", left)
        if config:
            return self._option(operator, self.config.get(config[1], "n"))
        variable = re.match(r"\$\{?(\w+)\}?$", left)
        if variable:
            if variable[1] not in os.environ:
                raise RuleError(f"the condition '{self.text}' uses the environment variable {variable[1]}, which is not set")
            left = os.environ[variable[1]]
            if operator not in ("==", "!=", "in", "not in"):
                return self._version(operator, left)
        elif left == "target":
            left = self.target
        else:
            left = left.strip("\"'")
        if operator in ("in", "not in"):
            return (left in self._list()) == (operator == "in")
        if operator in ("==", "!="):
            return (left == self.next().strip("\"'")) == (operator == "==")
        raise RuleError(f"the condition '{self.text}' has no use for '{operator}' there")

    def _option(self, operator, value):
        """A CONFIG_ symbol: strings stand in quotes, else it is True, False or a number."""
        if operator in ("in", "not in"):
            return (value.strip('"') in self._list()) == (operator == "in")
        wanted = self.next()
        if operator not in COMPARISONS:
            raise RuleError(f"the condition '{self.text}' has no use for '{operator}' there")
        if wanted in ("True", "False"):
            return COMPARISONS[operator](value == "y", wanted == "True")
        if wanted[0] in "\"'":
            return COMPARISONS[operator](value.strip('"'), wanted.strip("\"'"))
        try:
            return COMPARISONS[operator](int(value, 0) if value != "n" else 0, int(wanted, 0))
        except ValueError:
            raise RuleError(f"the condition '{self.text}' compares {value} and {wanted}, which are no numbers") from None

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

    def _version(self, operator, have):
        result = True
        while True:
            if operator not in VERSION_OPERATORS:
                raise RuleError(f"the condition '{self.text}' has no use for '{operator}' with a version")
            try:
                holds_here = versions.holds(operator + self.next().strip("\"'"), have)
            except versions.VersionError as error:
                raise RuleError(f"the condition '{self.text}': {error}") from None
            result = result and holds_here
            if self.peek() != ",":
                return result
            self.next()
            operator = self.next()
