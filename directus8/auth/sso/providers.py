"""Providers: the original's five as presets, any OpenID Connect issuer by discovery, any OAuth 2 server by its URLs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from directus8.config.table import SocialProvider

GOOGLE = "https://accounts.google.com/.well-known/openid-configuration"
FACEBOOK_VERSION = "v19.0"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider is asked for what, and by which protocol."""

    name: str
    client_id: str
    secret: str
    kind: str  # oidc | oauth2 | github | twitter
    scopes: tuple[str, ...] = ()
    discovery_url: str = ""
    issuer: str = ""
    authorize_url: str = ""
    token_url: str = ""
    userinfo_url: str = ""
    jwks_url: str = ""
    request_url: str = ""  # OAuth 1: where temporary credentials come from
    hosted_domain: str = ""


Make: TypeAlias = Callable[[str, SocialProvider], Provider | None]


def provider_of(name: str, config: SocialProvider, more: Mapping[str, Make]) -> Provider | None:
    """The provider a configuration describes; None for one that is switched off or incomplete.

    ``more``: how providers of extensions are made.
    """
    if not config.enabled:
        return None
    made = (more.get(name) or _PRESETS.get(name, _other))(name, config)
    if made is None or not made.client_id:
        return None
    return replace(made, scopes=config.scopes) if config.scopes else made


def _google(name: str, config: SocialProvider) -> Provider:
    made = _plain(name, config, "oidc", "openid", "email")
    return replace(made, discovery_url=GOOGLE, hosted_domain=config.hosted_domain)


def _github(name: str, config: SocialProvider) -> Provider:
    return replace(
        _plain(name, config, "github", "user:email"),
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",
        userinfo_url="https://api.github.com/user/emails",
    )


def _facebook(name: str, config: SocialProvider) -> Provider:
    version = config.graph_api_version or FACEBOOK_VERSION
    return replace(
        _plain(name, config, "oauth2", "email"),
        authorize_url=f"https://www.facebook.com/{version}/dialog/oauth",
        token_url=f"https://graph.facebook.com/{version}/oauth/access_token",
        userinfo_url=f"https://graph.facebook.com/{version}/me?fields=email,first_name,last_name",
    )


def _okta(name: str, config: SocialProvider) -> Provider | None:
    base = config.base_url.rstrip("/")
    if not base:
        return None
    return replace(
        _plain(name, config, "oidc", "openid", "email"),
        issuer=base,
        authorize_url=f"{base}/v1/authorize",
        token_url=f"{base}/v1/token",
        userinfo_url=f"{base}/v1/userinfo",
        jwks_url=f"{base}/v1/keys",
    )


def _twitter(name: str, config: SocialProvider) -> Provider:
    api = "https://api.twitter.com"
    return Provider(
        name,
        config.identifier,
        config.secret,
        "twitter",
        request_url=f"{api}/oauth/request_token",
        authorize_url=f"{api}/oauth/authenticate",
        token_url=f"{api}/oauth/access_token",
        userinfo_url=f"{api}/1.1/account/verify_credentials.json?include_email=true&skip_status=true",
    )


def _other(name: str, config: SocialProvider) -> Provider | None:
    if config.discovery_url:
        return replace(_plain(name, config, "oidc", "openid", "email"), discovery_url=config.discovery_url)
    if not (config.authorize_url and config.token_url and config.userinfo_url):
        return None
    return replace(
        _plain(name, config, "oauth2", "email"),
        authorize_url=config.authorize_url,
        token_url=config.token_url,
        userinfo_url=config.userinfo_url,
    )


def _plain(name: str, config: SocialProvider, kind: str, *scopes: str) -> Provider:
    return Provider(name, config.client_id, config.client_secret, kind, scopes)


_PRESETS: dict[str, Callable[[str, SocialProvider], Provider | None]] = {
    "google": _google,
    "github": _github,
    "facebook": _facebook,
    "okta": _okta,
    "twitter": _twitter,
}
