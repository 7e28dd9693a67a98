"""What one role sees of a catalog, under the names of v10 and of GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from directus8 import names
from directus8.api.graphql.names import distinct
from directus8.api.v10.fields import visible
from directus8.api.v10.lens import lens_of
from directus8.api.v10.values import type_of
from directus8.permissions.rules import Rules
from directus8.schema.catalog import Catalog, Collection, Field, Relation


@dataclass(frozen=True, slots=True)
class Shown:
    """One field: its GraphQL name, its v10 name, its v10 type; the relation only where the other side may be read."""

    told: str
    name: str
    type: str
    field: Field | None = None
    relation: Relation | None = None


#: Types of values that no column has, by v10 name; all others are texts.
MADE = {"admin_access": "boolean", "app_access": "boolean", "auth_data": "json", "tags": "json"}


@dataclass(eq=False)
class View:
    """A catalog with the rules of a role. What does not fit into GraphQL is left out and told in ``problems``."""

    catalog: Catalog
    rules: Rules
    problems: list[str] = field(default_factory=list)

    @cached_property
    def types(self) -> dict[str, str]:
        """Collection → name of its type."""
        listed = {name: _named(name) for name in self.catalog.names()}
        legal = distinct(listed.values())
        return {name: legal[told] for name, told in listed.items()}

    def report(self, problem: str) -> None:
        """Keeps what was left out, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def reads(self, name: str) -> bool:
        """May something of the collection be read?"""
        return name in self.catalog and self.rules.reads(name)

    def fields(self, collection: Collection) -> Iterator[Shown]:
        """The fields that may be read."""
        lens = lens_of(collection.name)
        listed = [name for name in visible(self.rules, collection) if "." not in name]
        for name, told in distinct(listed).items():
            column = lens.column(name)
            found = collection.fields.get(column)
            if name in lens.made or name in lens.kept:
                yield Shown(told, name, MADE.get(name, "string"))
            elif found is None or found.column is None:
                relation = self.relation(collection, column)
                if relation is not None:
                    yield Shown(told, name, "alias", found, relation)
            else:
                yield Shown(told, name, type_of(found), found, self.relation(collection, column))

    def relation(self, collection: Collection, column: str) -> Relation | None:
        """The relation behind a field, where the other side may be read."""
        relation = collection.leads(column)
        if relation is None or not self.reads(relation.related):
            return None
        key = self.catalog[relation.related].key
        if key is None or key.name in self.rules.hidden_fields(relation.related):
            return None
        return relation


def _named(name: str) -> str:
    """The name v10 clients know a collection by."""
    path = lens_of(name).path
    return f"{names.PREFIX}{path}" if path else name
