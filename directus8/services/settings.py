"""Settings: texts whose types are the field definitions of the collection. Source: users_roles_settings.md §3."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson

from directus8 import names
from directus8.errors import ItemNotFound
from directus8.files.urls import NEEDS
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Computed, Entry, Node, Query
from directus8.services.items import DEFAULT, ItemsService, Options
from directus8.services.session import Session
from directus8.validation import natural_number, whole_number


class SettingsService:
    """Reads and writes settings as what they mean."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.items = ItemsService(session, names.SETTINGS)

    @cached_property
    def _types(self) -> dict[str, str]:
        node = Node(names.FIELDS, (Entry("field"), Entry("type")))
        rows = self.session.read(Query(node, Condition(("collection",), "eq", names.SETTINGS)), system=True)
        return {row["field"]: str(row["type"]).lower() for row in rows}

    def type_of(self, key: object) -> str | None:
        """The type of a setting; None for one that nobody defined."""
        return self._types.get(str(key))

    # --- writing ---------------------------------------------------------------------------------------------

    def create(self, given: dict[str, Any], options: Options = DEFAULT) -> Any:
        """Makes a setting; its id."""
        kept = {**given, "value": self.stored(given.get("key"), given["value"])} if "value" in given else given
        return self.items.create([kept], options)[0]

    def update(self, key: str, given: dict[str, Any], options: Options = DEFAULT) -> None:
        """Changes one setting by id; without a value it is emptied. ItemNotFound."""
        name = given.get("key") or self._name(key)
        self.items.update([(key, {**given, "value": self.stored(name, given.get("value"))})], options)

    def put(self, given: Mapping[str, Any], options: Options = DEFAULT) -> None:
        """Settings by name, as the table keeps them: changes those that are there and makes the others."""
        with self.session.transaction():
            node = Node(names.SETTINGS, (Entry("id"), Entry("key")), ANY_STATUS)
            wanted = Condition(("key",), "in", tuple(given))
            rows = self.session.read(Query(node, wanted), system=True) if given else []
            there = {row["key"]: row["id"] for row in rows}
            changes = [(there[key], {"value": value}) for key, value in given.items() if key in there]
            if changes:
                self.items.update(changes, options)
            new = [{"key": key, "value": value} for key, value in given.items() if key not in there]
            if new:
                self.items.create(new, options)

    def _name(self, key: str) -> str:
        with self.session.connection() as connection:
            found = self.items.stored(connection, [key], everything=True)
        if key not in found:
            raise ItemNotFound(f'Item with id "{key}" not found')
        return str(found[key].row["key"])

    def stored(self, name: object, value: Any) -> Any:
        """A value as the table keeps it: nothing for what PHP takes for nothing, in settings that are defined."""
        type = self.type_of(name)
        if type is None:
            return value
        if type == "file" and isinstance(value, dict):
            value = value.get("id")
        if value in (None, "", 0, False, [], {}):
            return None
        if type == "array" and isinstance(value, list):
            return ",".join(str(each) for each in value)
        if type == "json":
            return orjson.dumps(value).decode()
        return value

    # --- reading ---------------------------------------------------------------------------------------------

    def meant(self, name: object, value: Any) -> Any:
        """A stored value as what it means: files, whole numbers and booleans; all others stay text."""
        type = self.type_of(name)
        if type == "file":
            return self.file(value)
        if type == "integer" and value not in (None, ""):
            return whole_number(value) or 0
        if type == "boolean":
            return value not in (None, "", "0")
        return value

    def file(self, id: Any) -> dict[str, Any] | None:
        """A file a setting names, whoever asks: logos are public."""
        key = natural_number(id)
        if key is None:
            return None
        files = self.session.catalog.collection(names.FILES)
        entries = (*(Entry(f.name) for f in files.columns), Entry("data", Computed(NEEDS)))
        node = Node(names.FILES, entries, ANY_STATUS)
        found = self.session.read(Query(node, Condition(("id",), "eq", key), limit=1), system=True)
        if found and (finish := self.session.finish.get(names.FILES)):
            finish(found[0])
        return found[0] if found else None
