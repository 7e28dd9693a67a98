"""The filter language of RFC 7644 §3.4.2.2: text → tree, and what a tree means for one value in memory. Pure.

``not`` binds tighter than ``and``, ``and`` tighter than ``or``. Names and operators are told apart without case, and so
is text when it is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
LONGEST = 16_384
DEEPEST = 40
MOST = 500


class BadFilter(ValueError):
    """What is no filter; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Name:
    """``urn:attribute.sub``."""

    attribute: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        head = f"{self.urn}:" if self.urn else ""
        return f"{head}{self.attribute}{'.' + self.sub if self.sub else ''}"


@dataclass(frozen=True, slots=True)
class Compare:
    """``name operator value``."""

    name: Name
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Present:
    """``name pr``."""

    name: Name


@dataclass(frozen=True, slots=True)
class All:
    """``a and b``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """``a or b``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class No:
    """``not (a)``."""

    part: Node


@dataclass(frozen=True, slots=True)
class Within:
    """``name[a]``: at least one value of the attribute is such that a."""

    name: Name
    part: Node


Node: TypeAlias = Compare | Present | All | Any_ | No | Within

_TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))""", re.DOTALL)
_NAME = re.compile(r"^(?:(?P<urn>urn:[^\s]+):)?(?P<attribute>[A-Za-z$][\w$-]*)(?:\.(?P<sub>[A-Za-z$][\w$-]*))?$", re.I)
_NUMBER = re.compile(r"^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$")
_WORDS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Node:
    """The tree of a filter. BadFilter."""
    parser = Parser(text)
    tree = parser.either()
    parser.end()
    return tree


def name_of(text: str) -> Name:
    """The parts of an attribute's name. BadFilter."""
    found = _NAME.match(text)
    if found is None:
        raise BadFilter(f"{text!r} is no attribute")
    return Name(found["attribute"], found["sub"], found["urn"])


class Parser:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise BadFilter(f"longer than {LONGEST} characters")
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> str | None:
        """The next token, None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self) -> str:
        """The next token, taken away."""
        token = self.token
        if token is None:
            raise BadFilter("ends too early")
        self._at += 1
        return token

    def expect(self, mark: str) -> None:
        """Takes that mark away. BadFilter when something else stands there."""
        found = self.take()
        if found != mark:
            raise BadFilter(f"{found!r} where {mark!r} should stand")

    def end(self) -> None:
        """BadFilter unless everything was read."""
        if self.token is not None:
            raise BadFilter(f"{self.token!r} is too much")

    def _next_is(self, word: str) -> bool:
        return self.token is not None and self.token.lower() == word

    def either(self) -> Node:
        """``a or b or c``."""
        return self._joined("or", self.both, Any_)

    def both(self) -> Node:
        """``a and b and c``."""
        return self._joined("and", self.one, All)

    def _joined(self, word: str, part: Any, kind: type[All] | type[Any_]) -> Node:
        parts = [part()]
        while self._next_is(word):
            self.take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def one(self) -> Node:
        """A comparison, a negation, or something in parentheses."""
        if self._next_is("not") and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1] == "(":
            self.take()
            return No(self._enclosed("(", ")"))
        if self.token == "(":
            return self._enclosed("(", ")")
        return self._comparison()

    def _enclosed(self, opening: str, closing: str) -> Node:
        self.expect(opening)
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadFilter(f"nested deeper than {DEEPEST} levels")
        tree = self.either()
        self.expect(closing)
        self._depth -= 1
        return tree

    def _comparison(self) -> Node:
        name = name_of(self.take())
        if self.token == "[":
            part = self._enclosed("[", "]")
            if self.token is None or not self.token.startswith("."):
                return Within(name, part)
            return Within(name, All((part, self._compared(name_of(self.take()[1:])))))
        return self._compared(name)

    def _compared(self, name: Name) -> Node:
        operator = self.take().lower()
        if operator == "pr":
            return Present(name)
        if operator not in OPERATORS:
            raise BadFilter(f"{operator!r} is no operator")
        return Compare(name, operator, _value(self.take()))


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFilter(f"can not be read at character {at + 1}")
        found.append(match["text"] or match["mark"] or match["word"])
        at = match.end()
    if len(found) > 8 * MOST:
        raise BadFilter(f"more than {MOST} conditions")
    return found


def _value(token: str) -> Any:
    if token.startswith('"'):
        try:
            return json.loads(token, strict=False)
        except ValueError:
            raise BadFilter(f"{token} is no text") from None
    if token.lower() in _WORDS:
        return _WORDS[token.lower()]
    if _NUMBER.match(token):
        return json.loads(token)
    raise BadFilter(f"{token!r} is no value: texts stand in double quotes")


# --- texts -----------------------------------------------------------------------------------------------------


def text_of(node: Node) -> str:
    """A filter that parses into that very tree."""
    if isinstance(node, Compare):
        return f"{node.name} {node.operator} {json.dumps(node.value)}"
    if isinstance(node, Present):
        return f"{node.name} pr"
    if isinstance(node, No):
        return f"not ({text_of(node.part)})"
    if isinstance(node, Within):
        return f"{node.name}[{text_of(node.part)}]"
    word = " and " if isinstance(node, All) else " or "
    return word.join(f"({text_of(part)})" if isinstance(part, (All, Any_)) else text_of(part) for part in node.parts)


# --- in memory -------------------------------------------------------------------------------------------------


def matches(node: Node, value: Mapping[str, Any]) -> bool:
    """Does the filter hold for one complex value? Its keys are compared without case."""
    if isinstance(node, All):
        return all(matches(part, value) for part in node.parts)
    if isinstance(node, Any_):
        return any(matches(part, value) for part in node.parts)
    if isinstance(node, No):
        return not matches(node.part, value)
    if isinstance(node, Within):
        return any(isinstance(v, Mapping) and matches(node.part, v) for v in _values(value, Name(node.name.attribute)))
    found = _values(value, node.name)
    if isinstance(node, Present):
        return any(v not in (None, "", [], {}) for v in found)
    if node.operator == "ne":
        return not any(_compare("eq", v, node.value) for v in found or [None])
    return any(_compare(node.operator, v, node.value) for v in found or [None])


def _values(value: Mapping[str, Any], name: Name) -> list[Any]:
    low = name.attribute.lower()
    found = [v for k, v in value.items() if k.lower() == low]
    flat = [w for v in found for w in (v if isinstance(v, list) else [v])]
    if name.sub is None:
        return flat
    return [w for v in flat if isinstance(v, Mapping) for w in _values(v, Name(name.sub))]


def _compare(operator: str, found: Any, wanted: Any) -> bool:
    a, b = _comparable(found), _comparable(wanted)
    if operator == "eq":
        return type(a) is type(b) and bool(a == b)
    if isinstance(a, str) and isinstance(b, str):
        tests = {"co": b in a, "sw": a.startswith(b), "ew": a.endswith(b)}
        if operator in tests:
            return tests[operator]
    elif not (isinstance(a, float) and isinstance(b, float)):
        return False
    orders: dict[str, bool] = {"gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b}
    return orders.get(operator, False)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
