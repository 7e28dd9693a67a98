"""The parameters of a query, from the query string or the body of a SEARCH. Source: sdk_v10.md D.3."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from directus8.api.php import as_list
from directus8.errors import InvalidQuery

COUNTS = ("total_count", "filter_count")
EXPORTS = ("csv", "json", "xml", "yaml")
DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Params:
    """What a request asks for. ``limit`` -1: all."""

    fields: tuple[str, ...] | None = None
    filter: Mapping[str, Any] | None = None
    search: str | None = None
    sort: tuple[str, ...] = ()
    limit: int | None = None
    offset: int | None = None
    page: int | None = None
    meta: tuple[str, ...] = ()
    deep: Mapping[str, Any] = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)
    aggregate: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    export: str | None = None

    @property
    def rows(self) -> tuple[int | None, int]:
        """Limit (None: all) and offset; a page wins over an offset."""
        limit = DEFAULT_LIMIT if self.limit is None else self.limit
        offset = self.offset or 0
        if limit < 0:
            return None, offset if self.page is None else 0
        if self.page is not None and self.page > 0:
            offset = limit * (self.page - 1)
        return limit, offset


def read(given: Mapping[str, Any], body: bool = False) -> Params:
    """The parameters of a query; ``body``: they came as JSON. InvalidQuery."""
    return Params(
        fields=_names(given.get("fields")) or None,
        filter=_object(given.get("filter"), "filter"),
        search=_text(given.get("search")),
        sort=_names(given.get("sort")),
        limit=_whole(given.get("limit"), "limit", -1),
        offset=_whole(given.get("offset"), "offset", 0),
        page=_whole(given.get("page"), "page", 0),
        meta=_meta(given.get("meta"), body),
        deep=_object(given.get("deep"), "deep") or {},
        alias={str(k): str(v) for k, v in (_object(given.get("alias"), "alias") or {}).items()},
        aggregate=_aggregate(given.get("aggregate")),
        group=_names(given.get("groupBy", given.get("group"))),
        export=_export(given.get("export")),
    )


def level(given: Mapping[str, Any]) -> Params:
    """The parameters of one level of ``deep``: those with an underscore in front."""
    return read({k[1:]: v for k, v in given.items() if k.startswith("_")}, body=True)


def lists(value: Any) -> Any:
    """Maps with the keys 0, 1, … as lists, at every depth."""
    if isinstance(value, dict):
        return as_list({k: lists(v) for k, v in value.items()})
    return [lists(v) for v in value] if isinstance(value, list) else value


def _names(given: Any) -> tuple[str, ...]:
    given = lists(given)
    if given in (None, "", [], {}):
        return ()
    parts = given if isinstance(given, list) else given.values() if isinstance(given, dict) else [given]
    return tuple(name.strip() for part in parts for name in str(part).split(",") if name.strip())


def _object(given: Any, name: str) -> dict[str, Any] | None:
    if given in (None, ""):
        return None
    if isinstance(given, str):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError:
            raise InvalidQuery(f"Invalid JSON for {name} object") from None
    if given == []:
        return {}
    if not isinstance(given, dict):
        raise InvalidQuery(f'"{name}" must be of type object')
    return {k: lists(v) for k, v in given.items()}


def _text(given: Any) -> str | None:
    return None if given in (None, "") or isinstance(given, (dict, list)) else str(given)


def _whole(given: Any, name: str, least: int) -> int | None:
    if given in (None, ""):
        return None
    try:
        number = float(given) if not isinstance(given, (dict, list, bool)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidQuery(f'"{name}" must be a number')
    if number != int(number):
        raise InvalidQuery(f'"{name}" must be an integer')
    if number < least:
        raise InvalidQuery(f'"{name}" must be greater than or equal to {least}')
    return min(int(number), 2**31 - 1)


def _meta(given: Any, body: bool) -> tuple[str, ...]:
    if given == "*":
        return COUNTS
    names = _names(given)
    if not body and names == ("*",):
        return COUNTS
    for at, name in enumerate(names):
        if name not in COUNTS:
            raise InvalidQuery(f'"meta[{at}]" must be one of [{", ".join(COUNTS)}]')
    return names


def _aggregate(given: Any) -> dict[str, tuple[str, ...]]:
    return {str(function): _names(fields) for function, fields in (_object(given, "aggregate") or {}).items()}


def _export(given: Any) -> str | None:
    if given in (None, ""):
        return None
    if given not in EXPORTS:
        raise InvalidQuery(f'"export" must be one of [{", ".join(EXPORTS)}]')
    return str(given)
