"""What the SCIM dialect is asked and answers: values that know nothing of Flask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from directus8.errors import Error
from directus8.services.session import Session

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

MEDIA = "application/scim+json"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One SCIM request: ``path`` are the parts below ``base``; ``body`` is the parsed body, ``size`` its bytes."""

    method: str
    path: tuple[str, ...]
    session: Session
    base: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    size: int = 0
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; without a body there is none."""

    body: Json | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    media: str = MEDIA


class ScimError(Error):
    """An error that only SCIM has: a status and a word for its kind."""

    def __init__(self, status: int, kind: str | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind


def invalid(kind: str, detail: str) -> ScimError:
    """A 400 of that kind: invalidFilter, invalidSyntax, invalidPath, invalidValue, noTarget, mutability, tooMany."""
    return ScimError(400, kind, detail)
