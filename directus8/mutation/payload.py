"""Checks a payload against its collection and turns it into column values. Source: items.md §2, §6."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import orjson
from slugify import slugify

from directus8 import validation
from directus8.context import Accountability, sql_time
from directus8.errors import (
    ArrayForScalar,
    InvalidRequest,
    UnprocessableEntity,
    ValueInvalid,
    ValueOutOfRange,
)
from directus8.schema.catalog import Collection, Field
from directus8.types import column
from directus8.types.sqltype import length_of

Payload: TypeAlias = Mapping[str, Any]
#: (text, name of the hasher) → hash
Hash: TypeAlias = Callable[[str, str], str]

BLANK = "This value should not be blank."
NOT_NULL = "This value should not be null."


# --- what may not be in a payload --------------------------------------------------------------------------


def check(collection: Collection, payload: Payload, *, stored: Payload | None = None, partial: bool = False) -> None:
    """All checks of one item: unknown fields, lengths, patterns, constraints.

    ``stored`` fills the gaps of an update; ``partial`` looks at the given fields only. UnprocessableEntity (12),
    ArrayForScalar (213), InvalidRequest (4).
    """
    if _exempt(collection, payload):
        return
    check_known(collection, payload)
    for name, value in payload.items():
        check_length(collection, collection.fields[name], value)
    whole = {**stored, **payload} if stored is not None else payload
    mismatches = [m for n, v in whole.items() if (m := mismatch(collection.fields[n], v))]
    if mismatches:
        raise InvalidRequest(" ".join(mismatches))
    fields = [collection.fields[n] for n in payload] if partial else list(collection.fields.values())
    messages = [m for f in fields if (m := _broken(collection, f, whole, payload))]
    if messages:
        raise InvalidRequest(" ".join(messages))


def _exempt(collection: Collection, payload: Payload) -> bool:
    """Items in a status that does not ask for required fields are not checked at all, when any status does."""
    statuses = collection.statuses
    if statuses is None or collection.status is None or not statuses.requiring:
        return False
    status = payload.get(collection.status.name)
    return bool(status) and str(status) not in statuses.requiring


def check_known(collection: Collection, payload: Payload) -> None:
    """UnprocessableEntity (12) naming the fields that do not exist."""
    unknown = [str(name) for name in payload if name not in collection.fields]
    if unknown:
        raise UnprocessableEntity(
            f'Payload fields: "{", ".join(unknown)}" does not exist in "{collection.name}" collection.'
        )


def check_target(collection: Collection, payload: Payload, *, stored: Payload | None = None) -> None:
    """The target of an m2o field: the original looks at nothing but the names of its fields."""
    check_known(collection, payload)


def check_length(collection: Collection, field: Field, value: Any) -> None:
    """UnprocessableEntity (12) for a value longer than its column."""
    if value is None or field.column is None or (field.kind.relational and not _is_text_key(field, value)):
        return
    length = length_of(field.column.type)
    shown = "Json / Array" if isinstance(value, (dict, list)) else _php_text(value)
    if isinstance(value, (dict, list)):
        if not field.kind.structured:
            return
        measured = orjson.dumps(value).decode()
    else:
        measured = shown
    if length is not None and not _fits(field, measured, length):
        raise UnprocessableEntity(
            f"The value submitted ({shown}) for '{_humanised(field.name)}' is longer than the field's supported "
            f"length ({length}). Please submit a shorter value or ask an Admin to increase the length."
        )


def _is_text_key(field: Field, value: Any) -> bool:
    """Is this the key of a related item, kept as text? Of other keys the original checks no length."""
    return isinstance(value, str) and field.column is not None and field.column.type.kind == "text"


def _fits(field: Field, text: str, length: str) -> bool:
    assert field.column is not None
    if field.column.type.kind not in ("decimal", "float"):
        return len(text) <= int(length or 0)
    precision, scale = (int(p) for p in length.split(","))
    whole, _, fraction = text.lstrip("+-").partition(".")
    return len(whole) <= precision - scale and len(fraction) <= scale


def mismatch(field: Field, value: Any) -> str | None:
    """The message for a value that does not match the field's pattern; null passes, a broken pattern does not."""
    pattern = field.validation
    if not pattern or field.column is None:
        return None
    try:
        message = validation.email(value) if pattern == "$email" else validation.regex(pattern)(value)
    except ValueError:
        raise UnprocessableEntity(f'Field "{field.name}": "{pattern}" is an invalid regular expression') from None
    return f"{field.name}: {message}" if message else None


