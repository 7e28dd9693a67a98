"""A mail as a value, and as the standard library's message. Headers are built from parsed parts, never from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from directus8.errors import UnprocessableEntity
from directus8.mail.plain import plain_text

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to be sent. ``html`` None: plain text only."""

    sender: Address
    to: tuple[Address, ...]
    subject: str | None
    text: str | None = None
    html: str | None = None


def build(message: Message) -> EmailMessage:
    """The message as it goes over the wire. UnprocessableEntity for an address or text that can be in no header."""
    made = EmailMessage(policy=SMTP)
    made["From"] = header_address(message.sender)
    made["To"] = [header_address(each) for each in message.to]
    if message.subject is not None:
        made["Subject"] = _line(message.subject)
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain=message.sender.email.rpartition("@")[2])
    if message.html is None:
        made.set_content(message.text or "")
    else:
        made.set_content(message.text if message.text is not None else plain_text(message.html))
        made.add_alternative(message.html, subtype="html")
    return made


def header_address(address: Address) -> HeaderAddress:
    """A mailbox for a header. UnprocessableEntity unless it complies with RFC 2822, 3.6.2 (addr-spec, dot-atoms)."""
    local, at, domain = address.email.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(_ascii(domain)):
        raise UnprocessableEntity(f"Address in mailbox given [{address.email}] does not comply with RFC 2822, 3.6.2.")
    return HeaderAddress(_line(address.name), local, _ascii(domain))


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _line(text: str) -> str:
    """The text on one line: whatever could end a header or is half a character becomes a space."""
    return "".join(c if c.isprintable() else " " for c in text).strip()
