"""Reset and invitation from end to end, through a real SMTP server; what a mail may and may not be."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from directus8.config.table import MailTransport
from directus8.errors import MailFailed, UnprocessableEntity
from directus8.mail import Address, Mail, Message
from directus8.mail.message import build
from directus8.mail.plain import plain_text, strip_tags
from directus8.services.mail import fill
from tests.api.people import EDITOR, PASSWORD, People, people


class Sink:
    """An SMTP server's handler that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.busy = threading.Event()
        self.slow = threading.Event()
        self.slow.set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.busy.set()
        while not self.slow.is_set():
            await asyncio.sleep(0.01)
        parsed = email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.default)
        self.mails.append(parsed)
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    """A running SMTP server and its port."""
    handler = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def posted(database_vendor: str, tmp_path: Path, sink: tuple[Sink, int]) -> Iterator[tuple[People, Sink]]:
    """A project whose mails go to the sink."""
    handler, port = sink
    smtp = {"transport": "smtp", "host": "127.0.0.1", "port": port, "from": "demo@example.com"}
    values = {"mail": {"default": smtp}, "public_url": "https://api.example.com"}
    with people(database_vendor, tmp_path, values) as made:
        yield made, handler


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    found = re.search(r'href="(https?://[^"]+)"', html_of(mail))
    assert found
    plain = mail.get_body(("plain",))
    assert plain is not None and unescape(found[1]) in str(plain.get_content()).replace("\n", "")
    return unescape(found[1])


def token_in(link: str) -> str:
    found = re.search(r"[?&]token=([^&]+)", link)
    assert found
    return found[1]


def test_a_forgotten_password(posted: tuple[People, Sink]) -> None:
    folks, sink = posted
    headers = {"X-Forwarded-Host": "evil.example", "Host": "evil.example"}  # forwarded-host-reset-mail
    assert folks.ask("POST", "/auth/password/request", {"email": EDITOR}, headers=headers).status_code == 200
    (mail,) = sink.mails
    assert (mail["To"], mail["From"]) == (EDITOR, "demo@example.com")
    assert mail["Subject"] == "Password Reset Request: Demo"
    assert "Hello Ed," in html_of(mail)
    link = link_in(mail)
    assert link.startswith("https://api.example.com/admin/#/reset-password?token=") and link.endswith("&project=demo")
    body = {"token": token_in(link), "password": "a new password"}
    assert folks.ask("POST", "/auth/password/reset", body).status_code == 200
    assert folks.login(password=PASSWORD).status_code == 404
    assert folks.login(password="a new password").status_code == 200


def test_a_reset_on_an_allowed_page(posted: tuple[People, Sink]) -> None:
    folks, sink = posted
    folks.set("project_url", "https://www.example.com")
    for page in ("https://www.example.com/reset", "https://www.example.com/#/reset?x=1"):
        assert folks.ask("POST", "/auth/password/request", {"email": EDITOR, "reset_url": page}).status_code == 200
        assert link_in(sink.mails[-1]).startswith(f"{page}{'&' if '?' in page else '?'}token=")


def test_an_invitation(posted: tuple[People, Sink]) -> None:
    folks, sink = posted
    answer = folks.ask("POST", "/users/invite", {"email": ["new@example.com", EDITOR]}, folks.admin)
    assert [u["status"] for u in answer.get_json()["data"]] == ["active", "invited"]
    (mail,) = sink.mails
    assert (mail["To"], mail["Subject"]) == ("new@example.com", "Invitation to Instance: Demo")
    link = link_in(mail)
    assert link.startswith("https://api.example.com/admin/#/accept-invite?token=")
    accepted = folks.ask("GET", f"/users/invite/{token_in(link)}")
    assert accepted.get_json()["data"]["status"] == "invited" and "token" not in accepted.get_json()["data"]
    folks.ask("POST", "/auth/password/request", {"email": "new@example.com"})
    body = {"token": token_in(link_in(sink.mails[-1])), "password": "my own password"}
    assert folks.ask("POST", "/auth/password/reset", body).status_code == 200
    assert folks.login("new@example.com", "my own password").status_code == 200


