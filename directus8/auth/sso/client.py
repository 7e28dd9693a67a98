"""The two halves of a login by another server: where to send people, and who they are when they come back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth1Session, OAuth2Session
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from directus8.auth.sso.attempt import Attempt
from directus8.auth.sso.providers import Provider
from directus8.net import TROUBLE, Limits, OutgoingError, fetch, guarded

FRESH = 3600  # seconds a discovery document is believed
#: Whoever writes the configuration may name a server of the own network: many identity providers are in one.
BOUNDS = Limits(size=1024 * 1024, seconds=15, private=True)
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")

_documents: dict[str, tuple[float, Mapping[str, Any]]] = {}


class Refused(Exception):
    """The provider, or what it said, does not let this person in; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back. Without an e-mail nobody is known by him."""

    email: str | None
    first_name: str | None = None
    last_name: str | None = None


def begin(provider: Provider, attempt: Attempt, callback: str) -> tuple[str, Attempt]:
    """Where to send people, and the attempt as it must be remembered. Refused."""
    if provider.kind == "twitter":
        return _begin_oauth1(provider, attempt, callback)
    known = _discovered(provider)
    extra = {"nonce": attempt.nonce} if known.kind == "oidc" else {}
    if known.hosted_domain:
        extra["hd"] = known.hosted_domain
    url, _ = _session(known, callback).create_authorization_url(
        known.authorize_url, state=attempt.state, code_verifier=attempt.verifier, **extra
    )
    return str(url), attempt


def identity(provider: Provider, attempt: Attempt, callback: str, given: Mapping[str, str]) -> Identity:
    """Who comes back with these parameters: ``code``, or ``oauth_token`` and ``oauth_verifier``. Refused."""
    try:
        if provider.kind == "twitter":
            return _from_oauth1(provider, attempt, given)
        return _from_code(_discovered(provider), attempt, callback, given.get("code") or "")
    except (AuthlibBaseError, JoseError, *TROUBLE, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{provider.name}: {error}") from error


# --- OAuth 2 and OpenID Connect ------------------------------------------------------------------------------


def _session(provider: Provider, callback: str) -> Any:
    session = OAuth2Session(
        provider.client_id,
        provider.secret,
        scope=" ".join(provider.scopes),
        redirect_uri=callback,
        code_challenge_method="S256",
    )
    return guarded(session, BOUNDS)


def _from_code(provider: Provider, attempt: Attempt, callback: str, code: str) -> Identity:
    if not code:
        raise Refused(f"{provider.name}: came back without a code")
    session = _session(provider, callback)
    headers = {"Accept": "application/json"}
    token = session.fetch_token(provider.token_url, code=code, code_verifier=attempt.verifier, headers=headers)
    if provider.kind == "oidc":
        return _from_id_token(provider, attempt, session, token)
    answer = session.get(provider.userinfo_url, headers=headers)
    answer.raise_for_status()
    told = answer.json()
    return Identity(_github_email(told)) if provider.kind == "github" else _told(told)


def _from_id_token(provider: Provider, attempt: Attempt, session: Any, token: Mapping[str, Any]) -> Identity:
    claims = _claims(provider, attempt, token["id_token"])
    if claims.get("email") is None and provider.userinfo_url:
        answer = session.get(provider.userinfo_url)
        answer.raise_for_status()
        more = answer.json()
        if more.get("sub") != claims["sub"]:
            raise Refused(f"{provider.name}: userinfo speaks of somebody else")
        claims = {**more, **claims}
    if provider.hosted_domain not in ("", "*", claims.get("hd")):
        raise Refused(f"{provider.name}: not an account of {provider.hosted_domain}")
    return _told(claims)


def _claims(provider: Provider, attempt: Attempt, text: str) -> dict[str, Any]:
    """The claims of an ID token: signature, issuer, audience, expiry and nonce are right."""
    keys = jwk.KeySet.import_key_set(_fetch(provider.jwks_url))
    decoded = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
    jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": attempt.nonce},
    ).validate(decoded.claims)
    return dict(decoded.claims)


def _told(claims: Mapping[str, Any]) -> Identity:
    """Who the claims speak of; an address the provider says is not verified is nobody's."""
    email = claims.get("email")
    known = isinstance(email, str) and "@" in email and claims.get("email_verified") not in (False, "false")
    first = claims.get("given_name") or claims.get("first_name")
    last = claims.get("family_name") or claims.get("last_name")
    return Identity(str(email) if known else None, _short(first), _short(last))


def _short(name: Any) -> str | None:
    return str(name)[:50] if name else None


def _github_email(told: Any) -> str | None:
    """Of the verified addresses: the primary if public, else a public one, else the primary, else the first."""
    verified = [each for each in told if each.get("verified")]
    public = [each for each in verified if each.get("visibility") == "public"]
    primary = [each for each in verified if each.get("primary")]
    choice = [*(e for e in primary if e in public), *public, *primary, *verified]
    return str(choice[0]["email"]) if choice else None


def _discovered(provider: Provider) -> Provider:
    """The provider with the URLs its discovery document tells. Refused when it can't be had."""
    if not provider.discovery_url:
        return provider
    try:
        found = _document(provider)
        return replace(
            provider,
            issuer=found["issuer"],
            authorize_url=found["authorization_endpoint"],
            token_url=found["token_endpoint"],
            userinfo_url=found.get("userinfo_endpoint", ""),
            jwks_url=found["jwks_uri"],
        )
    except (OutgoingError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{provider.name}: no discovery document: {error}") from error


def _document(provider: Provider) -> Mapping[str, Any]:
    url = provider.discovery_url
    known = _documents.get(url)
    if known is None or known[0] < time.monotonic():
        known = _documents[url] = (time.monotonic() + FRESH, _fetch(url))
    return known[1]


def _fetch(url: str) -> Any:
    with fetch(url, headers={"Accept": "application/json"}, limits=BOUNDS) as answer:
        if answer.status != 200:
            raise OutgoingError(f"{url} answered {answer.status}")
        return orjson.loads(answer.body())


# --- OAuth 1 -------------------------------------------------------------------------------------------------


def _begin_oauth1(provider: Provider, attempt: Attempt, callback: str) -> tuple[str, Attempt]:
    session = guarded(OAuth1Session(provider.client_id, provider.secret, redirect_uri=callback), BOUNDS)
    try:
        temporary = session.fetch_request_token(provider.request_url)
        url = session.create_authorization_url(provider.authorize_url, temporary["oauth_token"])
    except (AuthlibBaseError, *TROUBLE, ValueError, KeyError) as error:
        raise Refused(f"{provider.name}: {error}") from error
    return str(url), replace(attempt, state=temporary["oauth_token"], extra=temporary["oauth_token_secret"])


def _from_oauth1(provider: Provider, attempt: Attempt, given: Mapping[str, str]) -> Identity:
    session = OAuth1Session(
        provider.client_id,
        provider.secret,
        token=attempt.state,
        token_secret=attempt.extra,
        verifier=given["oauth_verifier"],
    )
    guarded(session, BOUNDS)
    session.fetch_access_token(provider.token_url)
    answer = session.get(provider.userinfo_url)
    answer.raise_for_status()
    return Identity(answer.json().get("email") or None)
