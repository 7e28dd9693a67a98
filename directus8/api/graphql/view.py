"""What one role may see of a catalog: the only thing schemas are built from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from directus8 import names
from directus8.api.graphql import system
from directus8.api.graphql.names import field_names, type_names
from directus8.errors import Refusal
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog, Collection, Field, Relation
from directus8.system.behaviours import users

#: Never in any schema: sessions are keys to the house, migrations nobody's business.
CLOSED = frozenset({names.SESSIONS, names.MIGRATIONS})
#: Of users these may be told to some, but nobody finds or orders users by them.
SECRETS = {names.USERS: users.UNSEARCHABLE}
#: Never told to anybody.
UNTOLD = {names.USERS: frozenset({"password", "password_reset_token"})}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a mount offers: just what the original does, or everything."""

    extended: bool = False


@dataclass(eq=False)
class View:
    """A catalog with the rules of a role. What does not fit is left out and told in ``problems``."""

    catalog: Catalog
    rules: Rules
    shape: Shape
    problems: list[str] = field(default_factory=list)
    _readable: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def bases(self) -> dict[str, str]:
        """Collection → base of its type names."""
        return dict(type_names(self.catalog, (fixed.base for fixed in system.ALL.values())))

    def reads(self, name: str) -> bool:
        """May anything of the collection be read, its key above all?"""
        if name not in self._readable:
            self._readable[name] = name in self.catalog and name not in CLOSED and self._may_read(self.catalog[name])
        return self._readable[name]

    def _may_read(self, collection: Collection) -> bool:
        try:
            self.rules.read_filter(collection)
        except Refusal:
            return False
        hidden = self.rules.hidden_fields(collection.name)
        return collection.key is None or collection.key.name not in hidden

    def fields(self, collection: Collection) -> Iterator[tuple[str, Field]]:
        """The fields that may be read, with their GraphQL names."""
        hidden = self.rules.hidden_fields(collection.name) | UNTOLD.get(collection.name, frozenset())
        for name, told in field_names(collection).items():
            if name not in hidden:
                yield told, collection.fields[name]

    def hides_at_times(self, field: Field) -> bool:
        """Is the field hidden in items of some status?"""
        return any(field.name in hidden for hidden in self.rules.hidden_by_status(field.collection).values())

    def relation(self, collection: Collection, field: Field) -> Relation | None:
        """The relation behind a field, if its other side can be read; one that is broken is none."""
        relation = collection.relation(field.name)
        if relation is None or not self.reads(relation.related):
            return None
        related = self.catalog[relation.related]
        if relation.kind == "m2o":
            return relation if related.key is not None else None
        foreign = related.fields.get(relation.related_field or "")
        if collection.key is None or foreign is None or foreign.column is None:
            self.report(f"{collection.name}.{field.name} leads nowhere")
            return None
        return relation

    def report(self, problem: str) -> None:
        """Keeps what was left out, once."""
        if problem not in self.problems:
            self.problems.append(problem)
