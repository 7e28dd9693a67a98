"""Starts HTTP servers in processes of their own, for the conformance runner and the benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SCRIPTS = Path(sys.executable).parent
ROOT = Path(__file__).parents[1]
PATIENCE = 120.0  # seconds until a server must answer, on a busy machine
GRACE = 10.0  # seconds until a server must have ended


class ServerFailed(Exception):
    """A server that ended at once, or never answered."""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, its main process and its log."""

    base: str
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """The process ids of the server: the main one and its children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]


def free_port() -> int:
    """A port of the loop-back interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def directus8(port: int, workers: int = 2) -> list[str]:
    """The command that serves directus8."""
    return [str(SCRIPTS / "directus8"), "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]


def gunicorn(application: str, port: int, workers: int = 2) -> list[str]:
    """The command that serves a WSGI application in the way directus8 is served."""
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
        "--worker-class", "gthread", "--threads", "4", "--log-level", "warning",
    ]  # fmt: skip


def with_certificate(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """Command and environment that serve directus8 by TLS, with a certificate nobody has signed but it itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "wsgi:application"]
    told = f"--bind 127.0.0.1:{port} --workers 1 --chdir {ROOT}"
    certified = f"--certfile {folder}/certificate.pem --keyfile {folder}/key.pem"
    return command, {"GUNICORN_CMD_ARGS": f"{told} {certified}"}


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    ping: str = "/server/ping",
    base: str = "http://127.0.0.1",
) -> Iterator[Server]:
    """The server that a command starts, from its first answer until the block is left; its certificate is not checked."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ServerFailed(f"`{' '.join(command)}`: {error}") from error
        server = Server(f"{base}:{port}", process, log)
        try:
            _wait(server, ping)
            yield server
            if process.poll() is not None:
                raise ServerFailed(f"the server ended with {process.returncode} while it was used, see {log}")
        finally:
            _stop(process)


def _wait(server: Server, ping: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise ServerFailed(f"the server ended with {server.process.returncode}: {_tail(server.log)}")
        try:
            if httpx.get(server.base + ping, timeout=5, verify=False).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise ServerFailed(f"no good answer to {ping} after {PATIENCE:.0f} s: {_tail(server.log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return f"see {log}\n{log.read_text(errors='replace')[-2000:]}"
