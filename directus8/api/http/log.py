"""Log lines as JSON (or for people), each with request, project and user; in one stream or a file of the project."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson
import structlog

from directus8.api.http.lines import lines
from directus8.config.table import Logger, ServerConfig

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

#: A line as text.
Render = Callable[[dict[str, Any]], str]
root = logging.getLogger("directus8")
access = logging.getLogger("directus8.access")

#: Where and from which level on the project of the current request wants its lines.
current: ContextVar[Logger | None] = ContextVar("directus8_log", default=None)
#: What every line of the current request says.
about: ContextVar[Mapping[str, str]] = ContextVar("directus8_about", default=MappingProxyType({}))


def configure(server: ServerConfig) -> None:
    """Send everything below ``directus8`` through one handler. A second call changes it."""
    for old in _handlers():
        root.removeHandler(old)
    root.addHandler(ProjectHandler(_renderer(server.log_format)))
    root.setLevel(LEVELS[server.log_level])
    root.propagate = False


def answered(told: Mapping[str, Any]) -> None:
    """The line of an answered request. No record is made of it: every request pays for it."""
    line = {"event": "request", **about.get(), "level": "info", "logger": access.name, **told}
    line["timestamp"] = datetime.now(UTC)
    for handler in _handlers():
        try:
            handler.tell(logging.INFO, line, lines.post)
        except Exception:  # what cannot be told fails no answer
            handler.handleError(logging.makeLogRecord({"msg": "request"}))


def _handlers() -> list[ProjectHandler]:
    return [handler for handler in root.handlers if isinstance(handler, ProjectHandler)]


class ProjectHandler(logging.Handler):
    """Writes lines where the project of the current request wants them, else to standard output."""

    def __init__(self, render: Render) -> None:
        super().__init__()
        self.render = render

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or drop what is below the project's level."""
        try:
            self.tell(record.levelno, _line(record), lines.write)
        except Exception:
            self.handleError(record)

    def tell(self, level: int, line: dict[str, Any], write: Callable[[str, str], None]) -> None:
        """Write a line, or drop what is below the project's level."""
        wanted = current.get()
        if wanted is None or level >= LEVELS[wanted.level]:
            write(wanted.path if wanted else "stdout", self.render(line))


def _line(record: logging.LogRecord) -> dict[str, Any]:
    """Message, request and project, level and logger, what the caller added, time, and where it went wrong."""
    line: dict[str, Any] = {"event": record.getMessage(), **about.get()}
    line["level"], line["logger"] = record.levelname.lower(), record.name
    line.update({name: value for name, value in record.__dict__.items() if name not in _STANDARD})
    line["timestamp"] = datetime.fromtimestamp(record.created, UTC)
    if record.exc_info:
        line["exception"] = _FORMATTER.formatException(record.exc_info)
    return line


#: What every record has; anything else was added by the caller.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_FORMATTER = logging.Formatter()


def _renderer(kind: str) -> Render:
    return _json if kind == "json" or (kind == "auto" and not sys.stderr.isatty()) else _legible


def _json(line: dict[str, Any]) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


def _legible(line: dict[str, Any]) -> str:
    return str(_CONSOLE(None, "", {**line, "timestamp": f"{line['timestamp']:%Y-%m-%dT%H:%M:%S.%fZ}"}))


_CONSOLE = structlog.dev.ConsoleRenderer(colors=False)
