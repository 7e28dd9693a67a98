"""How a mail leaves: by SMTP, through sendmail, into a folder, or not at all."""

from __future__ import annotations

import logging
import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from directus8.config.table import MailTransport
from directus8.errors import MailFailed

log = logging.getLogger("directus8.mail")

TIMEOUT = 20  # seconds
SENDMAIL = "/usr/sbin/sendmail"

Send = Callable[[EmailMessage], None]


def transport(config: MailTransport) -> Send:
    """The sender a configuration names; failures are MailFailed (503), their cause is logged."""
    send = _TRANSPORTS[config.transport](config)

    def sending(message: EmailMessage) -> None:
        try:
            send(message)
        except (OSError, smtplib.SMTPException, subprocess.SubprocessError, ValueError) as error:
            log.error("a mail could not be sent by %s: %s", config.transport, error)
            raise MailFailed() from error

    return sending


def _smtp(config: MailTransport) -> Send:
    def send(message: EmailMessage) -> None:
        with _connection(config) as server:
            if config.encryption == "tls":
                _encrypt(server)
            if config.username:
                server.login(config.username, config.password)
            server.send_message(message)

    return send


def _encrypt(server: smtplib.SMTP) -> None:
    try:
        server.starttls(context=ssl.create_default_context())
    except ssl.SSLError:
        server.close()  # else smtplib says QUIT in the clear to a server that expects a handshake, and waits
        raise


def _connection(config: MailTransport) -> smtplib.SMTP:
    if config.encryption == "ssl":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(config.host, config.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(config.host, config.port, timeout=TIMEOUT)


def _sendmail(config: MailTransport) -> Send:
    def send(message: EmailMessage) -> None:
        sender = str(message["From"].addresses[0].addr_spec)
        receivers = [str(each.addr_spec) for each in message["To"].addresses]
        command = [config.path or SENDMAIL, "-i", "-f", sender, "--", *receivers]
        subprocess.run(command, input=message.as_bytes(), check=True, timeout=TIMEOUT, capture_output=True)

    return send


def _file(config: MailTransport) -> Send:
    def send(message: EmailMessage) -> None:
        folder = Path(config.path or "mails")
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"{time.time_ns()}-{uuid4().hex[:8]}.eml"
        part = made.with_suffix(".part")
        part.write_bytes(message.as_bytes())
        part.rename(made)

    return send


def _null(config: MailTransport) -> Send:
    def send(message: EmailMessage) -> None:
        log.debug("a mail was thrown away: transport null")

    return send


_TRANSPORTS: dict[str, Callable[[MailTransport], Send]] = {
    "smtp": _smtp,
    "sendmail": _sendmail,
    "file": _file,
    "null": _null,
}
