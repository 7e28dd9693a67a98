"""Mails of a project: written from templates, sent by the configured transport. No users, no requests here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from directus8.config.table import MailTransport
from directus8.mail.message import Address, Message, build
from directus8.mail.templates import Templates
from directus8.mail.transports import transport


class Mail:
    """One project's mail."""

    def __init__(self, config: MailTransport, overrides: Sequence[Path]) -> None:
        self._config = config
        self._templates = Templates(overrides)
        self._send = transport(config)

    @property
    def sender(self) -> str:
        """The address mails come from unless somebody writes himself."""
        return self._config.from_

    def write(self, template: str, values: Mapping[str, Any]) -> str:
        """The text of a template."""
        return self._templates.render(template, values)

    def send(self, message: Message) -> None:
        """Sends now. InvalidRequest for what can be no mail, MailFailed when the transport fails."""
        self._send(build(message))


__all__ = ["Address", "Mail", "Message"]
