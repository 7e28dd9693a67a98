"""Logins by a real OpenID provider (npm oidc-provider, on loopback), and by an OAuth 2 server of three URLs.

Where the provider's packages can't be had, these tests are skipped and say so.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from directus8.auth import cookie, totp
from directus8.auth.sso import Attempt, Provider, provider_of, providers
from directus8.auth.sso.client import _github_email
from directus8.config.table import SocialProvider
from tests.api.people import ADMIN, EDITOR, SECRET, People, people
from tests.clients.npm import node

OIDC = Path(__file__).parent / "oidc"
TARGET = "http://localhost/admin/#/"
CALLBACK = "http://localhost/demo/auth/sso/corp/callback"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A running OpenID provider."""
    program = node(OIDC)
    port = free_port()
    process = subprocess.Popen(
        [program, "server.js", str(port), CALLBACK],
        cwd=OIDC,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert any("ready" in line for line in iter(process.stdout.readline, ""))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()
    process.stdout.close()


def configured(issuer: str, **more: Any) -> dict[str, Any]:
    discovery = f"{issuer}/.well-known/openid-configuration"
    told = {"client_id": "directus8", "client_secret": "a secret of the client", "discovery_url": discovery, **more}
    return {"auth": {"social_providers": {"corp": told, "github": {"client_id": ""}}}}


@pytest.fixture
def folks(issuer: str, tmp_path: Path) -> Iterator[People]:
    """A project that lets people in by the provider."""
    with people("sqlite", tmp_path, configured(issuer)) as made:
        made.others["issuer"] = issuer
        yield made


def begin(folks: People, mode: str = "jwt", target: str = TARGET) -> str:
    """Goes to the provider; its address for us."""
    answer = folks.ask("GET", "/auth/sso/corp", query_string={"mode": mode, "redirect_url": target})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert answer.headers["Location"] == answer.get_json()["data"]["authorization_url"]
    return str(answer.headers["Location"])


def consent(folks: People, url: str, account: str = EDITOR) -> dict[str, str]:
    """Logs in at the provider as an account; the parameters it sends people back with."""
    requests.get(f"{folks.others['issuer']}/test/account/{account}", timeout=5)
    browser = requests.Session()
    for _ in range(6):
        answer = browser.get(url, allow_redirects=False, timeout=5)
        assert answer.status_code in (302, 303), answer.text
        url = requests.compat.urljoin(url, answer.headers["Location"])
        if url.startswith(CALLBACK):
            return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    raise AssertionError("the provider goes in circles")


def back(folks: People, given: dict[str, str]) -> Any:
    """Comes back to us."""
    return folks.ask("GET", "/auth/sso/corp/callback", query_string=given)


def parameters(answer: Any) -> dict[str, str]:
    """What stands behind the target we are sent to."""
    assert answer.status_code == 302, answer.get_data(as_text=True)
    location = answer.headers["Location"]
    assert location.startswith(TARGET)
    return {name: values[0] for name, values in parse_qs(location.partition("?")[2]).items()}


def test_the_list_of_providers(folks: People) -> None:
    assert folks.ask("GET", "/auth/sso").get_json() == {"data": [{"name": "corp", "icon": None}], "public": True}


def test_a_login_for_a_token(folks: People) -> None:
    request_token = parameters(back(folks, consent(folks, begin(folks))))["request_token"]
    assert not folks.knows(request_token)
    answer = folks.ask("POST", "/auth/sso/access_token", {"request_token": request_token})
    token = answer.get_json()["data"]["token"]
    assert folks.ask("GET", "/users/me", token=token).get_json()["data"]["email"] == EDITOR
    assert folks.ask("GET", "/auth/check", token=token).get_json()["data"] == {"authenticated": True}
    again = folks.ask("POST", "/auth/sso/access_token", {"request_token": request_token})
    assert again.get_json()["error"]["code"] == 109
    folks.ask("POST", "/auth/logout", token=token)
    assert not folks.knows(token)


def test_a_login_for_a_cookie(folks: People) -> None:
    answer = back(folks, consent(folks, begin(folks, "cookie"), ADMIN))
    assert answer.headers["Location"] == TARGET
    assert folks.ask("GET", "/users/me").get_json()["data"]["email"] == ADMIN


def test_a_login_by_code(folks: People) -> None:
    given = consent(folks, begin(folks))
    answer = folks.ask("POST", "/auth/sso/corp", given)
    assert folks.knows(answer.get_json()["data"]["token"])


@pytest.mark.parametrize("mode", ["jwt", "cookie"])
@pytest.mark.parametrize("state", ["other", ""])
def test_sso_state_unchecked(folks: People, mode: str, state: str) -> None:
    given = consent(folks, begin(folks, mode))
    assert parameters(back(folks, {**given, "state": state})) == {"error": "1", "code": "10"}
    assert folks.ask("GET", "/users/me").status_code == 401
    assert folks.ask("POST", "/auth/sso/corp", {**given, "state": state}).status_code == 401  # the attempt is over


def test_sso_state_unchecked_by_code(folks: People) -> None:
    given = consent(folks, begin(folks))
    answer = folks.ask("POST", "/auth/sso/corp", {**given, "state": "other"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, 10)


def test_sso_code_without_session(folks: People) -> None:
    """A token got by a code is one of a session, and no way past a second factor."""
    token = folks.ask("POST", "/auth/sso/corp", consent(folks, begin(folks))).get_json()["data"]["token"]
    assert folks.ask("GET", "/auth/check", token=token).get_json()["data"] == {"authenticated": True}
    folks.ask("PATCH", "/roles/3", {"enforce_2fa": True}, folks.admin)
    answer = folks.ask("POST", "/auth/sso/corp", consent(folks, begin(folks)))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, 115)


def test_an_answer_nobody_asked_for(folks: People) -> None:
    given = consent(folks, begin(folks))
    folks.client.delete_cookie(cookie.sso_name("demo"))
    answer = back(folks, given)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, 101)