def test_sending_holds_no_transaction(posted: tuple[People, Sink]) -> None:
    """While the mail server takes its time others write; where one writer at a time is let in, they would wait."""
    folks, sink = posted
    requests: list[tuple[str, Any]] = [
        ("/auth/password/request", {"email": EDITOR}),
        ("/users/invite", {"email": "new@example.com"}),
        ("/mail", {"to": 1, "body": "x"}),
    ]
    for number, (path, body) in enumerate(requests):
        sink.busy.clear()
        sink.slow.clear()
        answers: list[int] = []
        asked = ("POST", path, body, folks.admin)
        sending = threading.Thread(target=lambda: answers.append(folks.ask(*asked).status_code))  # noqa: B023
        sending.start()
        try:
            assert sink.busy.wait(30), "the mail is under way"
            with folks.project.database.transaction() as connection:
                connection.execute(f"UPDATE directus_users SET company = 'x{number}'")
            assert folks.rows("SELECT company FROM directus_users WHERE id = 2") == [(f"x{number}",)]
            assert not answers, "and still is"
        finally:
            sink.slow.set()
            sending.join(30)
        assert answers[0] < 300 and len(sink.mails) == number + 1


# --- encrypted and authenticated ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of localhost, signed by itself."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


class Guard:
    """Who may send; what was shown him, and whether it came encrypted."""

    def __init__(self) -> None:
        self.shown: list[tuple[bytes, bytes, bool]] = []

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        encrypted = session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None
        self.shown.append((data.login, data.password, encrypted))
        return AuthResult(success=(data.login, data.password) == (b"us", b"a secret"), handled=False)


@contextmanager
def mail_server(certificate: Path | None, encryption: str) -> Iterator[tuple[Sink, Guard, int]]:
    """An SMTP server that wants a login, over TLS from the start, over STARTTLS, or (with no certificate) in the clear."""
    handler, guard = Sink(), Guard()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate is not None:
        context.load_cert_chain(certificate)
    more: dict[str, Any] = {"authenticator": guard, "auth_required": True, "auth_require_tls": encryption == "tls"}
    if certificate is not None:
        more["ssl_context" if encryption == "ssl" else "tls_context"] = context
    controller = Controller(handler, hostname="localhost", port=port, **more)
    controller.start()
    yield handler, guard, port
    controller.stop()


