"""The validator messages of every code-4 and code-114 error, and a checker for bodies of fixed shape.

Source: reference/users_roles_settings.md §9; date formats items.md §5; delimited patterns items.md §5, auth.md §13.
A rule takes a value and gives its message, or None if the value passes. Every rule but required and not_null lets null
pass; email, regex, date, time and datetime let '' pass too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from functools import lru_cache
from typing import Any, TypeAlias

from directus8.errors import Error, InvalidRequest

Rule: TypeAlias = Callable[[Any], str | None]
Rules: TypeAlias = Mapping[str, Sequence[Rule]]
Failure: TypeAlias = tuple[str, str]

_WHOLE = re.compile(r"-?[0-9]{1,18}")
BLANK = "This value should not be blank."
NULL = "This value should not be null."
NOT_EMAIL = "This value is not a valid email address."
NOT_VALID = "This value is not valid."
NOT_DATE = "This value is not a valid date."
NOT_TIME = "This value is not a valid time."
NOT_DATETIME = "This value is not a valid datetime."
WRONG_TYPE = "This value should be of type {type}."


def whole_number(given: Any) -> int | None:
    """The integer that ASCII digits tell, 18 at most, after one minus or none; None for anything else.

    ``str.isdigit`` also takes what ``int`` refuses: superscripts, and texts of any length.
    """
    text = str(given)
    return int(text) if _WHOLE.fullmatch(text) else None


def natural_number(given: Any) -> int | None:
    """The same, but for what is below zero."""
    number = whole_number(given)
    return number if number is not None and number >= 0 else None


# A body against its rules


def check(payload: object, rules: Rules) -> list[Failure]:
    """(field, message) of every rule that fails, in rule order; a payload that is no object has no fields."""
    values: Mapping[str, Any] = payload if isinstance(payload, Mapping) else {}
    return [
        (field, message)
        for field, field_rules in rules.items()
        for rule in field_rules
        if (message := rule(values.get(field))) is not None
    ]


def require(payload: object, rules: Rules, error: Callable[[str], Error] = InvalidRequest) -> None:
    """Raise the error with the joined message unless every rule passes."""
    if failures := check(payload, rules):
        raise error(joined(failures))


def joined(failures: Iterable[Failure]) -> str:
    """``email: message message password: message``, fields in the order of their first failure."""
    by_field: dict[str, list[str]] = {}
    for field, message in failures:
        by_field.setdefault(field, []).append(message)
    return " ".join(f"{field}: {' '.join(messages)}" for field, messages in by_field.items())


# Rules


def required(value: object) -> str | None:
    """Not null, '', nor an empty list or object."""
    return BLANK if value is None or value == "" or value == [] or value == {} else None


def not_null(value: object) -> str | None:
    """Not null."""
    return NULL if value is None else None


def string(value: object) -> str | None:
    """A string."""
    return _of_type(value is None or isinstance(value, str), "string")


def array(value: object) -> str | None:
    """A list or, PHP knowing no difference, an object."""
    return _of_type(value is None or isinstance(value, list | tuple | Mapping), "array")


def numeric(value: object) -> str | None:
    """A number or a numeric string."""
    return _of_type(value is None or _is_numeric(value), "numeric")


def boolean(value: object) -> str | None:
    """A real boolean; ``"true"`` and 1 are none."""
    return _of_type(value is None or isinstance(value, bool), "bool")


def json(value: object) -> str | None:
    """A list or an object; a string holding JSON is none."""
    return _of_type(value is None or isinstance(value, list | tuple | Mapping), "json")


def email(value: object) -> str | None:
    """Symfony's default ("loose") check, ``.+@\\S+\\.\\S+``, without control characters: addresses go into headers."""
    if _absent(value) or isinstance(value, list | tuple | Mapping):  # of those the rule for the type speaks
        return None
    return None if isinstance(value, str) and _is_email(value) else NOT_EMAIL


def date(value: object) -> str | None:
    """``Y-m-d`` of a day that exists."""
    return None if _absent(value) or _is_date(_groups(_DATE, value)) else NOT_DATE


def time(value: object) -> str | None:
    """``H:i:s`` of a time that exists."""
    return None if _absent(value) or _is_time(_groups(_TIME, value)) else NOT_TIME


def datetime(value: object) -> str | None:
    """``Y-m-d H:i:s`` or one of the four ISO 8601 forms of items.md §5, of a moment that exists."""
    return None if _absent(value) or any(_is_datetime(_groups(form, value)) for form in _DATETIMES) else NOT_DATETIME


def regex(delimited: str) -> Rule:
    """A rule for a delimited PCRE; ValueError if it is invalid."""
    pattern = compile_pattern(delimited)

    def rule(value: object) -> str | None:
        return None if _absent(value) or pattern.matches(value) else NOT_VALID

    return rule


# Forms

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMERIC = re.compile(r"[ \t\n\r\v\f]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\r\v\f]*")
_DAY = r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_CLOCK = r"(?P<H>[0-9]{2}):(?P<i>[0-9]{2}):(?P<s>[0-9]{2})"
_DATE = re.compile(_DAY)
_TIME = re.compile(_CLOCK)
_DATETIMES = (
    re.compile(f"{_DAY} {_CLOCK}"),
    re.compile(f"{_DAY}T{_CLOCK}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})"),
    re.compile(_DAY.replace("-(", "(") + "T" + _CLOCK.replace(":(", "(") + "Z"),
)


