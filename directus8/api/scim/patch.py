"""PATCH: operations applied to a resource in normal form. Pure. Source: RFC 7644 §3.5.2, scim.md part C.

Providers are met where the standard leaves room or they ignore it: operations in any case, booleans as texts, dotted
and URN keys in a value without path, values on ``remove``, a filtered path without match makes the value it describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from directus8.api.scim.filter import All, BadFilter, Compare, Name, Node, Parser, matches, name_of
from directus8.api.scim.message import PATCH, Json, invalid
from directus8.api.scim.resource import Place, place_of, typed
from directus8.api.scim.schemas import Attribute, ResourceType

OPS = ("add", "replace", "remove")
MOST = 1000


@dataclass(frozen=True, slots=True)
class Path:
    """``attribute``, ``attribute.sub``, ``attribute[filter]`` or ``attribute[filter].sub``."""

    name: Name
    filter: Node | None = None
    sub: str | None = None


def parse_path(text: str) -> Path:
    """The parts of a path. BadFilter."""
    parser = Parser(text)
    name = name_of(parser.take())
    if parser.token != "[":
        parser.end()
        return Path(name, None, name.sub)
    parser.take()
    tree = parser.either()
    parser.expect("]")
    sub = parser.take() if parser.token is not None else None
    parser.end()
    if sub is not None and not sub.startswith("."):
        raise BadFilter(f"{sub!r} is too much")
    return Path(name, tree, sub[1:] if sub else name.sub)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it was sent."""

    op: str
    path: str | None
    value: Any


def operations(body: Any) -> tuple[Operation, ...]:
    """The operations of a PATCH body. invalidSyntax."""
    given = {k.lower(): v for k, v in body.items()} if isinstance(body, dict) else {}
    listed = given.get("operations")
    if not isinstance(listed, list) or not listed:
        raise invalid("invalidSyntax", f"A PATCH needs {PATCH} with at least one of Operations")
    if len(listed) > MOST:
        raise invalid("tooMany", f"More than {MOST} operations")
    return tuple(_operation(one) for one in listed)


def _operation(one: Any) -> Operation:
    given = {k.lower(): v for k, v in one.items()} if isinstance(one, dict) else {}
    op, path = str(given.get("op", "")).lower(), given.get("path")
    if op not in OPS:
        raise invalid("invalidSyntax", f"op must be one of {', '.join(OPS)}")
    if path is not None and not isinstance(path, str):
        raise invalid("invalidPath", "path must be a text")
    if op == "remove" and not path:
        raise invalid("noTarget", "remove needs a path")
    if op != "remove" and "value" not in given:
        raise invalid("invalidValue", f"{op} needs a value")
    return Operation(op, path or None, given.get("value"))


def apply(type: ResourceType, resource: Json, given: tuple[Operation, ...]) -> Json:
    """The resource after all operations; the given one is left as it is."""
    made = deepcopy(resource)
    for operation in given:
        for path, value, asked in _targets(type, operation):
            place = place_of(type, Name(path.name.attribute, path.sub, path.name.urn))
            if place is not None and _writable(place, operation.op, asked):
                _Change(made, place, operation.op, path.filter).run(value)
    return made


def _targets(type: ResourceType, operation: Operation) -> Iterator[tuple[Path, Any, bool]]:
    """Path and value of each attribute an operation speaks of, and whether it was asked for by name."""
    if operation.path is not None and type.within(operation.path) is None:
        yield _parsed(operation.path), operation.value, True
        return
    urn = operation.path
    value = operation.value
    if operation.op == "remove" and urn is not None and value is None:
        within = type.within(urn)
        value = {a.name: None for a in within[1] if a.taken} if within else {}
    if not isinstance(value, dict):
        raise invalid("invalidValue", "Without a path the value must be a JSON object")
    for key, inner in value.items():
        if type.within(key) is not None and isinstance(inner, dict):
            yield from _targets(type, Operation(operation.op, key, inner))
        elif key.lower() != "schemas":
            yield _parsed(f"{urn}:{key}" if urn else key), inner, False


def _parsed(text: str) -> Path:
    try:
        return parse_path(text)
    except BadFilter as error:
        raise invalid("invalidPath", f"path {text!r}: {error}") from None


def _writable(place: Place, op: str, asked: bool) -> bool:
    """May it be changed? What was only part of a larger value is passed over, what was asked for by name refused."""
    last = place.sub or place.attribute
    if not (place.attribute.taken and last.taken):
        if asked:
            raise invalid("mutability", f"{last.name} is read only")
        return False
    if op == "remove" and place.sub is None and place.attribute.required and not place.attribute.multi:
        raise invalid("mutability", f"{place.attribute.name} is required")
    return True


