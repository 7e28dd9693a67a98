"""Compares an answer with its recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .answer import LOOSE_HEADERS, PRESENCE_HEADERS
from .placeholders import ANY, SCALARS, matches, shape
from .scenario import Step
from .suite import V8, Dialect

MESSAGE = re.compile(r"\$\.(error|errors\.\d+)\.(message|extensions\.reason)")  # texts for people
# API 1.1: keys that its document shows and the running server does not. A target may send them.
DOCUMENT_ONLY = set(
    """active icon_class show_activity show_messages show_users show_files nav_blacklist char_length is_nullable master
    is_writable hidden hidden_list column_key setting_collection cms_color rows is_junction_table list_view created_at
    column_groupings schema date_created row_count comment preferences salt""".split()
)
# API 1.1: keys that came after the document. A target may leave them out.
SERVER_ONLY = set(
    """access_token reset_token reset_expiration invite_token invite_date invite_sender invite_accepted comment_metadata
    archived reads recipient list_view_options thumbnail_url old_thumbnail_url html users permissions display_template
    preview_url sort_column status_column status_mapping settings_collection key extra nullable length
    logged_ip""".split()
)


@dataclass(frozen=True)
class Difference:
    """One place where the answer is not as recorded."""

    path: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.path}: expected {_brief(self.expected)}, got {_brief(self.actual)}"


@dataclass(frozen=True)
class Verdict:
    """result: passed | failed | message (only the error text differs) | quirk | skipped"""

    result: str
    differences: tuple[Difference, ...] = ()
    header_differences: tuple[Difference, ...] = ()
    reason: str = ""


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT = _Absent()


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "..."


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def differences(expected: Any, actual: Any, path: str = "$") -> Iterator[Difference]:
    """Every place where the actual value does not fit the expected one, with its path."""
    if isinstance(expected, str):
        if not matches(expected, actual):
            yield Difference(path, expected, actual)
    elif _kind(expected) != _kind(actual):
        yield Difference(path, expected, actual)
    elif isinstance(expected, dict):
        yield from _dict_differences(expected, actual, path)
    elif isinstance(expected, list):
        if len(expected) != len(actual):
            yield Difference(f"{path}.length", len(expected), len(actual))
        for i, (x, y) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(x, y, f"{path}.{i}")
    elif expected != actual:
        yield Difference(path, expected, actual)


def _dict_differences(expected: dict[str, Any], actual: dict[str, Any], path: str) -> Iterator[Difference]:
    for key in expected:
        if key in actual:
            yield from differences(expected[key], actual[key], f"{path}.{key}")
        elif expected[key] != ANY:
            yield Difference(f"{path}.{key}", expected[key], ABSENT)
    for key in actual:
        if key not in expected:
            yield Difference(f"{path}.{key}", ABSENT, actual[key])


def ignored(path: str, patterns: tuple[str, ...]) -> bool:
    """ "data.*.id" ignores that key in every entry, and whatever lies below it."""
    for pattern in patterns:
        parts = re.sub(r"\[([*\d]+)\]", r".\1", pattern).split(".")
        regex = r"\$" + "".join(r"\.[^.]+" if p == "*" else r"\." + re.escape(p) for p in parts)
        if re.match(regex + r"(\.|$)", path):
            return True
    return False


def _image_only(body: Any) -> Any:
    return body.get("image", body) if isinstance(body, dict) else body


def _literal(value: Any) -> Any:
    """A shape as data: its placeholders mean themselves."""
    if isinstance(value, dict):
        return {k: _literal(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_literal(v) for v in value]
    return f"is {value.strip('<>')}" if value in SCALARS else value


def _described(answer: dict[str, Any]) -> str:
    return f"{answer['kind']} body {_brief(answer.get('body'))}"


def _bodies(step: Step, expected: dict[str, Any], actual: dict[str, Any], dialect: Dialect) -> Iterator[Difference]:
    if step.compare == "status":
        return
    if expected["kind"] != actual["kind"]:
        yield Difference("$", _described(expected), _described(actual))
        return
    want, got = expected.get("body"), actual.get("body")
    if step.compare == "shape" and actual["kind"] == "json":
        want, got = _literal(want), _literal(shape(got, dialect.uuid_keys))
    elif actual["kind"] == "binary" and step.binary == "image":
        want, got = _image_only(want), _image_only(got)
    yield from (d for d in differences(want, got) if not ignored(d.path, step.ignore))


def _headers(step: Step, expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[tuple[bool, Difference]]:
    """Differences of the headers; True with those that count as soft."""
    if actual["charset"] != expected["charset"]:
        yield True, Difference("charset", expected["charset"], actual["charset"])
    for name in expected["headers"].keys() | actual["headers"].keys():
        want, got = expected["headers"].get(name, ABSENT), actual["headers"].get(name, ABSENT)
        if next(differences(want, got, name), None) if want is not ABSENT else got is not ABSENT:
            soft = name in (*LOOSE_HEADERS, *PRESENCE_HEADERS) and name not in step.headers
            yield soft, Difference(f"header {name}", want, got)


def _part(expected: Any, actual: Any) -> bool:
    """Does the actual value hold what the document shows? Further keys are allowed; "<absent>" wants none."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(
            k not in actual if v == "<absent>" else k in actual and _part(v, actual[k]) for k, v in expected.items()
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(_part(x, y) for x, y in zip(expected, actual, strict=True))
    return next(differences(expected, actual), None) is None


