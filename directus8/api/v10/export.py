"""Downloads of lists: CSV, JSON, XML, YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import orjson

from directus8.api.http.response import Response
from directus8.api.v10.answer import dumps
from directus8.api.v10.yaml import yaml_text

Item = Mapping[str, Any]
TYPES = {"csv": "text/csv", "json": "application/json", "xml": "text/xml", "yaml": "text/yaml"}


def download(name: str, form: str, items: Sequence[Item], now: datetime) -> Response:
    """Items as a file to be kept."""
    body = WRITERS[form](items)
    response = Response(body, content_type=f"{TYPES[form]}; charset=utf-8")
    file = f"{name} {now:%Y%m%d}-{now:%H%M%S}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{quote(file, safe=" ")}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


# --- CSV -----------------------------------------------------------------------------------------------------


def csv_text(items: Sequence[Item]) -> str:
    """A table with the names of all values; nested items by dotted names after the plain ones."""
    rows = [dict(_flat(item)) for item in items]
    plain = dict.fromkeys(n for row in rows for n in row if "." not in n)
    names = [*plain, *dict.fromkeys(n for row in rows for n in row if "." in n)]
    lines = [",".join(_quoted(n) for n in names)]
    lines += [",".join(_cell(row.get(n)) for n in names) for row in rows]
    return "\n".join(lines)


def _flat(item: Item, prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in item.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return _quoted(value if isinstance(value, str) else orjson.dumps(value).decode())


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


# --- XML -----------------------------------------------------------------------------------------------------


def xml_text(items: Sequence[Item]) -> str:
    """A document ``data`` with an element ``data`` per item."""
    inner = "".join(_element("data", item, 1) for item in items)
    return f"<?xml version='1.0'?>\n<data>\n{inner}</data>" if inner else "<?xml version='1.0'?>\n<data/>"


def _element(name: str, value: Any, depth: int) -> str:
    indent = "    " * depth
    if isinstance(value, list):
        return "".join(_element(name, each, depth) for each in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(str(n), v, depth + 1) for n, v in value.items())
        return f"{indent}<{name}>\n{inner}{indent}</{name}>\n" if inner else f"{indent}<{name}/>\n"
    if value is None or value == "":
        return f"{indent}<{name}/>\n"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{indent}<{name}>{escape(text)}</{name}>\n"


WRITERS: Mapping[str, Callable[[Sequence[Item]], str | bytes]] = {
    "csv": csv_text,
    "json": dumps,
    "xml": xml_text,
    "yaml": yaml_text,
}
