"""Each kind of extension file: found in the project's folder and in the common one, used, left out when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.extensions.conftest import ARTICLES, Site
from tests.api.people import people

CONFIG = {
    "storage": {"extension": "kept"},
    "auth": {"social_providers": {"corp": {"client_id": "me", "client_secret": "x"}}},
}
TURNED = """
class Turned:
    def hash(self, text, options):
        return text[::-1]

    def match(self, text, hashed, options):
        return text[::-1] == hashed

hasher = Turned()
"""
FILMS = """
from directus8.files.embeds import Film

def recognise(url):
    return "42" if url.startswith("http://films.localhost/") else None

def look_up(id, get):
    return Film("films", id, "A film", 640, 360, picture="")
"""
KEPT = """
from directus8.files.local import LocalStorage

def open_storage(config):
    return LocalStorage(f"{config.root}/kept"), LocalStorage(config.thumb_root)
"""
#: What the configuration names is there in every test.
USUAL = KEPT.replace("/kept", "")
CORP = """
from directus8.auth.sso.providers import Provider

def provider(name, config):
    return Provider(name, config.client_id, config.client_secret, "oauth2", authorize_url="https://login.corp.example/")
"""
HELLO = """
def register(router, context):
    router.get("/", lambda request: "Hello")
"""
STAMP = """
def register(hooks, context):
    @hooks.filter("item.create.articles:before")
    def stamp(payload):
        payload["slug"] = "stamped"
        return payload
"""


def ask(site: Site, method: str, path: str, body: Any = None) -> Any:
    """The data of an answer, or its status when it is an error."""
    answer = site.ask(method, path, body, site.folks.admin)
    return answer.get_json()["data"] if answer.status_code < 400 else answer.status_code


def hashes(site: Site) -> bool:
    told = ask(site, "POST", "/utils/hash", {"string": "abc", "hasher": "turned"})
    return bool(told != 422 and told["hash"] == "cba")


def embeds(site: Site) -> bool:
    told = ask(site, "POST", "/files", {"data": "http://films.localhost/42"})
    return bool(told != 422 and told["title"] == "A film")


def stores(site: Site) -> bool:
    told = ask(site, "POST", "/files", {"data": "aGVsbG8=", "filename_disk": "a.txt", "filename_download": "a.txt"})
    if told == 500:  # the configuration names what is not there
        return False
    site.ask("DELETE", f"/files/{told['id']}", None, site.folks.admin)
    return "kept" in str(site.folks.project.stores.originals.__dict__["root"])


def logs_in(site: Site) -> bool:
    told = ask(site, "GET", "/auth/sso/corp")
    return bool(told != 404 and told["authorization_url"].startswith("https://login.corp.example/"))


def writes(site: Site) -> bool:
    text = site.folks.project.mail.write("base", {"settings": {"project_name": "Demo"}, "body": "Hi"})
    assert "Hi" in text and ("Our footer" in text or "Demo" in text)
    return "Our footer" in text


def greets(site: Site) -> bool:
    answer = site.ask("GET", "/custom/hello")
    assert answer.status_code in (200, 404)
    return answer.text == "Hello"


def stamps(site: Site) -> bool:
    return bool(ask(site, "POST", "/items/articles", {"title": "A"})["slug"] == "stamped")


@dataclass(frozen=True)
class Kind:
    """A file that works and what shows that it does; its text when it is broken."""

    file: str
    code: str
    broken: str
    works: Callable[[Site], bool]
    common: str = ""  # the folder in extensions/custom/, where it has another name

    @property
    def folders(self) -> tuple[str, str]:
        """Of the project, and for all projects."""
        own = self.file.partition("/")[0]
        return own, self.common or own

    @property
    def reported(self) -> str:
        """What it is called in the log."""
        return self.file.partition(".")[0]


KINDS = (
    Kind("hashers/turned.py", TURNED, "hasher = object()", hashes),
    Kind("embeds/films.py", FILMS, "def recognise(url):\n    return None", embeds),
    Kind("storage/kept.py", KEPT, "import a_library_that_is_not_there", stores),
    Kind("auth/corp.py", CORP, "provider = None", logs_in),
    Kind("mails/footer.html", "Our footer", "{% if %}", writes, common="mail"),
    Kind("endpoints/hello.py", HELLO, "def register(", greets),
    Kind("hooks/stamp.py", STAMP, 'hooks = {"actions": {"item.made": print}}', stamps),
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.file.partition("/")[0] for kind in KINDS])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("kinds")
    with people("sqlite", folder, CONFIG) as folks:
        made = Site(folks, folder)
        made.context.services.CollectionsService(schema=made.context.get_schema()).create_one(ARTICLES)
        made.put(folder / "extensions/core/storage/kept.py", USUAL)
        yield made


@pytest.fixture
def place(shared: Site) -> Iterator[Callable[[Path, str], None]]:
    """Writes extension files, which are gone again after the test."""
    files: list[Path] = []

    def write(file: Path, text: str) -> None:
        files.append(file)
        shared.put(file, text)

    yield write
    for file in files:
        file.unlink()
    shared.reload()


@each_kind
@pytest.mark.parametrize("common", [False, True], ids=["own", "common"])
def test_found_and_used(shared: Site, place: Callable[[Path, str], None], kind: Kind, common: bool) -> None:
    assert not kind.works(shared)
    name = kind.file.partition("/")[2]
    own, general = (shared.folder / kind.folders[0], shared.root / "extensions/custom" / kind.folders[1])
    place((general if common else own) / name, kind.code)
    assert kind.works(shared)
    assert shared.folks.project.extended.broken == []


@each_kind
def test_the_projects_own_comes_first(shared: Site, place: Callable[[Path, str], None], kind: Kind) -> None:
    name = kind.file.partition("/")[2]
    place(shared.root / "extensions/custom" / kind.folders[1] / name, kind.code)
    place(shared.folder / kind.file, kind.code.replace("kept", "kept-here").replace("footer", "footer, our own"))
    assert kind.works(shared)


@each_kind
def test_a_broken_one_is_left_out_by_name(
    shared: Site, place: Callable[[Path, str], None], kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    place(shared.folder / kind.file, kind.broken)
    assert not kind.works(shared)
    assert isinstance(ask(shared, "GET", "/items/articles"), list)
    (broken,) = shared.folks.project.extended.broken
    assert str(broken).startswith(f"{kind.reported} ({shared.folder / kind.file})")
    assert kind.reported in caplog.text


@pytest.mark.parametrize("kind", ["interfaces", "layouts", "modules"])
def test_a_broken_description_is_told(shared: Site, place: Callable[[Path, str], None], kind: str) -> None:
    place(shared.root / f"extensions/custom/{kind}/torn/meta.json", "{")
    (broken,) = shared.folks.project.extended.broken
    assert str(broken).startswith(f"{kind}/torn (")