def deliver(port: int, encryption: str, password: str = "a secret") -> None:
    to = MailTransport("smtp", host="localhost", port=port, encryption=encryption, username="us", password=password)
    Mail(to, ()).send(Message(Address("me@example.com"), TO, "Hi", text="y"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("encryption", ["tls", "ssl"])
def test_encrypted_and_authenticated(certificate: Path, encryption: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """STARTTLS, TLS from the start, and SMTP AUTH, which is never tried in the clear."""
    with mail_server(certificate, encryption) as (sink, guard, port):
        with pytest.raises(MailFailed):  # nobody has vouched for this certificate
            deliver(port, encryption)
        assert not sink.mails and not guard.shown
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        deliver(port, encryption)
        assert [mail["Subject"] for mail in sink.mails] == ["Hi"] and guard.shown == [(b"us", b"a secret", True)]
        with pytest.raises(MailFailed):
            deliver(port, encryption, "wrong")
        assert len(sink.mails) == 1


def test_a_server_without_tls_is_shown_no_password() -> None:
    with mail_server(None, "tls") as (sink, guard, port):
        with pytest.raises(MailFailed):
            deliver(port, "tls")
        assert not sink.mails and not guard.shown


def test_a_server_that_is_gone(tmp_path: Path) -> None:
    gone = {"transport": "smtp", "host": "127.0.0.1", "port": 9}
    with people("sqlite", tmp_path, {"mail": {"default": gone}}) as folks:
        answer = folks.ask("POST", "/auth/password/request", {"email": EDITOR})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (500, 503)
        assert folks.rows("SELECT password_reset_token FROM directus_users WHERE id = 2") != [(None,)]


def test_templates_of_a_project(tmp_path: Path) -> None:
    values = {"mail": {"default": {"transport": "file", "path": str(tmp_path / "out")}}}
    with people("sqlite", tmp_path, values) as folks:
        own = folks.project.config.extensions / "mails"
        own.mkdir(parents=True)
        (own / "reset-password.twig").write_text(
            '{% extends "base.twig" %}{% block content %}Own: {{ user_full_name }} {{ api.project }} {{ reset_url }}'
            "{{ settings.project_name }}{% endblock %}"
        )
        folks.ask("PATCH", "/users/2", {"first_name": "<Ed>"}, folks.admin)
        assert folks.ask("POST", "/auth/password/request", {"email": EDITOR}).status_code == 200
        (file,) = (tmp_path / "out").iterdir()
        mail = email.message_from_bytes(file.read_bytes(), EmailMessage, policy=email.policy.default)
        assert "Own: &lt;Ed&gt; demo http://localhost/admin/#/reset-password?token=" in html_of(mail)
        (own / "reset-password.twig").write_text("{{ settings.__class__.__mro__ }}")
        assert folks.ask("POST", "/auth/password/request", {"email": EDITOR}).status_code == 500


# --- messages --------------------------------------------------------------------------------------------------

TO = (Address("a@example.com"),)


@pytest.mark.parametrize(
    "address",
    ["nope", "a@", "@b", "a@b\r\nBcc: c@d.e", "a@b.c, d@e.f", "a b@c.d", "<a@b.c>", "a@b.c\0", "a@-b", ""],
)
def test_no_address_escapes_its_header(address: str) -> None:
    with pytest.raises(UnprocessableEntity):
        build(Message(Address("me@example.com"), (Address(address),), "x", text="y"))


def test_no_text_escapes_its_header() -> None:
    evil = "Hi\r\nBcc: victim@example.com\r\n\r\nbody\x00\u2028x"
    made = build(Message(Address("me@example.com", evil), (Address("a@example.com", evil),), evil, text="y"))
    parsed = email.message_from_bytes(made.as_bytes(), EmailMessage, policy=email.policy.default)
    assert parsed["Bcc"] is None and "\n" not in parsed["Subject"]
    assert [a.addr_spec for a in parsed["To"].addresses] == ["a@example.com"]


def test_sendmail_is_told_the_receivers(tmp_path: Path) -> None:
    script = tmp_path / "sendmail"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/args\ncat > {tmp_path}/mail\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    Mail(MailTransport("sendmail", path=str(script)), (tmp_path,)).send(
        Message(Address("me@example.com"), TO, "Hi", text="y")
    )
    assert (tmp_path / "args").read_text().split() == ["-i", "-f", "me@example.com", "--", "a@example.com"]
    assert b"Subject: Hi" in (tmp_path / "mail").read_bytes()
    with pytest.raises(MailFailed):
        Mail(MailTransport("sendmail", path="/nothing"), (tmp_path,)).send(Message(TO[0], TO, "Hi", text="y"))


def test_placeholders_are_filled_once() -> None:
    data = {"a": "{{b}}{{b}}", "b": {"c": "x"}, "l": ["y"], "n": None, "t": True, "q": "null"}
    assert fill("{{a}} {{b.c}} {{l.0}} {{n}} {{t}} [{{q}}] {{ a }} {{z}}", data) == (
        "{{b}}{{b}} x y null true [] {{ a }} {{z}}"
    )


def test_tags_are_stripped() -> None:
    kept = frozenset({"b", "a"})
    assert strip_tags('<b>x</b><script>y<i>z</i></script><a href="u">&amp;</a>', kept) == (
        '<b>x</b>yz<a href="u">&amp;</a>'
    )
    assert plain_text('<style>x</style><p>Hello <b>you</b></p><a href="https://a.b">go</a>') == (
        "Hello you\ngo (https://a.b)\n"
    )