def as_documented(step: Step, actual: dict[str, Any]) -> bool:
    """Is the answer the one that the document shows (where the running server answers otherwise)?"""
    document = step.document or {}
    if not {"status", "body"} & set(document) or actual["status"] != document.get("status", 200):
        return False
    return "body" not in document or _part(document["body"], actual.get("body"))


def _of_one_side(difference: Difference) -> bool:
    """Is this a key of a row that only the document, or only the running server, knows?"""
    path, key = difference.path, difference.path.rsplit(".", 1)[-1]
    if not (path.startswith("$.data") or ".data." in path or ".meta." in path):
        return False
    return (difference.expected is ABSENT and key in DOCUMENT_ONLY) or (
        difference.actual is ABSENT and key in SERVER_ONLY
    )


def _follows_document(step: Step, difference: Difference) -> bool:
    """Is this one of the single places for which the document gives another value?"""
    for pattern, wanted in ((step.document or {}).get("paths") or {}).items():
        if ignored(difference.path, (pattern,)):
            if difference.actual is ABSENT:
                return bool(wanted == "<absent>")
            return _part(wanted, difference.actual)
    return False


def _quirk(step: Step, actual: dict[str, Any]) -> Verdict:
    """The original answered 5xx here, or had a defect: what the target does instead is its own business."""
    status = actual["status"]
    if step.document and "body" in step.document:
        got = f"{status} {_brief(actual.get('body'))}"
        return Verdict("failed", (Difference("document", step.document["body"], got),))
    good = 400 <= status < 500 if step.quirk == "4xx" else status < 500
    wanted = "a 4xx" if step.quirk == "4xx" else "anything but a 5xx"
    return Verdict("quirk") if good else Verdict("failed", (Difference("status", wanted, status),))


def compare(step: Step, expected: dict[str, Any], actual: dict[str, Any], dialect: Dialect = V8) -> Verdict:
    """Judge one answer by its recording."""
    if as_documented(step, actual):
        return Verdict("passed", reason="as documented")
    if step.quirk:
        return _quirk(step, actual)

    found: list[Difference] = []
    if actual["status"] != expected["status"]:
        got = f"{actual['status']} {_brief(actual.get('body'))}"
        found.append(Difference("status", expected["status"], got))
    if actual["content_type"] != expected["content_type"]:
        found.append(Difference("content-type", expected["content_type"], actual["content_type"]))
    found.extend(_bodies(step, expected, actual, dialect))
    headers = list(_headers(step, expected, actual))
    found.extend(d for soft, d in headers if not soft)
    loose = tuple(d for soft, d in headers if soft)

    found = [d for d in found if not (dialect.document_keys and _of_one_side(d)) and not _follows_document(step, d)]
    if not found:
        return Verdict("passed", header_differences=loose)
    only_message = expected["status"] >= 400 and all(MESSAGE.fullmatch(d.path) for d in found)
    return Verdict("message" if only_message else "failed", tuple(found), loose)
