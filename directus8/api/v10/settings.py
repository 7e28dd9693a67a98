"""/settings: the flat settings of Directus 8 as one item. Source: sdk_v10.md D.6, E."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from directus8 import names
from directus8.api.v10.answer import EMPTY, Answer
from directus8.api.v10.reading import check_readable
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import route
from directus8.errors import InvalidPayload
from directus8.services.settings import SettingsService
from directus8.validation import whole_number

#: v10 name → key
KEYS: Mapping[str, str] = {
    "public_foreground": "project_foreground",
    "public_background": "project_background",
    "public_note": "project_public_note",
    "default_language": "default_locale",
    "auth_login_attempts": "login_attempts_allowed",
    "auth_password_policy": "password_policy",
    "storage_asset_presets": "asset_whitelist",
}
#: What is told of settings that are not set.
DEFAULTS: Mapping[str, Any] = {
    "project_name": "Directus",
    "project_color": "#6644FF",
    "default_language": "en-US",
    "auth_login_attempts": 25,
    "storage_asset_transform": "all",
}
OTHERS = (
    "project_url", "project_logo", "project_descriptor", "public_foreground", "public_background", "public_note",
    "custom_css", "auth_password_policy", "storage_asset_presets", "storage_default_folder", "module_bar",
    "basemaps", "mapbox_key", "custom_aspect_ratios",
)  # fmt: skip
NUMBERS = frozenset(
    {"auth_login_attempts", "project_logo", "public_foreground", "public_background", "storage_default_folder"}
)
STRUCTURES = frozenset({"storage_asset_presets", "module_bar", "basemaps", "custom_aspect_ratios"})
ONLY = 1


def told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings that are set, and the defaults of others."""
    found: dict[str, Any] = {"id": ONLY}
    for name in (*DEFAULTS, *OTHERS):
        value = _value(name, settings.get(KEYS.get(name, name)))
        if value is not None or name in DEFAULTS:
            found[name] = DEFAULTS[name] if value is None else value
    return found


def _value(name: str, stored: Any) -> Any:
    if stored in (None, ""):
        return None
    if name in NUMBERS:
        return whole_number(stored)
    if name in STRUCTURES:
        try:
            return orjson.loads(stored)
        except orjson.JSONDecodeError:
            return None
    return stored


@route("GET", "/settings")
def read(request: V10Request) -> Answer:
    session = request.session
    check_readable(session, session.catalog.collection(names.SETTINGS))
    return _told(request)


def _told(request: V10Request) -> Answer:
    found, wanted = told(request.session.settings), request.params.fields
    if wanted is None or "*" in wanted:
        return Answer(found)
    return Answer({name: found[name] for name in wanted if name in found})


@route("PATCH", "/settings")
def update(request: V10Request) -> Answer:
    session, given = request.session, request.fields()
    unknown = [name for name in given if name not in DEFAULTS and name not in OTHERS and name != "id"]
    if unknown:
        raise InvalidPayload(f'"{unknown[0]}" is no setting')
    with session.transaction():
        SettingsService(session).put({KEYS.get(n, n): _stored(n, v) for n, v in given.items() if n != "id"})
        session.forget("settings")
    if not session.rules.reads(names.SETTINGS):
        return EMPTY
    return _told(request)


def _stored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in STRUCTURES:
        return orjson.dumps(value).decode()
    if isinstance(value, (dict, list)):
        raise InvalidPayload(f'"{name}" takes no object or list')
    return str(value)