def _php_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float):
        return str(column.number(value))
    return str(value)


def _humanised(name: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _broken(collection: Collection, field: Field, whole: Payload, payload: Payload) -> str | None:
    """The constraint messages of one field, or None."""
    col = field.column
    if field.kind.filled or (col is not None and col.auto_increment):
        return None
    value = whole.get(field.name)
    required = (not col.nullable or field.type == "status") if col is not None else field.required
    has_default = col is not None and col.default is not None
    blank = value is None or value == "" or value == []
    messages = []
    if required and not has_default and blank:
        messages.append(BLANK)
    elif col is not None and not col.nullable and field.name in whole and value is None:
        messages.append(NOT_NULL)
    if value is not None and field.name in payload and field.kind.check and (m := field.kind.check(value)):
        messages.append(m)
    return f"{field.name}: {' '.join(messages)}" if messages else None


# --- column values -----------------------------------------------------------------------------------------


def encode(collection: Collection, payload: Payload, hash: Hash) -> dict[str, Any]:
    """The columns of a payload as database values. ArrayForScalar, ValueInvalid, ValueOutOfRange."""
    values: dict[str, Any] = {}
    for name, value in payload.items():
        field = collection.fields.get(name)
        if field is not None and field.column is not None:
            values[name] = encode_value(collection, field, value, hash)
    return values


def encode_value(collection: Collection, field: Field, value: Any, hash: Hash) -> Any:
    """One value as the database keeps it."""
    assert field.column is not None
    if field.is_hash:
        return hash(_php_text(value) if value is not None else "", _hasher(field))
    if field.kind.encode is not None:
        value = field.kind.encode(value)
    if isinstance(value, (dict, list)):
        if field.column.type.name == "JSON":
            return orjson.dumps(value).decode()
        raise ArrayForScalar(field=field.name, collection=collection.name)
    try:
        return column.encode(value, field.column.type)
    except column.OutOfRange:
        raise ValueOutOfRange(field=field.name, collection=collection.name) from None
    except ValueError:
        raise ValueInvalid(field=field.name, collection=collection.name) from None


def _hasher(field: Field) -> str:
    options = field.options
    return str(options.get("hasher") or "core") if isinstance(options, dict) else "core"


def fill_created(collection: Collection, payload: Payload, who: Accountability) -> dict[str, Any]:
    """What the server adds on creation: owner, editor, times, slug. Overrides what was sent."""
    now = sql_time(who.clock())
    added: dict[str, Any] = {}
    for field in collection.columns:
        if field.extra.get("only_updates"):
            added[field.name] = None
        elif field.type in ("datetime_created", "datetime_updated"):
            added[field.name] = now
        elif field.type in ("owner", "user_updated"):
            added[field.name] = who.user
    return {**slugs(collection, payload), **added}


def fill_updated(collection: Collection, payload: Payload, who: Accountability) -> dict[str, Any]:
    """What the server adds on an update."""
    now = sql_time(who.clock())
    added: dict[str, Any] = {}
    for field in collection.columns:
        if field.type == "datetime_updated":
            added[field.name] = now
        elif field.type == "user_updated":
            added[field.name] = who.user
    return {**slugs(collection, payload), **added}


_LETTERS = [(a, b) for a, b in zip("äöüÄÖÜ", ("ae", "oe", "ue", "Ae", "Oe", "Ue"), strict=True)]


def slugs(collection: Collection, payload: Payload) -> dict[str, Any]:
    """Slugs made of the text they mirror, when that was sent and they were not."""
    made = {}
    for field in collection.columns:
        options = field.options if isinstance(field.options, dict) else {}
        source = collection.fields.get(str(options.get("mirroredField") or ""))
        if field.type != "slug" or field.name in payload or source is None or source.type != "string":
            continue
        text = payload.get(source.name)
        if isinstance(text, str):
            made[field.name] = slugify(
                text, lowercase=options.get("forceLowercase") is not False, replacements=_LETTERS
            )
    return made


def new_uuid() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


def is_empty(payload: Payload, ignoring: Iterable[str]) -> bool:
    """True when nothing but the named keys is in a payload."""
    return not (payload.keys() - set(ignoring))


def same_key(a: Any, b: Any) -> bool:
    """Keys compare as text: 5 is "5"."""
    return str(a) == str(b)