def _of_type(good: bool, name: str) -> str | None:
    return None if good else WRONG_TYPE.format(type=name)


def _absent(value: object) -> bool:
    return value is None or value == ""


def _is_email(text: str) -> bool:
    # The first @ behind a character and behind all blanks leaves most room for the dot; no backtracking needed.
    at = text.find("@", max(1, text.rfind(" ") + 1))
    return at > 0 and "." in text[at + 2 : -1] and not _CONTROL.search(text)


def _is_numeric(value: object) -> bool:
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _groups(form: re.Pattern[str], value: object) -> dict[str, int] | None:
    match = form.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else {name: int(digits) for name, digits in match.groupdict().items()}


def _is_date(parts: dict[str, int] | None) -> bool:
    if parts is None:
        return False
    try:
        Date(parts["Y"], parts["m"], parts["d"])
    except ValueError:
        return False
    return True


def _is_time(parts: dict[str, int] | None) -> bool:
    return parts is not None and parts["H"] < 24 and parts["i"] < 60 and parts["s"] < 60


def _is_datetime(parts: dict[str, int] | None) -> bool:
    return _is_date(parts) and _is_time(parts)


# PCRE with delimiters

# Longer texts never match, as PCRE gives up at its backtrack limit: a quadratic pattern stays below half a second.
MAX_SUBJECT = 10_000
MAX_PATTERN = 4096

_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
# What PCRE writes differently from Python: outside and inside a character class.
_ESCAPES = {
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "h": r"[ \t]",
    "H": r"[^ \t]",
    "R": r"(?:\r\n|\n|\r|\f|\v)",
    "N": r"[^\n]",
    "e": r"\x1b",
}
_CLASS_ESCAPES = {"h": r" \t", "e": r"\x1b"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
_TOKEN = re.compile(
    r"""
      \\x\{(?P<code>[0-9A-Fa-f]{1,6})\}
    | \\(?P<escape>.)
    | (?P<open>\[\^?\]?)
    | (?P<name>\(\?<(?=[A-Za-z_]))
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASS_TOKEN = re.compile(
    r"""
      \\x\{(?P<code>[0-9A-Fa-f]{1,6})\}
    | \\(?P<escape>.)
    | \[:(?P<posix>[a-z]+):\]
    | (?P<close>\])
    | (?P<doubtful>[\[&~|] | -(?=-))
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled delimited pattern; without the modifier ``u`` it sees UTF-8 bytes, as PCRE does."""

    compiled: re.Pattern[str] | re.Pattern[bytes]

    def matches(self, value: object) -> bool:
        """Whether the pattern is found in the value's PHP string; lists, objects and texts too long do not match."""
        text = _php_string(value)
        if text is None or len(text) > MAX_SUBJECT:
            return False
        if isinstance(self.compiled.pattern, bytes):
            return self.compiled.search(text.encode("utf-8", "surrogatepass")) is not None
        return self.compiled.search(text) is not None


@lru_cache(maxsize=512)
def compile_pattern(delimited: str) -> Pattern:
    """The pattern of ``/…/imsxu`` with any PHP delimiters; ValueError if PHP or Python would refuse it."""
    if len(delimited) > MAX_PATTERN:
        raise ValueError("pattern too long")
    body, modifiers = _undelimited(delimited.lstrip(" \t\n\r\v\f"))
    flags = re.NOFLAG
    for modifier in modifiers.replace("u", ""):
        if modifier not in _FLAGS:
            raise ValueError(f"unknown modifier {modifier!r}")
        flags |= _FLAGS[modifier]
    translated = _translated(body)
    try:
        if "u" in modifiers:
            return Pattern(re.compile(translated, flags))
        return Pattern(re.compile(translated.encode("utf-8", "surrogatepass"), flags))
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _undelimited(text: str) -> tuple[str, str]:
    if not text or text[0].isalnum() or text[0] in "\\\0":
        raise ValueError("pattern without delimiters")
    opening, closing = text[0], _CLOSING.get(text[0], text[0])
    depth = 1
    position = 1
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return text[1:position], text[position + 1 :]
        elif char == opening:
            depth += 1
        position += 1
    raise ValueError(f"no ending delimiter {closing!r}")


def _translated(body: str) -> str:
    """The pattern in Python's dialect."""
    out: list[str] = []
    position = 0
    in_class = False
    while position < len(body):
        match = (_CLASS_TOKEN if in_class else _TOKEN).match(body, position)
        if match is None:
            raise ValueError("pattern ends in a backslash")
        kind = match.lastgroup
        if kind == "open":
            in_class = True
            out.append(match[0].replace("]", r"\]"))
        elif kind == "close":
            in_class = False
            out.append("]")
        else:
            out.append(_token(kind, match, in_class))
        position = match.end()
    return "".join(out)


def _token(kind: str | None, match: re.Match[str], in_class: bool) -> str:
    text = match[kind or 0]
    if kind == "escape":
        return (_CLASS_ESCAPES if in_class else _ESCAPES).get(text, match[0])
    if kind == "code":
        return re.escape(chr(int(text, 16)))
    if kind == "posix":
        if text not in _POSIX:
            raise ValueError(f"unknown POSIX class {text!r}")
        return _POSIX[text]
    if kind == "doubtful":
        return "\\" + text
    return "(?P<" if kind == "name" else text


def _php_string(value: object) -> str | None:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if isinstance(value, str | int | float) else None
