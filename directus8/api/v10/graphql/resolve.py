"""The resolvers of root fields: each is one request of REST, under another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directus8.api.graphql.engine import Context
from directus8.api.graphql.outputs import Info
from directus8.api.v10 import items, reading
from directus8.api.v10.graphql.selection import aggregate_of, params_of
from directus8.api.v10.items import Writer
from directus8.api.v10.request import V10Request
from directus8.schema.catalog import Collection

Resolver = Callable[..., Any]
Given = Mapping[str, Any]


@dataclass(slots=True)
class Visit(Context):
    """What resolvers get: the request the document came with, the headers its answer shall have."""

    request: V10Request = field(kw_only=True)
    headers: list[tuple[str, str]] = field(default_factory=list)


def _collection(info: Info, name: str) -> Collection:
    found: Collection = info.context.session.catalog.collection(name)
    return found


# --- reading -------------------------------------------------------------------------------------------------


def listed(name: str) -> Resolver:
    """Resolves a list of items."""

    def resolve(_: Any, info: Info, **given: Any) -> Any:
        collection = _collection(info, name)
        return reading.items_of(info.context.session, collection, params_of(info, collection, given))

    return resolve


def by_id(name: str) -> Resolver:
    """Resolves one item by its key; null when there is none the caller may read."""

    def resolve(_: Any, info: Info, id: str) -> Any:
        return _of_keys(info, name, [id], many=False)

    return resolve


def single(name: str) -> Resolver:
    """Resolves the item of a singleton."""

    def resolve(_: Any, info: Info) -> Any:
        collection = _collection(info, name)
        return items.singleton(info.context.session, collection, params_of(info, collection, {}))

    return resolve


def aggregated(name: str) -> Resolver:
    """Resolves the groups of a list."""

    def resolve(_: Any, info: Info, **given: Any) -> Any:
        params = aggregate_of(info, given)
        rows = reading.items_of(info.context.session, _collection(info, name), params)
        return [{**row, "group": {n: v for n, v in row.items() if n not in params.aggregate}} for row in rows]

    return resolve


def _of_keys(info: Info, name: str, keys: Sequence[Any], *, many: bool) -> Any:
    """The items with those keys, as the caller may read them by now."""
    collection = _collection(info, name)
    found = reading.items_by_key(info.context.session, collection, keys, params_of(info, collection, {}))
    return found if many else next(iter(found), None)


# --- writing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Writing:
    """The mutations of one collection; ``tells`` what was written, else only that it was."""

    name: str
    writer: Writer
    tells: bool

    def _told(self, info: Info, keys: Sequence[Any], *, many: bool) -> Any:
        return _of_keys(info, self.name, keys, many=many) if self.tells else True

    def create(self, _: Any, info: Info, data: Given | list[Given]) -> Any:
        """One new item or several."""
        many = isinstance(data, list)
        given = [dict(each) for each in (data if isinstance(data, list) else [data])]
        with info.context.writing():
            keys = self.writer.create(info.context.session, _collection(info, self.name), given)
            return self._told(info, keys, many=many)

    def update(self, _: Any, info: Info, id: str, data: Given) -> Any:
        """One item changed."""
        return self._update(info, [(id, dict(data))], many=False)

    def update_several(self, _: Any, info: Info, ids: list[str], data: Given) -> Any:
        """Several items changed alike."""
        return self._update(info, [(id, dict(data)) for id in dict.fromkeys(ids)], many=True)

    def update_batch(self, _: Any, info: Info, data: list[Given]) -> Any:
        """Several items changed, each as its own entry says."""
        changes = items.changes_of(info.context.session, _collection(info, self.name), [dict(each) for each in data])
        return self._update(info, changes, many=True)

    def _update(self, info: Info, changes: Sequence[tuple[Any, dict[str, Any]]], *, many: bool) -> Any:
        with info.context.writing():
            keys = self.writer.update(info.context.session, _collection(info, self.name), changes)
            return self._told(info, keys, many=many)

    def update_single(self, _: Any, info: Info, data: Given) -> Any:
        """The item of a singleton changed, or made."""
        session, collection = info.context.session, _collection(info, self.name)
        with info.context.writing():
            items.write_singleton(session, collection, dict(data), self.writer)
            return items.singleton(session, collection, params_of(info, collection, {})) if self.tells else True

    def delete(self, _: Any, info: Info, id: str) -> Any:
        """One item deleted."""
        with info.context.writing():
            self.writer.delete(info.context.session, _collection(info, self.name), [id])
        return {"id": id}

    def delete_several(self, _: Any, info: Info, ids: list[str]) -> Any:
        """Several items deleted."""
        with info.context.writing():
            self.writer.delete(info.context.session, _collection(info, self.name), list(dict.fromkeys(ids)))
        return {"ids": ids}
