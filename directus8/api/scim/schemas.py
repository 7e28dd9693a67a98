"""The attributes of users and groups, published as they are understood; and the documents that tell of them.

Only what is stored is published: a client that reads /Schemas and writes all of it gets all of it back.
Source: RFC 7643 §3–§7, scim.md part B.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from directus8.api.scim.message import LIST, Json

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
USER = f"{CORE}User"
GROUP = f"{CORE}Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

MAX_RESULTS = 1000
MAX_OPERATIONS = 1000
MAX_PAYLOAD = 1024 * 1024


@dataclass(frozen=True)
class Attribute:
    """One attribute or sub-attribute, with the characteristics of RFC 7643 §2.2."""

    name: str
    type: str = "string"
    description: str = ""
    multi: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subs: tuple[Attribute, ...] = ()

    @property
    def taken(self) -> bool:
        """Is what a client sends looked at?"""
        return self.mutability != "readOnly"

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, in whatever case."""
        return find(self.subs, name)

    def document(self) -> Json:
        """The attribute as /Schemas tells it."""
        made: Json = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.multi,
            "description": self.description,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        }
        if self.canonical:
            made["canonicalValues"] = list(self.canonical)
        if self.references:
            made["referenceTypes"] = list(self.references)
        if self.subs:
            made["subAttributes"] = [sub.document() for sub in self.subs]
        return made


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """The attribute of that name, in whatever case."""
    low = name.lower()
    return next((a for a in attributes if a.name.lower() == low), None)


