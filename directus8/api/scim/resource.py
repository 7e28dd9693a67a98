"""Resources as values: what a client sent in the names and types of the schema; what of it is shown. Pure.

The normal form has canonical names, the attributes of an extension under its URN, lists where attributes are
multi-valued, and neither null nor what clients may not write. What nobody knows is left out. Source: RFC 7643 §2, §3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import orjson

from directus8.api.scim.filter import BadFilter, Name, name_of
from directus8.api.scim.message import Json, invalid
from directus8.api.scim.schemas import Attribute, ResourceType, find


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute is kept: its section (None: the resource itself, else an extension's URN) and itself."""

    section: str | None
    attribute: Attribute
    sub: Attribute | None = None


def place_of(type: ResourceType, name: Name) -> Place | None:
    """The place of a name, None when nobody knows it."""
    within = type.within(name.urn)
    attribute = find(within[1], name.attribute) if within else None
    if within is None or attribute is None:
        return None
    if name.sub is None:
        return Place(within[0], attribute)
    sub = attribute.sub(name.sub)
    return Place(within[0], attribute, sub) if sub else None


def normal(type: ResourceType, body: Any) -> Json:
    """The writable part of a body in normal form; an empty value is kept as None, so that one sees it was sent."""
    if not isinstance(body, dict):
        raise invalid("invalidSyntax", "The body must be a JSON object")
    made: Json = {}
    for key, value in body.items():
        extension = type.within(key) if ":" in key else None
        if extension is not None and isinstance(value, dict):
            for inner, v in value.items():
                _put(made, extension[0], find(extension[1], inner), v)
        elif extension is None and (attribute := find(type.attributes, key)):
            _put(made, None, attribute, value)
    return made


def _put(made: Json, section: str | None, attribute: Attribute | None, value: Any) -> None:
    if attribute is not None and attribute.taken:
        at = made if section is None else made.setdefault(section, {})
        at[attribute.name] = typed(attribute, value)


def typed(attribute: Attribute, value: Any) -> Any:
    """A value of an attribute in normal form, None for null and for empty lists."""
    if value is None or value == [] or value == {}:
        return None
    if attribute.multi:
        listed = value if isinstance(value, list) else [value]
        return [made for v in listed if (made := _single(attribute, v)) is not None] or None
    return _single(attribute, value)


def _single(attribute: Attribute, value: Any) -> Any:
    if attribute.type == "complex":
        return _complex(attribute, value)
    if value is None:
        return None
    if attribute.type == "boolean":
        return _boolean(attribute, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise invalid("invalidValue", f"{attribute.name} must be a text")
    return value


def _complex(attribute: Attribute, value: Any) -> Json | None:
    if isinstance(value, str) and attribute.sub("value"):
        return {"value": value}
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid("invalidValue", f"{attribute.name} must be a JSON object")
    made = {}
    for key, v in value.items():
        sub = attribute.sub(key)
        if sub is not None and sub.taken:
            made[sub.name] = typed(sub, v)
    return made


def _boolean(attribute: Attribute, value: Any) -> bool:
    """true and false, also as the texts some providers send."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise invalid("invalidValue", f"{attribute.name} must be true or false")


def without_empty(value: Any) -> Any:
    """The same without null, empty lists and empty objects."""
    if isinstance(value, dict):
        kept = {k: without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v is not None and v != [] and v != {}}
    return [without_empty(v) for v in value] if isinstance(value, list) else value


def version_of(resource: Json) -> str:
    """The weak entity tag of a resource; ``meta`` does not count."""
    told = {k: v for k, v in resource.items() if k != "meta"}
    return f'W/"{md5(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()}"'


# --- what is shown ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes a client wants to see: ``attributes`` alone, or all without ``excluded``. RFC 7644 §3.9."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def wants(self, attribute: str) -> bool:
        """Is anything of this attribute of the resource itself shown?"""
        low = attribute.lower()
        if self.attributes:
            return any(_head(a) == low for a in self.attributes)
        return low not in (_bare(a) for a in self.excluded)

    def apply(self, type: ResourceType, resource: Json) -> Json:
        """The resource as it is shown."""
        if not self.attributes and not self.excluded:
            return resource
        made: Json = {}
        for key, value in resource.items():
            if key == "schemas" or key == "id":
                made[key] = value
            elif ":" in key and isinstance(value, dict):
                self._keep(made, key, self._section(key, value))
            else:
                self._keep(made, key, self._shown(key.lower(), value, type.schema.id))
        return made

    @staticmethod
    def _keep(made: Json, key: str, value: Any) -> None:
        if value not in (None, {}, []):
            made[key] = value

    def _section(self, urn: str, value: Json) -> Json | None:
        low = urn.lower()
        if low in map(str.lower, self.attributes):
            return value
        if low in map(str.lower, self.excluded):
            return None
        return {k: s for k, v in value.items() if (s := self._shown(f"{low}:{k.lower()}", v, "")) is not None}

    def _shown(self, name: str, value: Any, urn: str) -> Any:
        """A value, or the part of it that is asked for."""
        listed = self.attributes or self.excluded
        names = {_bare(n) if urn else n.lower() for n in listed}
        subs = {n[len(name) + 1 :] for n in names if n.startswith(f"{name}.")}
        if name in names:
            return value if self.attributes else None
        if self.attributes:
            return _parts(value, lambda k: k.lower() in subs) if subs else None
        return _parts(value, lambda k: k.lower() not in subs) if subs else value


def _parts(value: Any, keep: Any) -> Any:
    if isinstance(value, list):
        return [_parts(v, keep) for v in value]
    return {k: v for k, v in value.items() if keep(k)} if isinstance(value, Mapping) else value


def _bare(name: str) -> str:
    """A name without the URN of a core schema."""
    low = name.lower()
    return low.rsplit(":", 1)[-1] if low.startswith("urn:ietf:params:scim:schemas:core:") else low


def _head(name: str) -> str:
    return _bare(name).split(".", 1)[0]


def names_in(text: Any) -> tuple[str, ...]:
    """A comma list or a JSON list of attribute names. invalidValue."""
    listed = text if isinstance(text, list) else str(text).split(",") if text not in (None, "") else []
    try:
        found = tuple(str(n).strip() for n in listed if str(n).strip())
        for name in found:
            name_of(name)
    except BadFilter as error:
        raise invalid("invalidValue", f"attributes: {error}") from None
    return found


def projection(attributes: Any, excluded: Any) -> Projection:
    """What the two parameters ask for. invalidValue when both are there."""
    made = Projection(names_in(attributes), names_in(excluded))
    if made.attributes and made.excluded:
        raise invalid("invalidValue", "attributes and excludedAttributes exclude each other")
    return made
