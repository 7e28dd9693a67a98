"""SCIM as RFC 7644 has it: which request means what. Source: scim.md part B and C."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from directus8 import names
from directus8.api.scim import bulk, groups, users
from directus8.api.scim.conditions import Compiler, Leaf
from directus8.api.scim.filter import BadFilter, name_of
from directus8.api.scim.message import ERROR, LIST, MEDIA, Answer, Json, Request, ScimError, invalid
from directus8.api.scim.patch import apply, operations
from directus8.api.scim.resource import Projection, normal, projection, version_of, without_empty
from directus8.api.scim.schemas import (
    GROUPS,
    MAX_RESULTS,
    RESOURCE_TYPES,
    SCHEMAS,
    USERS,
    ResourceType,
    listed,
    service_provider_config,
)
from directus8.errors import (
    DuplicateKey,
    Error,
    InvalidPayload,
    ItemNotFound,
    MethodNotAllowed,
    NotFound,
    ReadDenied,
    Unauthorized,
)
from directus8.filters import NOTHING, And, Condition, Filter
from directus8.permissions.rules import Rules
from directus8.query.ast import Entry, Node, Query, Sort
from directus8.services.identities import Identities, Known, prepare
from directus8.services.session import Session
from directus8.validation import whole_number

DEFAULT_COUNT = 200
MOST_LOOKUPS = 10
#: What stands for a body that is no JSON.
BROKEN = object()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource: where it lies, how it is told, asked for and written."""

    type: ResourceType
    collection: str
    leaves: Mapping[str, Leaf]
    sorts: Mapping[str, str]
    entries: Callable[[Rules, bool], tuple[Entry, ...]]
    costly: str  # the attribute that takes a statement of its own
    told: Callable[[Mapping[str, Any], Known, str], Json]
    created: Callable[[Session, Json], str]
    changed: Callable[[Session, Any, Json, Json], None]
    deleted: Callable[[Session, Any, str], None]
    kept: tuple[str, ...]
    silent_patch: bool  # a PATCH is answered without a body


KINDS = {
    "users": Kind(
        USERS, names.USERS, users.LEAVES, users.SORTS, users.entries, "groups", users.told, users.created,
        users.changed, users.deleted, users.KEPT, silent_patch=False,
    ),
    "groups": Kind(
        GROUPS, names.ROLES, groups.LEAVES, groups.SORTS, groups.entries, "members", groups.told, groups.created,
        groups.changed, groups.deleted, groups.KEPT, silent_patch=True,
    ),
}  # fmt: skip


# --- requests --------------------------------------------------------------------------------------------------


def handle(request: Request) -> Answer:
    """The answer to a request."""
    if request.body is BROKEN:
        raise invalid("invalidSyntax", "The body is no JSON")
    try:
        return _routed(request)
    except Unauthorized as error:
        if request.session.who.is_public:
            raise
        raise ScimError(403, None, error.message) from error


def error(failed: Error) -> Answer:
    """The answer to a failed request. RFC 7644 §3.12."""
    status, kind = _status_of(failed)
    body: Json = {"schemas": [ERROR], "status": str(status)}
    if kind is not None:
        body["scimType"] = kind
    body["detail"] = failed.message if status != 500 else "Internal Server Error"
    headers = (("WWW-Authenticate", 'Bearer realm="directus"'),) if status == 401 else ()
    return Answer(body, status, headers)


def _status_of(failed: Error) -> tuple[int, str | None]:
    if isinstance(failed, ScimError):
        return failed.status, failed.kind
    if isinstance(failed, DuplicateKey):
        return 409, "uniqueness"
    if isinstance(failed, InvalidPayload):
        return 400, "invalidSyntax"
    if failed.status == 422:
        return 400, "invalidValue"
    return failed.status, None


