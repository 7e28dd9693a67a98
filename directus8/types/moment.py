"""Dates and times: date, time, datetime, datetime_created, datetime_updated. Source: items.md §6."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from directus8 import validation
from directus8.types.base import FieldType

_PLAIN = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:Z|([+-])(\d\d):?(\d\d))")
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def parse_datetime(text: str) -> datetime | None:
    """A datetime in one of the accepted forms; naive when the form has no zone; None when it is none of them."""
    for form in (_PLAIN, _ISO, _BASIC):
        if found := form.fullmatch(text):
            try:
                moment = datetime(*(int(g) for g in found.groups()[:6]))  # type: ignore[arg-type]
            except ValueError:
                return None
            return moment if form is _PLAIN else moment.replace(tzinfo=_zone(found))
    return None


def _zone(found: re.Match[str]) -> timezone:
    if found.re is _BASIC or found.group(7) is None:
        return UTC
    offset = timedelta(hours=int(found.group(8)), minutes=int(found.group(9)))
    return timezone(-offset if found.group(7) == "-" else offset)


def stored(value: Any) -> Any:
    """The text to store: forms with a zone become UTC, the plain form stays as sent."""
    if not isinstance(value, str) or value == "":
        return None if value == "" else value
    moment = parse_datetime(value)
    if moment is None or moment.tzinfo is None:
        return value
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(value: Any, zone: str = "UTC") -> str | None:
    """``2026-11-22T18:36:27+00:00`` for a stored UTC time, or the same moment on the clocks of a time zone."""
    if not value or str(value).startswith("0000"):
        return None
    text = str(value)[:19]
    utc = f"{text[:10]}T{text[11:] or '00:00:00'}+00:00"
    return utc if zone == "UTC" else _elsewhere(utc, zone)


def _elsewhere(utc: str, zone: str) -> str:
    """A time in UTC as a zone's clocks show it; as it is for zones nobody knows."""
    try:
        return datetime.fromisoformat(utc).astimezone(ZoneInfo(zone)).isoformat()
    except (ValueError, KeyError, OSError, OverflowError):
        return utc


def _blank(value: Any) -> Any:
    return None if value == "" else value


TYPES = (
    FieldType("date", encode=_blank, check=validation.date),
    FieldType("time", encode=_blank, check=validation.time),
    FieldType("datetime", encode=stored, check=validation.datetime),
    FieldType("datetime_created", encode=stored, decode=iso, filled=True),
    FieldType("datetime_updated", encode=stored, decode=iso, filled=True),
)
