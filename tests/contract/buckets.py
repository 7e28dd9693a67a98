"""Object stores on the loop-back interface: S3 and Google's XML API by moto, Azure by azurite (npm)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.clients.npm import node

BUCKET = "files"
AZURITE = Path(__file__).parents[1] / "clients" / "azurite"
#: The account every azurite has.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#: A Google account that signs nothing, at an address of its own.
SERVICE_ACCOUNT = (
    '{"private_key": "private", "private_key_id": "id", "client_email": "a@b", "disable_oauth": true,'
    ' "gcs_base_url": "%s"}'
)
#: What an S3 client would say instead of Google's token; moto looks no further.
SIGNED = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@contextmanager
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket."""
    with _moto(lambda app: app) as address:
        yield address


@contextmanager
def gcs() -> Iterator[str]:
    """The address of a server that speaks Google's XML API, which is S3's with other names of headers."""
    with _moto(_as_google) as address:
        yield address


@contextmanager
def _moto(wrapped: Callable[[Wsgi], Wsgi]) -> Iterator[str]:
    pytest.importorskip("moto")
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = wrapped(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")).close()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def _as_google(app: Wsgi) -> Wsgi:
    def translated(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["HTTP_AUTHORIZATION"] = SIGNED
        for name in [n for n in environ if n.startswith("HTTP_X_GOOG_")]:
            environ[name.replace("_X_GOOG_", "_X_AMZ_")] = environ.pop(name)
        return app(environ, start)

    return translated


@contextmanager
def azure() -> Iterator[str]:
    """The connection string of an Azure server with a container."""
    port = servers.free_port()
    command = [
        node(AZURITE), str(AZURITE / "node_modules/azurite/dist/src/blob/main.js"), "--blobHost", "127.0.0.1",
        "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=AZURITE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("successfully listens" in line for line in process.stdout)
            _make_container(f"http://127.0.0.1:{port}")
            endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT}"
            yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};{endpoint};"
        finally:
            process.terminate()


def _make_container(base: str) -> None:
    """The one request that our adapter never makes, signed as Azure wants it."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    path = f"/{ACCOUNT}/{BUCKET}"
    told = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    signed = f"PUT{chr(10) * 12}{told}/{ACCOUNT}{path}\nrestype:container"
    digest = hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    request = urllib.request.Request(f"{base}{path}?restype=container", method="PUT", headers=headers)
    urllib.request.urlopen(request).close()
