"""The query parameters of the v8 API, read but not yet understood. Source: items.md §4.1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from directus8.api.php import listed
from directus8.errors import UnprocessableEntity
from directus8.services.items import Options

_NUMBER = re.compile(r"\s*([+-]?)0*([0-9]{1,20})")  # who needs more digits gets the largest number anyway


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of one request; None means not given."""

    fields: tuple[str, ...] = ()
    sort: tuple[str, ...] | None = None
    filter: Any = None
    q: str | None = None
    limit: str | None = None
    offset: str | None = None
    page: str | None = None
    single: str | None = None
    status: tuple[str, ...] = ()
    meta: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    comment: str | None = None
    activity_skip: bool = False

    @property
    def is_single(self) -> bool:
        """``single=1`` or ``true``: one object instead of a list."""
        return self.single in ("1", "true")

    @property
    def options(self) -> Options:
        """How writes are logged."""
        return Options(self.comment or None, not self.activity_skip)


_NONE = Params()


def read(query: Mapping[str, Any]) -> Params:
    """The parameters in a parsed query string; unknown ones are ignored."""
    if not query:
        return _NONE
    return Params(
        fields=tuple(f for f in listed(query.get("fields")) if f),
        sort=tuple(listed(query["sort"]) or [""]) if "sort" in query else None,
        filter=query.get("filter"),
        q=_text(query.get("q")),
        limit=_text(query.get("limit")),
        offset=_text(query.get("offset")),
        page=_text(query.get("page")),
        single=_text(query.get("single")),
        status=tuple(s for s in listed(query.get("status")) if s),
        meta=tuple(m for m in listed(query.get("meta")) if m),
        lang=tuple(x for x in listed(query.get("lang")) if x),
        groups=tuple(g for g in listed(query.get("groups")) if g),
        comment=_text(query.get("comment")),
        activity_skip=_text(query.get("activity_skip")) in ("1", "true"),
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict):
        raise UnprocessableEntity("A parameter that takes one value was given a list")
    return str(value)


def number(text: str | None, default: int = 0) -> int:
    """PHP's cast of text to an integer."""
    found = _NUMBER.match(text or "")
    return max(-(2**31), min(int(found[1] + found[2]), 2**31)) if found else default
