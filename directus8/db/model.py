"""Tables and columns described once, in the original's (MySQL) terms; every dialect maps them to its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from directus8.types.sqltype import SqlType

__all__ = ["Column", "SqlType", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``default`` is the plain text of a constant default (no quotes), None if there is none."""

    name: str
    type: SqlType
    nullable: bool = True
    default: str | None = None
    primary_key: bool = False
    auto_increment: bool = False
    unique: bool = False  # by a key of its own, the primary key not counted
    comment: str = ""
    unique_name: str = field(default="", compare=False)  # the name of that key; empty: the dialect's choice
    collation: str = field(default="", compare=False)  # of MySQL, where it is not the table's


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view. ``unique_keys`` are those of several columns, ``indexes`` those of tables of ours, by name."""

    name: str
    columns: tuple[Column, ...]
    is_view: bool = False
    unique_keys: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    foreign_keys: tuple[tuple[str, str, str], ...] = field(default=())  # (column, other table, other column)
    collation: str = field(default="utf8mb4_general_ci", compare=False)  # of MySQL
    indexes: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key's columns, empty when there is no key."""
        return tuple(c.name for c in self.columns if c.primary_key)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