def test_a_forged_attempt(folks: People) -> None:
    given = consent(folks, begin(folks))
    attempt = Attempt("corp", "jwt", TARGET, int(time.time()) + 600, state=given["state"])
    folks.client.set_cookie(cookie.sso_name("demo"), attempt.seal("another secret", "demo"))
    assert back(folks, given).status_code == 401


@pytest.mark.parametrize("mode", ["jwt", "cookie"])
def test_a_replayed_code(folks: People, mode: str) -> None:
    url = begin(folks, mode)
    kept = folks.client.get_cookie(cookie.sso_name("demo"))
    given = consent(folks, url)
    assert ("request_token" in parameters(back(folks, given))) == (mode == "jwt")
    folks.client.delete_cookie(cookie.name("demo"))
    assert kept is not None
    assert back(folks, given).status_code == 401  # the attempt is over
    folks.client.set_cookie(cookie.sso_name("demo"), kept.value)
    assert parameters(back(folks, given)) == {"error": "1", "code": "10"}  # the code is spent
    assert folks.ask("GET", "/users/me").status_code == 401


def test_a_code_of_another_browser(folks: People) -> None:
    """PKCE and nonce: a code is worth nothing to whom did not ask for it, even with the state put right."""
    foreign = consent(folks, begin(folks), ADMIN)
    own = parse_qs(urlsplit(begin(folks)).query)["state"][0]
    assert parameters(back(folks, {**foreign, "state": own})) == {"error": "1", "code": "10"}


@pytest.mark.parametrize("mode", ["jwt", "cookie"])
def test_an_unknown_user(folks: People, mode: str) -> None:
    told = parameters(back(folks, consent(folks, begin(folks, mode), "stranger@example.com")))
    assert told == {"error": "1", "code": "107", "attributes[email]": "stranger@example.com"}


def test_an_address_that_is_not_verified(folks: People) -> None:
    told = parameters(back(folks, consent(folks, begin(folks), f"unverified-{ADMIN}")))
    assert told["code"] == "107"


