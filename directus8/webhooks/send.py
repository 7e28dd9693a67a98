"""One message to one receiver: its headers, its signature (standardwebhooks.com), the request."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from directus8.net import Limits, OutgoingError, Refused, fetch
from directus8.webhooks.outbox import Delivery

GONE = 410
PREFIX = "whsec_"


class Failed(Exception):
    """A message did not arrive. ``status``: what the receiver answered, None when he did not; ``final``: no retry."""

    def __init__(self, text: str, status: int | None = None, final: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.final = final


def signature(secret: str, id: str, moment: int, body: bytes) -> str:
    """``v1,…`` as Standard Webhooks has it; a secret with the prefix ``whsec_`` is base64."""
    key = secret.encode()
    if secret.startswith(PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = secret.removeprefix(PREFIX).encode()
    signed = hmac.new(key, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def send(delivery: Delivery, headers: Mapping[str, str], secret: str, now: int, seconds: float, private: bool) -> int:
    """Sends a message; the status of the answer. Failed unless it is a 2xx."""
    body = (delivery.body or "").encode() if delivery.method == "POST" else b""
    told = {"webhook-id": delivery.message, "webhook-timestamp": str(now)}
    if delivery.method == "POST":
        told["Content-Type"] = "application/json"
    if secret:
        told["webhook-signature"] = signature(secret, delivery.message, now, body)
    limits = Limits(size=64 * 1024, seconds=seconds, redirects=5, private=private)
    sent = {**headers, **told}
    try:
        with fetch(delivery.url, method=delivery.method, headers=sent, body=body or None, limits=limits) as answer:
            status = answer.status
    except Refused as error:
        raise Failed(str(error), final=True) from error
    except OutgoingError as error:
        raise Failed(str(error)) from error
    if not 200 <= status < 300:
        raise Failed(f"The receiver answered {status}.", status, final=status == GONE)
    return status
