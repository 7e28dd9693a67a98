"""POST /Bulk: many requests in one. Each stands for itself: one that fails undoes no other. RFC 7644 §3.7."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from directus8.api.scim.message import BULK, BULK_RESPONSE, Answer, Json, Request, ScimError, invalid
from directus8.api.scim.schemas import MAX_OPERATIONS, MAX_PAYLOAD
from directus8.errors import Error
from directus8.services.session import Session

METHODS = ("POST", "PUT", "PATCH", "DELETE")
MARK = "bulkId:"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request within a bulk request."""

    method: str
    path: str
    bulk_id: str | None
    version: str | None
    data: Any

    @property
    def needs(self) -> frozenset[str]:
        """The bulk ids it speaks of."""
        return frozenset(_references((self.path, self.data)))


@dataclass(slots=True)
class _Run:
    request: Request
    handle: Callable[[Request], Answer]
    error: Callable[[Error], Answer]
    ids: dict[str, str] = field(default_factory=dict)  # bulkId → id of what was made
    failed: set[str] = field(default_factory=set)


def run(request: Request, handle: Callable[[Request], Answer], error: Callable[[Error], Answer]) -> Answer:
    """Runs all operations, those after the ones they speak of."""
    if request.size > MAX_PAYLOAD:
        raise ScimError(413, None, f"A bulk request has at most {MAX_PAYLOAD} bytes")
    listed, most_errors = read(request.body)
    run = _Run(request, handle, error)
    answers: list[Json | None] = [None] * len(listed)
    errors = 0
    for at in ordered(listed):
        if most_errors and errors >= most_errors:
            break
        answer = answers[at] = _one(run, listed[at])
        errors += int(answer["status"]) >= 400
    return Answer({"schemas": [BULK_RESPONSE], "Operations": [a for a in answers if a is not None]})


def read(body: Any) -> tuple[list[Operation], int]:
    """The operations, and after how many errors to stop (0: never). invalidSyntax, 413."""
    given = {k.lower(): v for k, v in body.items()} if isinstance(body, dict) else {}
    listed, stop = given.get("operations"), given.get("failonerrors") or 0
    if not isinstance(listed, list):
        raise invalid("invalidSyntax", f"A bulk request needs {BULK} with Operations")
    if not isinstance(stop, int) or isinstance(stop, bool):
        raise invalid("invalidSyntax", "failOnErrors must be a whole number")
    if len(listed) > MAX_OPERATIONS:
        raise ScimError(413, None, f"A bulk request has at most {MAX_OPERATIONS} operations")
    return [_operation(one) for one in listed], max(stop, 0)


def _operation(one: Any) -> Operation:
    given = {k.lower(): v for k, v in one.items()} if isinstance(one, dict) else {}
    method, path, bulk_id = str(given.get("method", "")).upper(), given.get("path"), given.get("bulkid")
    if method not in METHODS or not isinstance(path, str):
        raise invalid("invalidSyntax", f"An operation needs a path and a method, one of {', '.join(METHODS)}")
    if bulk_id is not None and not isinstance(bulk_id, str):
        raise invalid("invalidSyntax", "bulkId must be a text")
    if method == "POST" and not bulk_id:
        raise invalid("invalidSyntax", "A POST needs a bulkId")
    version = given.get("version")
    return Operation(method, path, bulk_id, None if version is None else str(version), given.get("data"))


def ordered(listed: list[Operation]) -> Iterator[int]:
    """Positions of the operations: as given, but each after those it speaks of, as far as there is no circle."""
    makers = {o.bulk_id: at for at, o in enumerate(listed) if o.bulk_id and o.method == "POST"}
    needs = [{makers[n] for n in o.needs if n in makers and makers[n] != at} for at, o in enumerate(listed)]
    waiting, done = list(range(len(listed))), set[int]()
    while waiting:
        ready = [at for at in waiting if needs[at] <= done] or waiting[:]
        yield from ready
        done |= set(ready)
        waiting = [at for at in waiting if at not in done]


def _one(run: _Run, operation: Operation) -> Json:
    told: Json = {"method": operation.method}
    if operation.bulk_id is not None:
        told["bulkId"] = operation.bulk_id
    try:
        answer = run.handle(_request(run, operation))
    except Error as failed:
        answer = run.error(failed)
        if answer.status >= 500:
            raise
    return {**told, **_told(run, operation, answer)}


def _request(run: _Run, operation: Operation) -> Request:
    outer = run.request
    path = tuple(p for p in str(_resolved(run, operation.path)).strip("/").split("/") if p)
    if path and path[0].lower() in ("bulk", ".search", "me"):
        raise invalid("invalidPath", f"{operation.path} is nothing for a bulk request")
    return replace(
        outer,
        method=operation.method,
        path=path,
        session=Session(outer.session.project, outer.session.who),
        query={},
        body=_resolved(run, operation.data),
        if_match=operation.version,
        if_none_match=None,
    )


def _told(run: _Run, operation: Operation, answer: Answer) -> Json:
    made: Json = {"status": str(answer.status)}
    headers = dict(answer.headers)
    location = headers.get("Location") or headers.get("Content-Location")
    if answer.status >= 400:
        made["response"] = answer.body
    elif location is None and operation.method != "POST":
        location = f"{run.request.base}/{_resolved(run, operation.path).strip('/')}"
    if location is not None:
        made["location"] = location
    if "ETag" in headers:
        made["version"] = headers["ETag"]
    if answer.status < 400 and operation.method == "POST" and operation.bulk_id and answer.body:
        run.ids[operation.bulk_id] = str(answer.body["id"])
    return made


# --- references ------------------------------------------------------------------------------------------------


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for part in value.split("/"):
            if part.startswith(MARK):
                yield part.removeprefix(MARK)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        yield from _references(list(value.values()))


def _resolved(run: _Run, value: Any) -> Any:
    """The value with ids in place of bulk ids. 409 for one that nothing was made of."""
    if isinstance(value, str) and MARK in value:
        return "/".join(_id(run, part) for part in value.split("/"))
    if isinstance(value, list):
        return [_resolved(run, one) for one in value]
    if isinstance(value, dict):
        return {k: _resolved(run, v) for k, v in value.items()}
    return value


def _id(run: _Run, part: str) -> str:
    if not part.startswith(MARK):
        return part
    found = run.ids.get(part.removeprefix(MARK))
    if found is None:
        raise ScimError(409, None, f"{part} stands for nothing that was made before")
    return found