def _routed(request: Request) -> Answer:
    head, *rest = [part for part in request.path if part] or [""]
    low = head.lower()
    if low in _DISCOVERY:
        return _discover(request, low, rest)
    prepare(request.session)
    if low == "bulk" and not rest:
        _only(request, "POST")
        return bulk.run(request, handle, error)
    if low == "me":
        return _me(request, rest)
    if low == ".search" and not rest:
        _only(request, "POST")
        return _search(request, tuple(KINDS.values()), _search_body(request))
    if low in KINDS:
        return _resources(request, KINDS[low], rest)
    raise NotFound(f"There is nothing at /{'/'.join(request.path)}")


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise MethodNotAllowed()


def _resources(request: Request, kind: Kind, rest: list[str]) -> Answer:
    if not rest:
        return _collection(request, kind)
    if len(rest) > 1:
        raise NotFound(f"There is nothing at /{'/'.join(request.path)}")
    if rest[0] == ".search":
        _only(request, "POST")
        return _search(request, (kind,), _search_body(request))
    handler = _ONE.get(request.method)
    if handler is None:
        raise MethodNotAllowed()
    return handler(request, kind, rest[0])


def _collection(request: Request, kind: Kind) -> Answer:
    if request.method in ("GET", "HEAD"):
        return _search(request, (kind,), {k.lower(): v for k, v in request.query.items()})
    _only(request, "POST")
    shown, resource = _shown(request), without_empty(normal(kind.type, request.body))
    with request.session.transaction():
        id = kind.created(request.session, resource)
        made = _found(request, kind, id).resource
    return _one(kind, made, shown, 201)


def _me(request: Request, rest: list[str]) -> Answer:
    """An alias of the caller."""
    if request.session.who.is_public:
        raise Unauthorized()
    if rest:
        raise NotFound(f"There is nothing at /{'/'.join(request.path)}")
    key = request.session.who.user
    id = Identities(request.session).give_ids(names.USERS, [key])[key]
    return _resources(request, KINDS["users"], [id])


# --- discovery -------------------------------------------------------------------------------------------------

_DISCOVERY = ("serviceproviderconfig", "resourcetypes", "schemas")


def _discover(request: Request, what: str, rest: list[str]) -> Answer:
    """What this service can do; open to everybody, since it is the same for all."""
    _only(request, "GET", "HEAD")
    if "filter" in request.query:
        raise ScimError(403, None, "Nothing can be filtered here")
    base = request.base
    if what == "serviceproviderconfig" and not rest:
        return Answer(service_provider_config(base))
    if what == "resourcetypes":
        documents = {t.name: t.document(base) for t in RESOURCE_TYPES}
    else:
        documents = {s.id: s.document(base) for s in SCHEMAS}
    if not rest:
        return Answer(listed(list(documents.values())))
    if len(rest) > 1 or rest[0] not in documents or what == "serviceproviderconfig":
        raise NotFound(f"There is nothing at /{'/'.join(request.path)}")
    return Answer(documents[rest[0]])


# --- lists -----------------------------------------------------------------------------------------------------


def _search_body(request: Request) -> Json:
    if request.body is None:
        return {}
    if not isinstance(request.body, dict):
        raise invalid("invalidSyntax", "The body must be a JSON object")
    return {k.lower(): v for k, v in request.body.items()}


def _number(value: Any, name: str, default: int) -> int:
    if value is None or value == "":
        return default
    text = str(value).strip()
    number = whole_number(text.removeprefix("+"))
    if isinstance(value, bool) or number is None:
        raise invalid("invalidValue", f"{name} must be a whole number")
    return number


@dataclass(frozen=True, slots=True)
class _Page:
    """What is left of a page over several kinds of resources."""

    offset: int
    count: int


def _search(request: Request, kinds: tuple[Kind, ...], given: Mapping[str, Any]) -> Answer:
    """A list. Several kinds follow each other."""
    start = max(_number(given.get("startindex"), "startIndex", 1), 1)
    count = min(max(_number(given.get("count"), "count", DEFAULT_COUNT), 0), MAX_RESULTS)
    shown = projection(given.get("attributes"), given.get("excludedattributes"))
    conditions = _conditions(request, kinds, given.get("filter"))
    page, total, resources = _Page(start - 1, count), 0, []
    for kind, where in conditions:
        found, all = _part(request, kind, where, _sort(kinds, kind, given), page, shown)
        resources += found
        total += all
        page = _Page(max(page.offset - all, 0), page.count - len(found))
    body = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(resources)}
    return Answer({**body, "Resources": resources})