class _Change:
    """One operation on one attribute."""

    def __init__(self, resource: Json, place: Place, op: str, filter: Node | None) -> None:
        self.at = resource if place.section is None else resource.setdefault(place.section, {})
        self.attribute: Attribute = place.attribute
        self.sub = place.sub
        self.op = op
        self.filter = filter
        self.name = place.attribute.name

    def run(self, value: Any) -> None:
        """Changes the resource."""
        if self.attribute.multi:
            self._many(value)
        elif self.sub is not None:
            self._part(self.at.setdefault(self.name, {}) or self._fresh(), value)
        else:
            self._one(value)

    def _fresh(self) -> Json:
        made: Json = {}
        self.at[self.name] = made
        return made

    def _one(self, value: Any) -> None:
        made = None if self.op == "remove" else typed(self.attribute, value)
        if made is None:
            self.at.pop(self.name, None)
        elif isinstance(made, dict):
            self.at[self.name] = {**(self.at.get(self.name) or {}), **made}
        else:
            self.at[self.name] = made

    def _part(self, element: Json, value: Any) -> None:
        assert self.sub is not None
        made = None if self.op == "remove" else typed(self.sub, value)
        if made is None:
            element.pop(self.sub.name, None)
        else:
            element[self.sub.name] = made

    # --- multi-valued ------------------------------------------------------------------------------------------

    def _many(self, value: Any) -> None:
        present: list[Any] = list(self.at.get(self.name) or [])
        touched: list[Any]
        if self.filter is None and self.sub is None:
            present, touched = self._whole(present, value)
        else:
            present, touched = self._chosen(present, value)
        _one_primary(present, touched)
        self.at[self.name] = present
        if not present:
            if self.op == "remove" and self.attribute.required:
                raise invalid("mutability", f"{self.name} is required")
            del self.at[self.name]

    def _whole(self, present: list[Any], value: Any) -> tuple[list[Any], list[Any]]:
        given = typed(self.attribute, value) or []
        if self.op == "remove":
            keys = {_identity(g) for g in given}
            return [p for p in present if keys and _identity(p) not in keys], []
        if self.op == "replace":
            return _merged([], given), given
        made = _merged(present, given)
        keys = {_identity(g) for g in given}
        return made, [m for m in made if _identity(m) in keys]

    def _chosen(self, present: list[Any], value: Any) -> tuple[list[Any], list[Any]]:
        chosen = [p for p in present if self.filter is None or matches(self.filter, p)]
        if self.op == "remove":
            if self.sub is None:
                gone = {id(c) for c in chosen}
                return [p for p in present if id(p) not in gone], []
            for element in chosen:
                element.pop(self.sub.name, None)
            return present, []
        if not chosen:  # the standard says noTarget; Entra ID expects the value to be made
            chosen = [self._described()]
            present = [*present, *chosen]
        for element in chosen:
            if self.sub is not None:
                self._part(element, value)
            else:
                for made in typed(self.attribute, value) or []:
                    element.update(made)
        return present, chosen

    def _described(self) -> Json:
        """The value that the conditions of the filter describe."""
        parts = self.filter.parts if isinstance(self.filter, All) else (self.filter,)
        made: Json = {}
        for part in parts:
            if isinstance(part, Compare) and part.operator == "eq" and (sub := self.attribute.sub(part.name.attribute)):
                made[sub.name] = typed(sub, part.value)
        return made


def _identity(value: Any) -> Any:
    """By what two values of a list are the same: their ``value``, else all they have."""
    if isinstance(value, dict):
        key = value.get("value")
        return key.casefold() if isinstance(key, str) else repr(sorted(value.items(), key=str))
    return value


def _merged(present: list[Any], given: list[Any]) -> list[Any]:
    """Both lists, with what is the same in one entry."""
    made = {_identity(p): p for p in present}
    for one in given:
        key = _identity(one)
        made[key] = {**made[key], **one} if key in made and isinstance(one, dict) else one
    return list(made.values())


def _one_primary(present: list[Any], touched: list[Any]) -> None:
    """A value that was made the primary one takes that from the others."""
    chosen = [t for t in touched if isinstance(t, dict) and t.get("primary") is True]
    if chosen:
        for one in present:
            if isinstance(one, dict) and one is not chosen[-1] and one.get("primary"):
                one["primary"] = False