@pytest.mark.parametrize("mode", ["jwt", "cookie"])
def test_a_suspended_user(folks: People, mode: str) -> None:
    folks.ask("PATCH", "/users/2", {"status": "suspended"}, folks.admin)
    assert parameters(back(folks, consent(folks, begin(folks, mode))))["code"] == "103"


@pytest.mark.parametrize("mode", ["jwt", "cookie"])
def test_a_role_with_a_second_factor(folks: People, mode: str) -> None:
    folks.ask("PATCH", "/roles/3", {"enforce_2fa": True}, folks.admin)
    assert parameters(back(folks, consent(folks, begin(folks, mode))))["code"] == "115"


def test_a_user_with_a_second_factor(folks: People) -> None:
    body = {"2fa_secret": SECRET, "otp": totp.code(SECRET, time.time())}
    assert folks.ask("POST", "/users/2/activate_2fa", body, folks.admin).status_code == 200
    assert parameters(back(folks, consent(folks, begin(folks))))["code"] == "115"


def test_a_foreign_page_to_return_to(folks: People) -> None:
    answer = folks.ask("GET", "/auth/sso/corp", query_string={"redirect_url": "https://evil.example/"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, 4)


def test_people_who_are_new(issuer: str, tmp_path: Path) -> None:
    with people("sqlite", tmp_path, configured(issuer, create_users=True, default_role=3)) as folks:
        folks.others["issuer"] = issuer
        told = parameters(back(folks, consent(folks, begin(folks), "new@example.com")))
        assert "request_token" in told
        row = folks.rows("SELECT status, role, email FROM directus_users ORDER BY id DESC LIMIT 1")
        assert row == [("active", 3, "new@example.com")]


# --- OAuth 2 ---------------------------------------------------------------------------------------------------


class OAuth2Server(BaseHTTPRequestHandler):
    """As little OAuth 2 as there can be: any code is good, everybody is the editor."""

    asked: list[str] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.asked.append(self.rfile.read(length).decode())
        self._answer({"access_token": "an access token", "token_type": "bearer"})

    def do_GET(self) -> None:
        good = self.headers["Authorization"] == "Bearer an access token"
        self._answer({"email": EDITOR} if good else {})

    def _answer(self, data: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *_: Any) -> None:
        pass


def test_any_oauth2_server(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), OAuth2Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    told = {"client_id": "us", "client_secret": "s", "authorize_url": f"{base}/a", "token_url": f"{base}/t"}
    values = {"auth": {"social_providers": {"corp": {**told, "userinfo_url": f"{base}/u", "scopes": ["mail"]}}}}
    with people("sqlite", tmp_path, values) as folks:
        query = parse_qs(urlsplit(begin(folks)).query)
        assert query["scope"] == ["mail"] and query["code_challenge_method"] == ["S256"]
        answer = back(folks, {"code": "any", "state": query["state"][0]})
        assert "request_token" in parameters(answer)
        assert "code_verifier=" in OAuth2Server.asked[-1]
    server.shutdown()
    server.server_close()


# --- the original's five ---------------------------------------------------------------------------------------


class Five(BaseHTTPRequestHandler):
    """What stands in for GitHub, Facebook and Twitter; it remembers what it was asked."""

    asked: list[tuple[str, str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.asked.append((self.path, self.headers["Authorization"] or body))
        if self.path.startswith("/oauth/"):  # Twitter's two, OAuth 1
            said = "oauth_token=t1&oauth_token_secret=s1&oauth_callback_confirmed=true"
            self._answer(said.encode(), "application/x-www-form-urlencoded")
        else:
            self._answer(json.dumps({"access_token": "an access token", "token_type": "bearer"}).encode())

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        listed = [{"email": ADMIN, "verified": False, "primary": True}, {"email": EDITOR, "verified": True}]
        self._answer(json.dumps(listed if self.path.startswith("/user/emails") else {"email": EDITOR}).encode())

    def _answer(self, data: bytes, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def five(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server to which the presets lead, whatever host they name."""
    server = HTTPServer(("127.0.0.1", 0), Five)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"

    def local(make: Any) -> Any:
        def made(name: str, config: SocialProvider) -> Provider:
            found = make(name, config)
            urls = {f: getattr(found, f) for f in ("token_url", "userinfo_url", "request_url") if getattr(found, f)}
            return replace(found, **{f: re.sub(r"https://[^/]+", base, url) for f, url in urls.items()})

        return made

    monkeypatch.setattr(providers, "_PRESETS", {name: local(make) for name, make in providers._PRESETS.items()})
    Five.asked = []
    yield base
    server.shutdown()
    server.server_close()


KEYS = {"client_id": "us", "client_secret": "s"}


@pytest.mark.parametrize(
    ("name", "told", "page", "asked"),
    [
        ("github", KEYS, "https://github.com/login/oauth/authorize?", ["/login/oauth/access_token", "/user/emails"]),
        (
            "facebook",
            {**KEYS, "graph_api_version": "v12.0"},
            "https://www.facebook.com/v12.0/dialog/oauth?",
            ["/v12.0/oauth/access_token", "/v12.0/me?fields=email,first_name,last_name"],
        ),
        (
            "twitter",
            {"identifier": "us", "secret": "s"},
            "https://api.twitter.com/oauth/authenticate?oauth_token=t1",
            [
                "/oauth/request_token",
                "/oauth/access_token",
                "/1.1/account/verify_credentials.json?include_email=true&skip_status=true",
            ],
        ),
    ],
)
def test_a_preset(five: str, tmp_path: Path, name: str, told: dict[str, str], page: str, asked: list[str]) -> None:
    with people("sqlite", tmp_path, {"auth": {"social_providers": {name: told}}}) as folks:
        assert [each["name"] for each in folks.ask("GET", "/auth/sso").get_json()["data"]] == [name]
        answer = folks.ask("GET", f"/auth/sso/{name}", query_string={"redirect_url": TARGET})
        assert answer.headers["Location"].startswith(page)
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        if name == "twitter":
            given = {"oauth_token": "t1", "oauth_verifier": "v"}
        else:
            assert query["client_id"] == ["us"] and query["code_challenge_method"] == ["S256"]
            assert query["redirect_uri"] == [f"http://localhost/demo/auth/sso/{name}/callback"]
            given = {"code": "c", "state": query["state"][0]}
        told_back = parameters(folks.ask("GET", f"/auth/sso/{name}/callback", query_string=given))
        assert [path for path, _ in Five.asked] == asked
        if name == "twitter":
            assert all("oauth_signature=" in header for _, header in Five.asked)
        body = {"request_token": told_back["request_token"]}
        token = folks.ask("POST", "/auth/sso/access_token", body).get_json()["data"]["token"]
        assert folks.ask("GET", "/users/me", token=token).get_json()["data"]["email"] == EDITOR


def test_okta_and_google_are_openid_issuers() -> None:
    okta = provider_of("okta", SocialProvider(**KEYS, base_url="https://x.okta.com/oauth2/default/"), {})
    google = provider_of("google", SocialProvider(**KEYS, hosted_domain="example.com"), {})
    assert okta is not None and google is not None
    assert (okta.kind, google.kind, google.hosted_domain) == ("oidc", "oidc", "example.com")
    assert okta.token_url == "https://x.okta.com/oauth2/default/v1/token"
    assert okta.scopes == google.scopes == ("openid", "email")
    assert provider_of("okta", SocialProvider(**KEYS), {}) is None, "it has no address"
    assert provider_of("google", SocialProvider(**KEYS, enabled=False), {}) is None


def test_which_of_githubs_addresses() -> None:
    a, b = {"email": "a", "verified": True}, {"email": "b", "verified": True, "primary": True}
    c = {"email": "c", "verified": True, "visibility": "public"}
    assert _github_email([a, b, c]) == "c"
    assert _github_email([a, {**b, "visibility": "public"}, c]) == "b"
    assert _github_email([a, b]) == "b"
    assert _github_email([a]) == "a"
    assert _github_email([{"email": "x", "verified": False, "primary": True}]) is None