@dataclass(frozen=True)
class Schema:
    """A named set of attributes."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    def document(self, base: str) -> Json:
        """The schema as /Schemas tells it."""
        return {
            "schemas": [f"{CORE}Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": [a.document() for a in self.attributes],
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{self.id}"},
        }


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource: its schema and the extensions it may have."""

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes of the schema, and those every resource has."""
        return (*COMMON, *self.schema.attributes)

    @cached_property
    def _by_urn(self) -> Mapping[str, tuple[str | None, tuple[Attribute, ...]]]:
        extended = {e.id.lower(): (e.id, e.attributes) for e in self.extensions}
        return {self.schema.id.lower(): (None, self.attributes), **extended}

    def within(self, urn: str | None) -> tuple[str | None, tuple[Attribute, ...]] | None:
        """The attributes under a URN and the key they are kept under (None: the resource itself)."""
        return self._by_urn.get((urn or self.schema.id).lower())

    def sections(self) -> Iterator[tuple[str | None, tuple[Attribute, ...]]]:
        """All attributes, by the key they are kept under."""
        return iter(self._by_urn.values())

    def document(self, base: str) -> Json:
        """The resource type as /ResourceTypes tells it."""
        return {
            "schemas": [f"{CORE}ResourceType"],
            "id": self.name,
            "name": self.name,
            "endpoint": f"/{self.endpoint}",
            "description": self.description,
            "schema": self.schema.id,
            "schemaExtensions": [{"schema": e.id, "required": False} for e in self.extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{self.name}"},
        }


_REFERENCE = {"type": "reference", "case_exact": True}


def _id_of(what: str, mutability: str) -> Attribute:
    return Attribute("value", description=f"The id of the {what}.", case_exact=True, mutability=mutability)


COMMON = (
    Attribute(
        "id",
        description="The id of the resource.",
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
    ),
    Attribute("externalId", description="The id by which the provider knows the resource.", case_exact=True),
    Attribute(
        "meta",
        "complex",
        "What is known of the resource itself.",
        mutability="readOnly",
        subs=(
            Attribute("resourceType", description="Its kind.", case_exact=True, mutability="readOnly"),
            Attribute("location", **_REFERENCE, mutability="readOnly", references=("uri",)),  # type: ignore[arg-type]
            Attribute("version", description="Its version, as in ETag.", case_exact=True, mutability="readOnly"),
        ),
    ),
)

USER_SCHEMA = Schema(
    USER,
    "User",
    "A user of the project.",
    (
        Attribute("userName", description="By which the provider knows the user.", required=True, uniqueness="server"),
        Attribute(
            "name",
            "complex",
            "The parts of the user's name.",
            subs=(
                Attribute("familyName", description="Last name."),
                Attribute("givenName", description="First name."),
            ),
        ),
        Attribute(
            "emails",
            "complex",
            "The address the user logs in with; one is kept.",
            multi=True,
            required=True,
            subs=(
                Attribute("value", description="The address.", required=True, uniqueness="server"),
                Attribute("type", description="Its use.", canonical=("work", "home", "other")),
                Attribute("primary", "boolean", "Chooses among several sent."),
            ),
        ),
        Attribute("active", "boolean", "Whether the user may log in.", required=True),
        Attribute("title", description="The user's title."),
        Attribute(
            "locale",
            description="The language of the user's surroundings; at most 8 characters.",
            canonical=("en-US", "de-DE", "es-ES", "fr-FR", "it-IT", "nl-NL", "pt-BR"),
        ),
        Attribute(
            "timezone",
            description="The user's time zone; at most 32 characters.",
            required=True,
            canonical=("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"),
        ),
        Attribute("password", description="A new password.", case_exact=True, mutability="writeOnly", returned="never"),
        Attribute(
            "groups",
            "complex",
            "The group of the user; there is at most one.",
            multi=True,
            mutability="readOnly",
            subs=(
                _id_of("group", "readOnly"),
                Attribute("$ref", **_REFERENCE, mutability="readOnly", references=("Group",)),  # type: ignore[arg-type]
                Attribute("display", description="Its name.", mutability="readOnly"),
                Attribute("type", description="Always direct.", mutability="readOnly", canonical=("direct",)),
            ),
        ),
    ),
)

ENTERPRISE_SCHEMA = Schema(
    ENTERPRISE,
    "Enterprise User",
    "The part of the enterprise extension that is kept.",
    (Attribute("organization", description="The user's company."),),
)

GROUP_SCHEMA = Schema(
    GROUP,
    "Group",
    "A role of the project.",
    (
        Attribute("displayName", description="The name of the role.", required=True, uniqueness="server"),
        Attribute(
            "members",
            "complex",
            "The users who have the role. A user has one role: he leaves the former one.",
            multi=True,
            subs=(
                _id_of("user", "immutable"),
                Attribute("$ref", **_REFERENCE, mutability="immutable", references=("User",)),  # type: ignore[arg-type]
                Attribute("type", description="Always User.", mutability="immutable", canonical=("User",)),
                Attribute("display", description="The user's name.", mutability="readOnly"),
            ),
        ),
    ),
)


# --- the documents that describe documents ---------------------------------------------------------------------


def _told(name: str, type: str = "string", *, multi: bool = False, subs: tuple[Attribute, ...] = ()) -> Attribute:
    return Attribute(name, type, multi=multi, mutability="readOnly", subs=subs, case_exact=type in ("reference",))


def _supported(name: str, *more: Attribute) -> Attribute:
    return _told(name, "complex", subs=(_told("supported", "boolean"), *more))


_CHARACTERISTICS = (
    _told("name"),
    _told("type"),
    _told("multiValued", "boolean"),
    _told("description"),
    _told("required", "boolean"),
    _told("canonicalValues", multi=True),
    _told("caseExact", "boolean"),
    _told("mutability"),
    _told("returned"),
    _told("uniqueness"),
    _told("referenceTypes", multi=True),
)
META_SCHEMAS = (
    Schema(
        f"{CORE}ServiceProviderConfig",
        "ServiceProviderConfig",
        "What this service can do.",
        (
            _told("documentationUri", "reference"),
            _supported("patch"),
            _supported("bulk", _told("maxOperations", "integer"), _told("maxPayloadSize", "integer")),
            _supported("filter", _told("maxResults", "integer")),
            _supported("changePassword"),
            _supported("sort"),
            _supported("etag"),
            _told(
                "authenticationSchemes",
                "complex",
                multi=True,
                subs=(
                    _told("type"),
                    _told("name"),
                    _told("description"),
                    _told("specUri", "reference"),
                    _told("documentationUri", "reference"),
                    _told("primary", "boolean"),
                ),
            ),
        ),
    ),
    Schema(
        f"{CORE}ResourceType",
        "ResourceType",
        "A kind of resource.",
        (
            _told("id"),
            _told("name"),
            _told("description"),
            _told("endpoint", "reference"),
            _told("schema", "reference"),
            _told(
                "schemaExtensions",
                "complex",
                multi=True,
                subs=(_told("schema", "reference"), _told("required", "boolean")),
            ),
        ),
    ),
    Schema(
        f"{CORE}Schema",
        "Schema",
        "A set of attributes.",
        (
            _told("id"),
            _told("name"),
            _told("description"),
            _told(
                "attributes",
                "complex",
                multi=True,
                subs=(*_CHARACTERISTICS, _told("subAttributes", "complex", multi=True, subs=_CHARACTERISTICS)),
            ),
        ),
    ),
)

USERS = ResourceType("User", "Users", "Users of the project.", USER_SCHEMA, (ENTERPRISE_SCHEMA,))
GROUPS = ResourceType("Group", "Groups", "Roles of the project.", GROUP_SCHEMA)
RESOURCE_TYPES = (USERS, GROUPS)
SCHEMAS = (USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA, *META_SCHEMAS)


def service_provider_config(base: str) -> Json:
    """What this service can do. RFC 7643 §5."""
    return {
        "schemas": [f"{CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_PAYLOAD},
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The static token of a user of the project, in the header Authorization.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def listed(documents: list[Json]) -> Json:
    """A ListResponse of a few documents that are told all at once."""
    return {
        "schemas": [LIST],
        "totalResults": len(documents),
        "itemsPerPage": len(documents),
        "startIndex": 1,
        "Resources": documents,
    }


Value = Any
