"""Log lines as JSON (or for people), each with request, project and user; in one stream or a file of the project."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

import orjson
import structlog

from directus8.config.table import Logger, ServerConfig

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
STREAMS = {"stdout": "stdout", "stderr": "stderr", "php://stdout": "stdout", "php://stderr": "stderr"}

#: Where and from which level on the project of the current request wants its lines.
current: ContextVar[Logger | None] = ContextVar("directus8_log", default=None)
#: What every line of the current request says.
about: ContextVar[Mapping[str, str]] = ContextVar("directus8_about", default=MappingProxyType({}))


def configure(server: ServerConfig) -> None:
    """Send everything below ``directus8`` through one handler. A second call changes it."""
    root = logging.getLogger("directus8")
    for old in [handler for handler in root.handlers if isinstance(handler, ProjectHandler)]:
        root.removeHandler(old)
    handler = ProjectHandler()
    handler.setFormatter(_formatter(server.log_format))
    root.addHandler(handler)
    root.setLevel(LEVELS[server.log_level])
    root.propagate = False


def _formatter(kind: str) -> logging.Formatter:
    if kind == "json" or (kind == "auto" and not sys.stderr.isatty()):
        return JsonFormatter()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _say_about,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
    )


def _say_about(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {**about.get(), **event}


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: what every request pays for, so it goes through no chain of processors."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: message, request and project, level and logger, what the caller added, time in UTC."""
        line: dict[str, Any] = {"event": record.getMessage(), **about.get()}
        line["level"], line["logger"] = record.levelname.lower(), record.name
        line.update({name: value for name, value in record.__dict__.items() if name not in _STANDARD})
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


#: What every record has; anything else was added by the caller.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class ProjectHandler(logging.Handler):
    """Writes a line where the project of the current request wants it, else to standard output."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write, or drop what is below the project's level."""
        wanted = current.get()
        if wanted is not None and record.levelno < LEVELS[wanted.level]:
            return
        try:
            stream = _stream(wanted.path if wanted else "stdout")
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:
            self.handleError(record)


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
