"""/utils: random texts, hashes, order, reverting, imports. Source: sdk_v10.md D.6."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.api.http.response import Response
from directus8.api.v10 import items, payloads, revisions
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.lens import lens_of
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.auth import passwords
from directus8.errors import Forbidden, InvalidPayload, InvalidQuery
from directus8.filters import Condition
from directus8.query.ast import ANY_STATUS, Entry, Node, Query, Sort
from directus8.schema.catalog import Collection
from directus8.services.items import ItemsService, Options
from directus8.services.limits import spend
from directus8.services.session import Session
from directus8.validation import natural_number

ALPHABET = string.ascii_letters + string.digits + "_-"
LONGEST, LONGEST_TEXT = 500, 100_000


@route("GET", "/utils/random/string")
def random_string(request: V10Request) -> Answer:
    spend(request.session, "utils")
    length = natural_number(request.query.get("length", "32"))
    if length is None:
        raise InvalidQuery('"length" must be a number')
    if length > LONGEST:
        raise InvalidQuery(f'"length" must be less than or equal to {LONGEST}')
    return Answer("".join(secrets.choice(ALPHABET) for _ in range(length)))


@route("POST", "/utils/hash/generate")
def generate_hash(request: V10Request) -> Answer:
    spend(request.session, "utils")
    return Answer(passwords.hash_password(_text(request, "string"), request.project.config.auth.bcrypt_cost))


@route("POST", "/utils/hash/verify")
def verify_hash(request: V10Request) -> Answer:
    spend(request.session, "utils")
    text, hashed = _text(request, "string"), _text(request, "hash")
    return Answer(passwords.verify_password(text, hashed, passwords.UNTRUSTED))


def _text(request: V10Request, name: str) -> str:
    text = request.text(name)
    if len(text) > LONGEST_TEXT:
        raise InvalidPayload(f'"{name}" is too long')
    return text


@route("POST", "/utils/cache/clear")
def clear_cache(request: V10Request) -> Response:
    """Nothing is remembered that is not proved fresh, so there is nothing to clear."""
    if not request.session.who.is_admin:
        raise Forbidden()
    return Response(status=200, content_type="")


# --- order -------------------------------------------------------------------------------------------------------


@route("POST", "/utils/sort/<name>")
def sort(request: V10Request, name: str) -> Response:
    session, body = request.session, request.fields()
    collection = session.catalog.get(name)
    if collection is None or not session.rules.allows("update", name):
        raise Forbidden()
    field = collection.extra.get("sort_field") or (collection.sort.name if collection.sort else None)
    if field is None or field not in collection.fields:
        raise InvalidPayload(f'Collection "{name}" doesn\'t have a sort field')
    for part in ("item", "to"):
        if body.get(part) is None:
            raise InvalidPayload(f'"{part}" is required')
    _move(session, collection, field, body["item"], body["to"])
    return Response(status=200, content_type="")


def _move(session: Session, collection: Collection, field: str, item: Any, to: Any) -> None:
    """Gives an item the place of another; those between move by one. Places are filled and made distinct first."""
    assert collection.key is not None
    key = collection.key.name
    with session.transaction():
        node = Node(collection.name, (Entry(key), Entry(field)), ANY_STATUS)
        rows = session.read(Query(node, None, (Sort(field), Sort(key))))
        known = [r for r in rows if r[field] is not None] + [r for r in rows if r[field] is None]
        order = [r[key] for r in known]
        places = _places([r[field] for r in known])
        by_text = {str(k): i for i, k in enumerate(order)}
        if str(item) not in by_text or str(to) not in by_text:
            raise Forbidden()
        moved = order.pop(by_text[str(item)])
        order.insert(by_text[str(to)], moved)
        before = {r[key]: r[field] for r in rows}
        changes = [(k, {field: p}) for k, p in zip(order, places, strict=True) if before[k] != p]
        if changes:
            ItemsService(session, collection.name, payloads.MANNER).update(changes, Options(log=False))


def _places(given: list[Any]) -> list[int]:
    """Rising places: as they are where they rise, else one after another."""
    numbers = [int(p) for p in given if p is not None]
    if len(set(numbers)) < len(numbers):
        return list(range(1, len(given) + 1))
    last = numbers[-1] if numbers else 0
    return numbers + list(range(last + 1, last + 1 + len(given) - len(numbers)))


# --- back to a revision --------------------------------------------------------------------------------------------


@route("POST", "/utils/revert/<key>")
def revert(request: V10Request, key: str) -> Answer:
    session = request.session
    found = _revision(session, key)
    collection = session.catalog.get(found["collection"])
    if collection is None:
        raise Forbidden()
    if not items.update_items(session, collection, [(found["item"], _state(collection, found))]):
        raise Forbidden()
    return EMPTY


def _revision(session: Session, key: str) -> Mapping[str, Any]:
    names_ = ("collection", "item", "data", "delta")
    activity = Entry("activity", Node(names.ACTIVITY, (Entry("action"),), ANY_STATUS))
    node = Node(names.REVISIONS, (*map(Entry, names_), activity), ANY_STATUS)
    session.rules.read_filter(session.catalog.collection(names.REVISIONS))
    found = session.read(Query(node, Condition(("id",), "key", (key,))))
    if not found:
        raise Forbidden()
    return found[0]


def _state(collection: Collection, found: Mapping[str, Any]) -> dict[str, Any]:
    """What a revision says of its item: of a new one only what its maker said."""
    created = isinstance(found["activity"], dict) and found["activity"].get("action") in ("create", "upload")
    state = revisions.row(collection, found["delta"] if created else found["data"])
    lens = lens_of(collection.name)
    kept = {
        n: v
        for n, v in state.items()
        if (field := collection.fields.get(lens.column(n))) is not None
        and field.column is not None
        and not field.column.primary_key
        and not field.kind.filled
    }
    return kept
