"""Reads the literal arrays of a PHP configuration file. Nothing is ever executed.

Understood: arrays in both notations, texts (joined by dots), numbers, true, false, null, comments. Anything else is
left out and told with its line; so is what stands before ``return``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
  | (?P<single>'(?:[^'\\]|\\.)*')
  | (?P<double>"(?:[^"\\]|\\.)*")
  | (?P<float>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
  | (?P<integer>0[xX][0-9a-fA-F]+|[0-9]+)
  | (?P<arrow>=>)
  | (?P<word>[\\A-Za-z_$][\\\w$]*(?:::\w+)?)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f", "\\": "\\", "$": "$", '"': '"'}
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
VARIABLE = re.compile(r"(?<!\\)(?:\\\\)*\$[A-Za-z_{]|\{\$")
OPEN, CLOSE = {"[": "]", "(": ")", "{": "}"}, {"]", ")", "}"}
DEEPEST = 100


class NotAnArray(ValueError):
    """A file that returns no array."""


class _Unreadable(Exception):
    """A value that is no literal."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its line."""

    kind: str
    text: str
    line: int


@dataclass(slots=True)
class Parsed:
    """The array of a file, and what of it could not be read: (line, reason)."""

    values: dict[Any, Any]
    left_out: list[tuple[int, str]] = field(default_factory=list)


def read(text: str) -> Parsed:
    """The array a PHP file returns. NotAnArray."""
    start = re.search(r"<\?php\b", text)
    if start is None:
        raise NotAnArray("this is not a PHP file")
    reader = _Reader(_tokens(text[start.end() :], text.count("\n", 0, start.end()) + 1))
    return reader.file()


def _tokens(text: str, line: int) -> list[Token]:
    found = []
    for match in TOKEN.finditer(text):
        kind, value = match.lastgroup or "other", match.group()
        if value == "?" and text.startswith("?>", match.start()):
            break
        if kind != "space":
            found.append(Token(kind, value, line))
        line += value.count("\n")
    return [*found, Token("end", "", line)]


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.left_out: list[tuple[int, str]] = []

    def file(self) -> Parsed:
        """Everything up to ``return`` is skipped."""
        skipped = None
        while self.now.text.lower() != "return":
            if self.now.kind == "end":
                raise NotAnArray("the file returns no array")
            skipped = skipped or self.now
            self.next()
        if skipped is not None:
            self.left_out.append((skipped.line, "what stands before `return` is not read"))
        self.next()
        if not self.opens_array():
            raise NotAnArray(f"line {self.now.line}: the file returns no array")
        return Parsed(self.array(), self.left_out)

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def opens_array(self) -> bool:
        token = self.now
        return token.text == "[" or (token.text.lower() == "array" and self.tokens[self.at + 1].text == "(")

    def array(self) -> dict[Any, Any]:
        """An array as a map; keys count on as in PHP."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotAnArray(f"line {self.now.line}: arrays nested too deeply")
        if self.now.text != "[":
            self.next()
        closing = OPEN[self.next().text]
        found: dict[Any, Any] = {}
        while self.now.text != closing:
            if self.now.kind == "end":
                raise NotAnArray(f"line {self.now.line}: an array is not closed")
            self.entry(found, closing)
            if self.now.text == ",":
                self.next()
        self.next()
        self.depth -= 1
        return found

    def entry(self, found: dict[Any, Any], closing: str) -> None:
        line, start = self.now.line, self.at
        try:
            value = self.value()
            if self.now.kind == "arrow":
                self.next()
                key, value = _key(value), self.value()
            else:
                key = max((k for k in found if isinstance(k, int)), default=-1) + 1
            if self.now.text not in (",", closing):
                raise _Unreadable
        except NotAnArray:
            raise
        except (_Unreadable, ValueError, OverflowError):
            self.skip(closing)
            self.left_out.append((line, f"not a plain value: {self.named(start)}"))
        else:
            found[key] = value

    def named(self, start: int) -> str:
        """The key of an entry. Not its value: that may be a secret."""
        key, arrow = self.tokens[start], self.tokens[min(start + 1, len(self.tokens) - 1)]
        return key.text if arrow.kind == "arrow" else "an entry without a key"

    def skip(self, closing: str) -> None:
        """To the end of this entry."""
        depth = 0
        while self.now.kind != "end":
            text = self.now.text
            if depth == 0 and text in (",", closing):
                return
            depth += (text in OPEN) - (text in CLOSE)
            self.next()

    def value(self) -> Any:
        """A literal, or texts joined by dots."""
        value = self.literal()
        while self.now.text == "." and isinstance(value, str):
            self.next()
            value += str(self.literal())
        return value

    def literal(self) -> Any:
        if self.opens_array():
            return self.array()
        token = self.next()
        if token.text == "-" and self.now.kind in ("integer", "float"):
            return -self.literal()
        if token.kind == "single":
            return re.sub(r"\\([\\'])", r"\1", token.text[1:-1])
        if token.kind == "double" and not VARIABLE.search(token.text):
            return ESCAPE.sub(_escaped, token.text[1:-1])
        if token.kind == "integer":
            return _integer(token.text)
        if token.kind == "float":
            return float(token.text)
        if token.kind == "word" and token.text.lower() in WORDS:
            return WORDS[token.text.lower()]
        raise _Unreadable


def _integer(text: str) -> int:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text, 8) if text.startswith("0") and text.isdigit() and len(text) > 1 else int(text)


def _escaped(match: re.Match[str]) -> str:
    point, byte, octal, one = match.groups()
    if point or byte:
        return chr(int(point or byte, 16))
    return chr(int(octal, 8) & 255) if octal else ESCAPES.get(one, match.group())


def _key(value: Any) -> Any:
    """A key as PHP keeps it: digits are numbers."""
    if isinstance(value, (bool, float)):
        return int(value)
    if value is None:
        return ""
    if isinstance(value, dict):
        raise _Unreadable
    return int(value) if isinstance(value, str) and re.fullmatch(r"0|-?[1-9]\d{0,17}", value) else value
