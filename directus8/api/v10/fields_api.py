"""/fields. Source: sdk_v10.md D.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.api.v10 import told
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.fields import in_order
from directus8.api.v10.lens import lens_of
from directus8.api.v10.reading import check_readable
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import Forbidden, InvalidPayload
from directus8.schema import extras
from directus8.schema.catalog import Collection
from directus8.services import definitions
from directus8.services.fields import FieldsService
from directus8.services.kept import ready_extras
from directus8.services.session import Session


@route("GET", "/fields")
def list_all(request: V10Request) -> Answer:
    session = request.session
    _check(session)
    found = [c for c in session.catalog if session.rules.reads(c.name)]
    return Answer([field for collection in found for field in _of(session, collection)])


@route("GET", "/fields/<name>")
def list_of(request: V10Request, name: str) -> Answer:
    return Answer(_of(request.session, readable(request.session, name)))


@route("GET", "/fields/<name>/<field>")
def read_field(request: V10Request, name: str, field: str) -> Answer:
    return Answer(_told(request.session, name, field))


def _check(session: Session) -> None:
    check_readable(session, session.catalog.collection(names.FIELDS))


def readable(session: Session, name: str) -> Collection:
    """A collection the caller may read something of. Forbidden."""
    _check(session)
    found = session.catalog.get(name)
    if found is None or not session.rules.reads(name):
        raise Forbidden()
    return found


def _of(session: Session, collection: Collection) -> list[Mapping[str, Any]]:
    hidden = session.rules.hidden_fields(collection.name) | lens_of(collection.name).hidden
    return [told.field(session.catalog, collection.fields[n]) for n in in_order(collection) if n not in hidden]


def _told(session: Session, name: str, field: str) -> Mapping[str, Any]:
    collection = readable(session, name)
    lens = lens_of(name)
    column = lens.column(field)
    if column not in collection.fields or column in session.rules.hidden_fields(name) | lens.hidden:
        raise Forbidden()
    return told.field(session.catalog, collection.fields[column])


# --- writing -------------------------------------------------------------------------------------------------


@route("POST", "/fields/<name>")
def create_field(request: V10Request, name: str) -> Answer:
    session, given = request.session, request.fields()
    collection = _changeable(session, name)
    defined = definitions.field(given)
    field = defined.definition["field"]
    if field in collection.fields and collection.fields[field].id is not None:
        raise InvalidPayload(f'Field "{field}" already exists in collection "{name}"')
    ready_extras(session)
    with session.transaction(ddl=True):
        FieldsService(session).create(name, defined.definition)
        keep(session, name, field, defined.extra)
    return Answer(_told(session, name, field))


@route("PATCH", "/fields/<name>")
def update_fields(request: V10Request, name: str) -> Answer:
    session, body = request.session, request.body
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        raise InvalidPayload("Submitted body has to be an array")
    fields = [definitions.name_of(each) for each in body]
    ready_extras(session)
    with session.transaction(ddl=True):
        for field, each in zip(fields, body, strict=True):
            _change(session, name, field, each)
    return Answer([_told(session, name, field) for field in fields])


@route("PATCH", "/fields/<name>/<field>")
def update_field(request: V10Request, name: str, field: str) -> Answer:
    session, given = request.session, request.fields()
    ready_extras(session)
    with session.transaction(ddl=True):
        _change(session, name, field, given)
    return Answer(_told(session, name, field))


@route("DELETE", "/fields/<name>/<field>")
def delete_field(request: V10Request, name: str, field: str) -> Answer:
    session = request.session
    if field not in _changeable(session, name).fields:
        raise Forbidden()
    FieldsService(session).delete(name, field)
    return EMPTY


def _changeable(session: Session, name: str) -> Collection:
    found = session.catalog.get(name)
    if found is None or not session.who.is_admin:
        raise Forbidden()
    return found


def _change(session: Session, name: str, field: str, given: Mapping[str, Any]) -> None:
    found = _changeable(session, name).fields.get(field)
    if found is None:
        raise Forbidden()
    defined = definitions.changed(found, given)
    if defined.definition:
        FieldsService(session).update(name, field, defined.definition)
    if defined.extra != found.extra:
        keep(session, name, field, defined.extra)


def keep(session: Session, name: str, field: str, extra: Mapping[str, Any]) -> None:
    """Writes what is kept beside a field."""
    with session.connection() as connection:
        extras.put(connection, names.FIELDS, f"{name}.{field}", extra)
    session.touch({"schema"})
    session.forget("schema")