def _conditions(request: Request, kinds: tuple[Kind, ...], given: Any) -> list[tuple[Kind, Filter | None]]:
    """The filter for each kind; over several kinds, one that lacks an attribute has no match."""
    made: list[tuple[Kind, Filter | None]] = []
    failed: list[Error] = []
    identities, rules = Identities(request.session), request.session.rules
    lookups = {"username": identities.named, "externalid": identities.known_as}
    words = str(given).lower().split()
    if words.count("eq") + words.count("ne") > MOST_LOOKUPS:  # each is a statement
        lookups = {}
    for kind in kinds:
        compiler = Compiler(kind.type, kind.collection, kind.leaves, identities.catalog, rules, lookups)
        try:
            made.append((kind, compiler.compile(given)))
        except ScimError as error:
            failed.append(error)
            made.append((kind, NOTHING))
    if len(failed) == len(kinds):
        raise failed[0]
    return made


def _sort(kinds: tuple[Kind, ...], kind: Kind, given: Mapping[str, Any]) -> tuple[Sort, ...]:
    order = str(given.get("sortorder") or "ascending").lower()
    if order not in ("ascending", "descending"):
        raise invalid("invalidValue", "sortOrder must be ascending or descending")
    text = given.get("sortby")
    if text in (None, ""):
        return (Sort("id"),)
    key = _sort_key(kind, text)
    known = any(_sort_key(k, text) in k.sorts for k in kinds)
    if not known:
        raise invalid("invalidValue", f"sortBy: {text} can not be sorted by")
    column = kind.sorts.get(key)
    return (Sort(column, order == "descending"), Sort("id")) if column else (Sort("id"),)


def _sort_key(kind: Kind, text: Any) -> str:
    try:
        name = name_of(str(text))
    except BadFilter as error:
        raise invalid("invalidPath", f"sortBy: {error}") from None
    within = kind.type.within(name.urn)
    plain = f"{name.attribute}.{name.sub}" if name.sub else name.attribute
    return (f"{within[0]}:{plain}" if within and within[0] else plain).lower()


def _part(
    request: Request, kind: Kind, where: Filter | None, sort: tuple[Sort, ...], page: _Page, shown: Projection
) -> tuple[list[Json], int]:
    """The resources of one kind on a page, and how many of them there are in all."""
    for term in sort:
        if term.field in request.session.rules.hidden_fields(kind.collection):
            raise ReadDenied(collection=kind.collection)
    identities = Identities(request.session)
    full = shown.wants(kind.costly)
    items = _read(request, kind, where, sort, page, full) if page.count > 0 else []
    known = identities.known(i["external_id"] for i in items)
    found = [
        shown.apply(kind.type, kind.told(item, known.get(item["external_id"], Known()), request.base)) for item in items
    ]
    if items and len(items) < page.count:  # the end is in sight: no need to count
        return found, page.offset + len(items)
    return found, identities.count(kind.collection, where)


def _read(
    request: Request, kind: Kind, where: Filter | None, sort: tuple[Sort, ...], page: _Page, full: bool
) -> list[dict[str, Any]]:
    """Rows of a page. Those without an id, older than any provider, are given one."""
    identities = Identities(request.session)
    columns = request.session.catalog[kind.collection].fields  # some may have been dropped
    entries = tuple(e for e in kind.entries(request.session.rules, full) if e.field in columns)
    items = identities.read(Query(Node(kind.collection, entries), where, sort, page.count, page.offset))
    _complete(identities, kind.collection, items)
    _complete(identities, names.USERS, [m for i in items for m in i.get("users") or ()])
    _complete(identities, names.ROLES, [i["role"] for i in items if isinstance(i.get("role"), dict)])
    return items


