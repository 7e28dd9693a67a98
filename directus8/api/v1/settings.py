"""Settings, in collections as Directus 6 had them. Source: legacy_v1.md §4.7, §5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from directus8 import names
from directus8.api.v1 import answer
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import Forbidden, InvalidPayload
from directus8.services.session import Session
from directus8.services.settings import SettingsService
from directus8.system.install import first_rows

TABLE = names.SETTINGS
#: Settings of Directus 6 that Directus 8 has as well; all others are kept as ``collection.name``.
KEYS: Mapping[str, Mapping[str, str]] = {
    "global": {
        "cms_user_auto_sign_out": "auto_sign_out",
        "project_name": "project_name",
        "project_url": "project_url",
        "cms_color": "project_color",
        "rows_per_page": "default_limit",
        "cms_thumbnail_url": "project_logo",
    },
    "files": {"file_naming": "file_naming", "youtube_api_key": "youtube_api_key"},
}
#: What is told while nothing else is set.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "global": {
        "cms_user_auto_sign_out": "60",
        "project_name": "",
        "project_url": "",
        "cms_color": "",
        "rows_per_page": "200",
        "cms_thumbnail_url": "",
    },
    "files": {
        "thumbnail_quality": "100",
        "thumbnail_size": "200",
        "file_naming": "file_id",
        "thumbnail_crop_enabled": "1",
        "youtube_api_key": "",
    },
}
#: Told with all settings, not with those of its collection.
ALLOWED_THUMBNAILS = "allowed_thumbnails"
#: Values that every installation of Directus 8 begins with, and that mean as much as none.
AS_INSTALLED = ("auto_sign_out", "file_naming")
FILE_NAMES = {"file_id": "uuid", "file_hash": "uuid"}


def _installed() -> dict[str, Any]:
    return {row["key"]: row["value"] for row in first_rows()[names.SETTINGS] if row["key"] in AS_INSTALLED}


def told(session: Session, collection: str) -> dict[str, str]:
    """The settings of a collection, all as texts; empty for one that nobody has."""
    stored, installed = session.settings, _installed()
    found = dict(DEFAULTS.get(collection, {}))
    for name, key in KEYS.get(collection, {}).items():
        value = stored.get(key)
        if value not in (None, "") and value != installed.get(key):
            found[name] = str(value)
    prefix = f"{collection}."
    own = {key.removeprefix(prefix): str(value or "") for key, value in stored.items() if key.startswith(prefix)}
    return {**found, **own}


def _collections(session: Session) -> list[str]:
    kept = (key.partition(".")[0] for key in session.settings if "." in key)
    return list(dict.fromkeys((*DEFAULTS, *kept)))


def _check_admin(request: V1Request) -> None:
    if not request.session.who.is_admin:
        raise Forbidden()


@route("GET", "/settings")
def read_all(request: V1Request) -> Any:
    _check_admin(request)
    session = request.session
    found = {name: told(session, name) for name in _collections(session)}
    found["files"].setdefault(ALLOWED_THUMBNAILS, "")
    return answer.item(TABLE, found)


@route("GET", "/settings/<collection>")
def read_some(request: V1Request, collection: str) -> Any:
    _check_admin(request)
    found = told(request.session, collection)
    if not found:
        return {"message": f"Unable to find setting collection [{collection}]", "success": False}
    document = answer.item(TABLE, found)
    document["meta"].update(setting_collection=collection, settings_collection=collection)
    return document


@route("PUT POST PATCH", "/settings")
def update_all(request: V1Request) -> Any:
    given = request.fields()
    if not given or not all(isinstance(pairs, dict) for pairs in given.values()):
        raise InvalidPayload("collections with pairs are expected")
    _write(request, given)
    return read_all(request)


@route("PUT POST PATCH", "/settings/<collection>")
def update_some(request: V1Request, collection: str) -> Any:
    _write(request, {collection: request.fields()})
    return read_some(request, collection)


def _write(request: V1Request, given: Mapping[str, Mapping[str, Any]]) -> None:
    _check_admin(request)
    made = {}
    for collection, pairs in given.items():
        if not collection or "." in collection:
            raise InvalidPayload("collection: a name without a dot is expected")
        for name, value in pairs.items():
            made[KEYS.get(collection, {}).get(name, f"{collection}.{name}")] = _stored(name, value)
    SettingsService(request.session).put(made, request.options)
    request.session.renew("settings")


def _stored(name: str, value: Any) -> str:
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    text = "" if value is None else str(int(value) if isinstance(value, bool) else value)
    return FILE_NAMES.get(text, text) if name == "file_naming" else text
