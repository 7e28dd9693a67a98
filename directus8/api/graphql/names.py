"""GraphQL names of collections and fields: legal, distinct, the same for every role. Source: graphql.md §2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from directus8.names import is_reserved
from directus8.schema.catalog import Catalog, Collection

_ILLEGAL = re.compile(r"[^_0-9A-Za-z]")
#: What a collection's type name may be followed by.
SUFFIXES = ("", "Item", "Filter", "Input")
_KEPT = ("Query", "Mutation", "Subscription", "Metadata", "Int", "Float", "String", "Boolean", "ID")
RESERVED = frozenset({*_KEPT, "Date", "Datetime", "Time", "JSON", "DirectusFileThumbnailItem"})


def legal(name: str) -> str:
    """The name with what GraphQL does not allow replaced; two underscores in front belong to introspection."""
    made = _ILLEGAL.sub("_", name) or "_"
    made = f"_{made}" if made[0].isdigit() else made
    return re.sub("^__+", "_", made)


def pascal(name: str) -> str:
    """``my_books`` as ``MyBooks``."""
    made = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))
    return f"_{made}" if not made or made[0].isdigit() else made


def distinct(names: Iterable[str]) -> dict[str, str]:
    """Each name with a legal one of its own. Names that are legal as they are keep it."""
    listed = list(names)
    made = {name: name for name in listed if legal(name) == name}
    for name in listed:
        if name not in made:
            made[name] = free(legal(name), made.values())
    return {name: made[name] for name in listed}


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that nobody has."""
    known, number, made = set(taken), 2, name
    while made in known:
        made, number = f"{name}{number}", number + 1
    return made


def type_names(catalog: Catalog, fixed: Iterable[str]) -> Mapping[str, str]:
    """The base of the type names of each collection. The system's come first and may share the ``fixed`` ones."""
    system = [name for name in catalog.names() if is_reserved(name)]
    made = {name: pascal(name) for name in system}
    taken = RESERVED | {base + suffix for base in (*made.values(), *fixed) for suffix in SUFFIXES}
    for name in sorted(set(catalog.names()) - set(system)):
        base, number = pascal(name), 2
        while any(base + suffix in taken for suffix in SUFFIXES):
            base, number = f"{pascal(name)}{number}", number + 1
        taken |= {base + suffix for suffix in SUFFIXES}
        made[name] = base
    return made


_FIELDS: WeakKeyDictionary[Collection, Mapping[str, str]] = WeakKeyDictionary()


def field_names(collection: Collection) -> Mapping[str, str]:
    """Field → GraphQL name."""
    known = _FIELDS.get(collection)
    if known is None:
        known = _FIELDS[collection] = distinct(collection.fields)
    return known
