"""Log lines as JSON (or for people), each with request, project and user; in one stream or a file of the project."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, TextIO

import orjson
import structlog

from directus8.config.table import Logger, ServerConfig

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
STREAMS = {"stdout": "stdout", "stderr": "stderr", "php://stdout": "stdout", "php://stderr": "stderr"}

#: A line as text.
Render = Callable[[dict[str, Any]], str]
access = logging.getLogger("directus8.access")

#: Where and from which level on the project of the current request wants its lines.
current: ContextVar[Logger | None] = ContextVar("directus8_log", default=None)
#: What every line of the current request says.
about: ContextVar[Mapping[str, str]] = ContextVar("directus8_about", default=MappingProxyType({}))


def configure(server: ServerConfig) -> None:
    """Send everything below ``directus8`` through one handler. A second call changes it."""
    root = logging.getLogger("directus8")
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
            handler.tell(logging.INFO, line)
        except Exception:
            handler.handleError(logging.makeLogRecord({"msg": "request"}))


def _handlers() -> list[ProjectHandler]:
    return [handler for handler in logging.getLogger("directus8").handlers if isinstance(handler, ProjectHandler)]


class ProjectHandler(logging.Handler):
    """Writes lines where the project of the current request wants them, else to standard output."""

    def __init__(self, render: Render) -> None:
        super().__init__()
        self.render = render
        self._writing = Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or drop what is below the project's level."""
        try:
            self.tell(record.levelno, _line(record))
        except Exception:
            self.handleError(record)

    def tell(self, level: int, line: dict[str, Any]) -> None:
        """Write a line, or drop what is below the project's level."""
        wanted = current.get()
        if wanted is not None and level < LEVELS[wanted.level]:
            return
        text = self.render(line) + "\n"
        stream = _stream(wanted.path if wanted else "stdout")
        with self._writing:
            stream.write(text)
            stream.flush()


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


def _stream(path: str) -> TextIO:
    name = STREAMS.get(path)
    return getattr(sys, name) if name else _file(path)  # looked up each time: it may be replaced


@lru_cache(256)
def _file(path: str) -> TextIO:
    """The open log file of a project; a folder gets ``directus8.log``."""
    file = Path(path)
    if file.suffix != ".log":
        file = file / "directus8.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", encoding="utf-8")