def _complete(identities: Identities, collection: str, items: list[dict[str, Any]]) -> None:
    missing = [i for i in items if "external_id" in i and i["external_id"] is None]
    if missing:
        ids = identities.give_ids(collection, sorted({i["id"] for i in missing}))
        for item in missing:
            item["external_id"] = ids[item["id"]]


# --- one -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stored:
    """A resource as it is stored."""

    key: Any
    resource: Json

    @property
    def version(self) -> str:
        """Its entity tag; that of a resource read in part is that of the part."""
        found: str = self.resource["meta"].get("version") or version_of(self.resource)
        return found


def _found(request: Request, kind: Kind, id: str, full: bool = True) -> _Stored:
    """The resource of an id. ItemNotFound; Unauthorized or ReadDenied for who may read none."""
    request.session.rules.read_filter(request.session.catalog.collection(kind.collection))
    where = Condition(("external_id",), "eq", id)
    for item in _read(request, kind, where, (Sort("id"),), _Page(0, 1), full):
        if item["external_id"] == id:
            known = Identities(request.session).known([id])
            return _Stored(item["id"], kind.told(item, known.get(id, Known()), request.base))
    raise ItemNotFound(f"{kind.type.name} {id} not found")


def _shown(request: Request) -> Projection:
    query = {k.lower(): v for k, v in request.query.items()}
    return projection(query.get("attributes"), query.get("excludedattributes"))


def _one(kind: Kind, resource: Json, shown: Projection, status: int = 200) -> Answer:
    """A resource with its location and version."""
    meta = resource["meta"]
    headers = [("Location", meta["location"])] if status == 201 else [("Content-Location", meta["location"])]
    if "version" in meta:
        headers.append(("ETag", meta["version"]))
    return Answer(shown.apply(kind.type, resource), status, tuple(headers))


def _get(request: Request, kind: Kind, id: str) -> Answer:
    shown = _shown(request)
    stored = _found(request, kind, id, full=kind.costly == "groups" or shown.wants(kind.costly))
    if request.if_none_match and _names(request.if_none_match, stored.version):
        return Answer(status=304, headers=(("ETag", stored.version),))
    return _one(kind, stored.resource, shown)


def _names(tags: str, version: str) -> bool:
    """Does a list of entity tags name this version? Weak and strong are not told apart."""
    given = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    return "*" in given or version.removeprefix("W/") in given


def _expected(request: Request, stored: _Stored) -> None:
    """412 when the client speaks of another version."""
    if request.if_match and not _names(request.if_match, stored.version):
        raise ScimError(412, None, "The resource has changed: its version is another")


def _put(request: Request, kind: Kind, id: str) -> Answer:
    shown, given = _shown(request), normal(kind.type, request.body)
    with request.session.transaction():
        stored = _found(request, kind, id)
        _expected(request, stored)
        kept = {k: stored.resource[k] for k in kind.kept if k in stored.resource and k not in given}
        new = {**kept, **without_empty(given), "id": id}
        if "active" in given and given["active"] is None:
            new["active"] = stored.resource.get("active")
        kind.changed(request.session, stored.key, stored.resource, new)
        made = _found(request, kind, id).resource
    return _one(kind, made, shown)


def _patch(request: Request, kind: Kind, id: str) -> Answer:
    shown, given = _shown(request), operations(request.body)
    with request.session.transaction():
        stored = _found(request, kind, id)
        _expected(request, stored)
        new = without_empty(apply(kind.type, stored.resource, given))
        kind.changed(request.session, stored.key, stored.resource, new)
        silent = kind.silent_patch and shown == Projection()
        made = stored.resource if silent else _found(request, kind, id).resource
    return Answer(status=204) if silent else _one(kind, made, shown)


def _delete(request: Request, kind: Kind, id: str) -> Answer:
    with request.session.transaction():
        stored = _found(request, kind, id)
        _expected(request, stored)
        kind.deleted(request.session, stored.key, id)
    return Answer(status=204)


_ONE: Mapping[str, Callable[[Request, Kind, str], Answer]] = {
    "GET": _get, "HEAD": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete,
}  # fmt: skip

__all__ = ["BROKEN", "KINDS", "MEDIA", "And", "error", "handle"]
