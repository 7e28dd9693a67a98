"""Files over HTTP: what is derived, refused, left behind (nothing), given out, and to whom."""

from __future__ import annotations

import base64
import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from PIL import Image

from directus8.api.app import create_app
from directus8.api.v8.contents import SMALL
from directus8.config import Home
from directus8.files import images
from directus8.files.local import LocalStorage
from directus8.files.storage import StorageDown, StorageFull
from directus8.project import Project
from directus8.provisioning import create
from directus8.registry import ProjectRegistry

ADMIN = {"Authorization": "Bearer files-admin"}
HTML = b"<html><script>alert(1)</script></html>"


@dataclass
class Api:
    """One project behind a client."""

    client: FlaskClient
    registry: ProjectRegistry
    project: Project

    def upload(self, content: bytes, name: str, headers: dict[str, str] = ADMIN, **form: Any) -> Any:
        """The answer to an upload by form."""
        data = {"file": (io.BytesIO(content), name), **form}
        return self.client.post("/demo/files", data=data, headers=headers, content_type="multipart/form-data")

    def file(self, content: bytes, name: str, **form: Any) -> dict[str, Any]:
        """The row of an uploaded file."""
        answer = self.upload(content, name, **form)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        row: dict[str, Any] = answer.get_json()["data"]
        return row

    def set(self, **settings: Any) -> None:
        """Changes settings."""
        from sqlalchemy import bindparam, column, table, update

        at = table("directus_settings", column("key"), column("value"))
        with self.project.database.transaction() as connection, self.project.stamps.change(["settings"]):
            for key, value in settings.items():
                connection.run(update(at).where(at.c.key == bindparam(None, key)).values(value=bindparam(None, value)))

    def kept(self) -> list[str]:
        """Every file in the storage, staged ones too."""
        root = self.project.folder / "uploads"
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())

    def originals(self) -> list[str]:
        """The originals in the storage, staged ones too."""
        return [p for p in self.kept() if p.startswith("originals/")]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Makes a project with further configuration."""
    opened: list[ProjectRegistry] = []

    def made(**values: Any) -> Api:
        home = Home(tmp_path)
        create(home, "demo", email="a@b.cd", password="secret", token="files-admin", values=values, environ=os.environ)
        app = create_app(home)
        registry: ProjectRegistry = app.extensions["directus8"]
        opened.append(registry)
        with registry.use("demo") as project:
            assert project is not None
            return Api(app.test_client(), registry, project)

    yield made
    for registry in opened:
        registry.close()


#: For tests of what the database does.
EACH = pytest.mark.usefixtures("database_url")


@pytest.fixture
def api(make: Callable[..., Api], request: pytest.FixtureRequest) -> Api:
    """A project with the usual configuration; on each database if the test says so (EACH), else on SQLite."""
    if "database_url" in request.fixturenames:
        return make(database={"url": request.getfixturevalue("database_url")})
    return make()


def picture(width: int = 60, height: int = 40, format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, format, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


# --- names -----------------------------------------------------------------------------------------------------

EVIL = (
    "../../evil.txt",
    "/etc/evil.txt",
    "..\\..\\evil.txt",
    "a\x00b.txt",
    "....//evil.txt",
    ".hidden.txt",
    "%2e%2e%2fx.txt",
)


@pytest.mark.parametrize("naming", ["uuid", "file_name"])
@pytest.mark.parametrize("name", EVIL)
def test_names_stay_in_the_storage(api: Api, naming: str, name: str) -> None:
    api.set(file_naming=naming)
    body = {"data": base64.b64encode(b"x").decode(), "filename_disk": name, "filename_download": name}
    for answer in (api.upload(b"x", name), api.client.post("/demo/files", json=body, headers=ADMIN)):
        assert answer.status_code in (200, 422), answer.get_data(as_text=True)
    for kept in api.kept():
        assert kept.count("/") == 1 and "/." not in kept, kept
    assert not list(api.project.folder.parent.parent.glob("**/evil.txt")) or naming == "file_name"


@pytest.mark.parametrize("name", [*EVIL[:5], "a/b.txt", "..", "."])
def test_renaming_stays_in_the_storage(api: Api, name: str) -> None:
    row = api.file(b"x", "a.txt")
    answer = api.client.patch(f"/demo/files/{row['id']}", json={"filename_disk": name}, headers=ADMIN)
    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == 4
    assert api.originals() == [f"originals/{row['filename_disk']}"]


@pytest.mark.parametrize("path", ["../data.sqlite3", "..%2fdata.sqlite3", "%2e%2e/data.sqlite3", ".x", "a%00b"])
def test_only_uploads_are_served(api: Api, path: str) -> None:
    for place in (f"/uploads/demo/originals/{path}", f"/uploads/demo/generated/{path}", f"/demo/assets/{path}"):
        answer = api.client.get(place)
        assert 400 <= answer.status_code < 500
        assert b"SQLite format" not in answer.data


@EACH
def test_collisions_count_up(api: Api) -> None:
    api.set(file_naming="file_name")
    names = [api.file(b"x", "My Photo (1).PNG")["filename_disk"] for _ in range(3)]
    assert names == ["my-photo-1-.png", "my-photo-1-1.png", "my-photo-1-2.png"]


@EACH
def test_a_name_cannot_be_taken_from_another(api: Api) -> None:
    api.set(file_naming="file_name")
    first, second = api.file(b"first", "a.txt"), api.file(b"second", "b.txt")
    answer = api.client.patch(f"/demo/files/{second['id']}", json={"filename_disk": "a.txt"}, headers=ADMIN)
    assert answer.status_code == 422
    assert api.client.get(first["data"]["url"]).data == b"first"
    assert api.client.get(second["data"]["url"]).data == b"second"


@EACH
def test_renaming_moves_the_content(api: Api) -> None:
    row = api.file(picture(), "a.png")
    api.client.get(f"{row['data']['asset_url']}?key=thumbnail")
    answer = api.client.patch(f"/demo/files/{row['id']}", json={"filename_disk": "New Name.png"}, headers=ADMIN)
    assert answer.status_code == 200
    assert api.kept() == ["originals/New Name.png"]
    assert api.client.get(answer.get_json()["data"][0]["data"]["url"]).data == picture()


@EACH
def test_header_injection_by_name(api: Api) -> None:
    row = api.file(b"x", "a.txt", filename_download='a"\r\nX-Evil: 1; ü.txt')
    answer = api.client.get(row["data"]["asset_url"])
    assert "X-Evil" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith("filename=\"a___X-Evil: 1; _.txt\"; filename*=UTF-8''a%22")


# --- what is refused leaves nothing ------------------------------------------------------------------------------


def post(api: Api, data: str, **more: Any) -> Any:
    body = {"data": data, "filename_disk": "a.png", "filename_download": "a.png", **more}
    return api.client.post("/demo/files", json=body, headers=ADMIN)


@EACH
def test_refused_uploads_leave_nothing(api: Api) -> None:
    good = base64.b64encode(picture()).decode()
    assert post(api, good, nope=1).status_code == 422
    assert post(api, good, title="x" * 300).status_code == 422
    assert post(api, good, tags="a,b").status_code == 422
    assert post(api, good, folder="abc").status_code == 422
    assert post(api, good, id=[1]).status_code == 422
    assert post(api, "data:image/png,notbase64").status_code == 422
    assert post(api, "data:image/png;base64,A").status_code == 422
    assert api.upload(picture(), "a.png", headers={}).status_code == 403
    assert api.upload(b"", "a.png").status_code == 422
    assert api.kept() == []
    assert api.client.get("/demo/files?meta=total_count", headers=ADMIN).get_json()["meta"]["total_count"] == 0


@pytest.mark.parametrize("body", [{"filename_disk": 1, "filename_download": {}}, {"filename_disk": ["a"], "filename_download": True}, {"data": 5}, {"data": {"a": 1}}, {"data": []}])  # fmt: skip
@EACH
def test_odd_values_are_4xx(api: Api, body: dict[str, Any]) -> None:
    whole = {"data": base64.b64encode(b"x").decode(), "filename_disk": "a.txt", "filename_download": "a.txt", **body}
    assert api.client.post("/demo/files", json=whole, headers=ADMIN).status_code == 422
    row = api.file(b"x", "a.txt")
    answer = api.client.patch(f"/demo/files/{row['id']}", json=body, headers=ADMIN)
    assert answer.status_code in (200, 422)
    assert len(api.kept()) == 1


@EACH
def test_a_failed_commit_takes_the_content_along(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from directus8.mutation import history

    row = api.file(b"old", "a.txt")
    before = api.kept()
    monkeypatch.setattr(history, "record", lambda *_: (_ for _ in ()).throw(RuntimeError("boom")))
    api.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert api.upload(b"x", "b.txt").status_code == 500
    path = f"/demo/files/{row['id']}"
    data = base64.b64encode(b"new").decode()
    assert api.client.patch(path, json={"data": data}, headers=ADMIN).status_code == 500
    assert api.client.patch(path, json={"filename_disk": "new.txt"}, headers=ADMIN).status_code == 500
    assert api.client.delete(path, headers=ADMIN).status_code == 500
    assert api.kept() == before
    assert api.client.get(row["data"]["url"]).data == b"old"


@pytest.mark.parametrize(("error", "status", "code"), [(StorageFull, 507, 607), (StorageDown, 503, 600)])
def test_storage_trouble_is_told_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int, code: int
) -> None:
    row = api.file(b"old", "a.txt")
    before = api.kept()

    def fail(*_: Any) -> None:
        raise error()

    monkeypatch.setattr(api.project.stores.originals, "create", fail)
    monkeypatch.setattr(api.project.stores.originals, "move", fail)
    data = base64.b64encode(b"new").decode()
    for answer in (
        api.upload(b"x", "b.txt"),
        api.client.patch(f"/demo/files/{row['id']}", json={"data": data}, headers=ADMIN),
    ):
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert api.kept() == before
    assert api.client.get(f"/demo/files/{row['id']}?fields=filesize", headers=ADMIN).get_json()["data"]["filesize"] == 3


@EACH
def test_a_denied_delete_keeps_the_content(api: Api) -> None:
    row = api.file(b"x", "a.txt")
    role = api.client.post("/demo/roles", json={"name": "r"}, headers=ADMIN).get_json()["data"]["id"]
    user = {
        "first_name": "a",
        "last_name": "b",
        "email": "x@y.zz",
        "password": "secret",
        "role": role,
        "status": "active",
        "token": "weak",
    }
    assert api.client.post("/demo/users", json=user, headers=ADMIN).status_code == 200
    rights = api.client.get("/demo/permissions?limit=-1", headers=ADMIN).get_json()["data"]
    for right in rights:
        if right["role"] == role and right["collection"] == "directus_files":
            changed = {"delete": "none", "update": "none", "read_field_blacklist": []}
            api.client.patch(f"/demo/permissions/{right['id']}", json=changed, headers=ADMIN)
    weak = {"Authorization": "Bearer weak"}
    answer = api.client.delete(f"/demo/files/{row['id']}", headers=weak)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, 303)
    answer = api.client.patch(f"/demo/files/{row['id']}", json={"title": "x"}, headers=weak)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, 10)
    assert api.client.get(row["data"]["url"]).data == b"x"


def test_whitelist_looks_at_name_word_and_bytes(api: Api) -> None:
    api.set(file_mimetype_whitelist="image/*,application/pdf")
    assert api.upload(picture(), "a.png").status_code == 200
    assert api.upload(HTML, "a.png").status_code == 422  # a page that calls itself a picture
    assert api.upload(b"PK\x03\x04zip", "a.png").status_code == 422
    assert api.upload(picture(), "a.html").status_code == 422
    data = base64.b64encode(picture()).decode()
    uri = f"data:image/png;base64,{data}"
    assert post(api, uri).status_code == 200
    assert post(api, uri, filename_disk="a.html").status_code == 422
    assert post(api, data).status_code == 422  # as the original: bare base64 has no kind
    answer = post(api, f"data:image/png;base64,{base64.b64encode(HTML).decode()}")
    expected = "The mime type of the file is invalid.Allowed mime types are image/*,application/pdf."
    assert answer.get_json()["error"] == {"code": 4, "message": expected}
    assert len(api.kept()) == 2


def test_too_large(make: Callable[..., Api], tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "server.toml").write_text("[server]\nupload_limit = 300000\nbody_limit = 120000\n")
    api = make()
    answer = api.upload(b"x" * 400000, "a.txt")  # beyond 500 KB the test client leaves a file open
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, 601)
    assert api.upload(b"x" * 200000, "a.txt").status_code == 200
    assert post(api, "A" * 200000).status_code == 413


@EACH
def test_forced_columns_by_nested_writes(api: Api) -> None:
    """Rows are made with a content only, and what follows from a content can't be written around it."""
    row = api.file(b"x", "a.txt")
    folder = {"name": "f"}
    assert api.client.post("/demo/folders", json=folder, headers=ADMIN).status_code == 200
    forged = {"checksum": "0", "filesize": 9, "type": "text/html", "storage": "moon", "uploaded_by": 99, "title": "t"}
    answer = api.client.patch(f"/demo/files/{row['id']}", json={**forged, "data": row["data"]}, headers=ADMIN)
    changed = answer.get_json()["data"][0]
    assert changed["title"] == "t"
    assert [changed[n] for n in ("checksum", "filesize", "type", "storage", "uploaded_by")] == [
        row[n] for n in ("checksum", "filesize", "type", "storage", "uploaded_by")
    ]


# --- contents ----------------------------------------------------------------------------------------------------


@EACH
def test_replacing_a_content(api: Api) -> None:
    row = api.file(picture(), "a.png", title="Mine", description="Words")
    asset = f"{row['data']['asset_url']}?key=thumbnail"
    assert opened(api.client.get(asset).data).getpixel((5, 5)) == (255, 0, 0)
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "blue").save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    answer = api.client.patch(f"/demo/files/{row['id']}", json={"data": data}, headers=ADMIN)
    changed = answer.get_json()["data"][0]
    assert (changed["width"], changed["title"], changed["description"]) == (30, "Mine", "Words")
    assert changed["filename_disk"] == row["filename_disk"]
    assert len(api.kept()) == 1  # the thumbnail is gone
    assert opened(api.client.get(asset).data).getpixel((5, 5)) == (0, 0, 255)
    form = {"file": (io.BytesIO(picture(10, 10)), "x.png")}
    answer = api.client.patch(f"/demo/files/{row['id']}", data=form, headers=ADMIN, content_type="multipart/form-data")
    assert answer.get_json()["data"][0]["width"] == 10


@EACH
def test_tags_and_metadata_are_kept(api: Api) -> None:
    data = base64.b64encode(b"x").decode()
    answer = post(api, data, tags=["a", "b"], metadata={"k": "v"})
    row = answer.get_json()["data"]
    assert (row["tags"], row["metadata"]) == (["a", "b"], {"k": "v"})


@EACH
def test_deleting_removes_everything(api: Api) -> None:
    row = api.file(picture(), "a.png")
    for key in ("thumbnail", "directus-small-crop"):
        api.client.get(f"{row['data']['asset_url']}?key={key}")
    assert len(api.kept()) == 3
    assert api.client.delete(f"/demo/files/{row['id']}", headers=ADMIN).status_code == 204
    assert api.kept() == []


@EACH
def test_revisions_hold_the_data_object(api: Api) -> None:
    row = api.file(picture(), "a.png")
    revision = api.client.get(f"/demo/files/{row['id']}/revisions/0", headers=ADMIN).get_json()["data"]
    assert revision["data"]["data"]["full_url"] == row["data"]["full_url"]
    assert revision["data"]["filesize"] == str(row["filesize"])


@EACH
def test_the_data_object_in_nested_reads(api: Api) -> None:
    row = api.file(picture(), "a.png")
    api.client.patch("/demo/users/1", json={"avatar": row["id"]}, headers=ADMIN)
    me = api.client.get("/demo/users/1?fields=avatar.data.thumbnails", headers=ADMIN).get_json()["data"]
    assert me == {"avatar": {"data": row["data"]}}
    me = api.client.get("/demo/users/1?fields=avatar.*", headers=ADMIN).get_json()["data"]
    assert me["avatar"]["data"] == row["data"] and me["avatar"]["title"] == "A"


def test_public_url_beats_the_host(make: Callable[..., Api]) -> None:
    api = make(public_url="https://cms.example.com/api/")
    row = api.file(picture(), "a.png")
    assert row["data"]["full_url"].startswith("https://cms.example.com/api/uploads/demo/originals/")
    assert row["data"]["asset_url"].startswith("/api/demo/assets/")
    assert row["data"]["thumbnails"][0]["url"].startswith("https://cms.example.com/api/demo/assets/")


def test_root_url_with_a_host(make: Callable[..., Api]) -> None:
    api = make(storage={"root_url": "https://cdn.example.com/f"})
    row = api.file(b"x", "a.txt")
    assert row["data"]["full_url"] == row["data"]["url"] == f"https://cdn.example.com/f/{row['filename_disk']}"


def test_small_contents_are_read_once_until_they_change(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = LocalStorage.read, []

    def counted(storage: LocalStorage, path: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        asked.append(path)
        return read(storage, path, start, length)

    monkeypatch.setattr(LocalStorage, "read", counted)
    row, large = api.file(b"one", "a.txt"), api.file(b"x" * (SMALL + 1), "large.txt")
    address = f"/demo/assets/{row['private_hash']}"
    assert [api.client.get(address).data for _ in range(3)] == [b"one"] * 3 and len(asked) == 1
    assert api.client.get(address, headers={"Range": "bytes=1-1"}).data == b"n"
    path = api.project.folder / "uploads" / "originals" / row["filename_disk"]
    path.with_suffix(".new").write_bytes(b"two")
    path.with_suffix(".new").replace(path)
    assert api.client.get(address).data == b"two"
    path.unlink()
    assert api.client.get(address).status_code == 404
    asked.clear()
    assert [len(api.client.get(f"/demo/assets/{large['private_hash']}").data) for _ in range(2)] == [SMALL + 1] * 2
    assert len(asked) == 2


def test_downloads_by_proxy(make: Callable[..., Api]) -> None:
    api = make(storage={"proxy_downloads": True})
    row = api.file(b"x", "a.txt")
    assert row["data"]["url"] == f"/downloads/demo/{row['filename_disk']}"
    assert "asset_url" not in row["data"]
    answer = api.client.get(row["data"]["url"])
    assert (answer.data, answer.headers["Cache-Control"]) == (b"x", "max-age=86400")


@EACH
def test_pictures_of_the_project(api: Api) -> None:
    row = api.file(picture(), "logo.png")
    api.set(project_logo=str(row["id"]), project_background="999")
    told = api.client.get("/demo/").get_json()["data"]["api"]
    assert told["project_logo"] == {n: row["data"][n] for n in ("full_url", "url", "asset_url")}
    assert told["project_background"] is None


# --- giving out --------------------------------------------------------------------------------------------------


def test_ranges_and_validators(api: Api) -> None:
    content = bytes(range(256)) * 10
    row = api.file(content, "a.bin")
    for path in (row["data"]["asset_url"], row["data"]["url"]):
        get = lambda path=path, **headers: api.client.get(
            path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        whole = get()
        assert whole.data == content and whole.headers["Accept-Ranges"] == "bytes"
        part = get(Range="bytes=10-19")
        assert (part.status_code, part.data) == (206, content[10:20])
        assert part.headers["Content-Range"] == "bytes 10-19/2560" and part.headers["Content-Length"] == "10"
        assert get(Range="bytes=-5").data == content[-5:]
        assert get(Range="bytes=2550-").data == content[2550:]
        assert get(Range="bytes=0-1,5-6").status_code == 200
        assert get(Range="bytes=9999-").status_code == 416
        assert get(Range="nonsense").status_code == 200
        assert get(Range="bytes=0-4", If_Range=whole.headers["ETag"]).status_code == 206
        assert get(Range="bytes=0-4", If_Range='"other"').status_code == 200
        known = get(If_None_Match=whole.headers["ETag"])
        assert (known.status_code, known.headers["ETag"]) == (304, whole.headers["ETag"])
        assert not {"Content-Type", "Content-Length", "Last-Modified"} & set(known.headers.keys())
        assert get(If_Modified_Since=whole.headers["Last-Modified"]).status_code == 304
        later = "Fri, 31 Dec 2100 23:59:59 GMT"
        assert get(If_None_Match='"other"', If_Modified_Since=later).status_code == 200  # the tag is what counts
        assert get(If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status_code == 200
        assert get(If_Modified_Since="yesterday").status_code == 200
        head = api.client.head(path)
        assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", "2560")


@pytest.mark.parametrize("hardened", [False, True])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", HTML), ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), ("a.xhtml", HTML), ("a.htm", HTML),
        ("a.xml", b"<?xml version='1.0'?><x/>"), ("a.js", b"alert(1)"), ("a.php", b"<?php"), ("a.mhtml", HTML), ("a.swf", b"FWS"),
        ("a.txt", HTML), ("a.png", HTML), ("a", HTML), ("a.gif", b"GIF89a/*" + HTML + b"*/=1"), ("a.jpg", b"\xff\xd8\xff" + HTML), ("a.pdf", b"%PDF-" + HTML),
    ],
)  # fmt: skip
def test_nothing_active_is_served(make: Callable[..., Api], name: str, content: bytes, hardened: bool) -> None:
    api = make(security={"hardened": hardened})
    row = api.file(content, name)
    for path in (row["data"]["asset_url"], row["data"]["url"]):
        answer = api.client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        media = answer.mimetype
        dead = "sandbox" in answer.headers.get("Content-Security-Policy", "")
        saved = answer.headers.get("Content-Disposition", "").startswith("attachment")
        harmless = media.startswith(("image/png", "image/gif", "image/jpeg", "application/pdf"))
        assert dead or harmless
        if media == "image/svg+xml":
            assert saved is hardened
        elif media in ("text/html", "application/xhtml+xml", "text/xml", "text/javascript"):
            assert saved


def test_sizes(api: Api) -> None:
    row = api.file(picture(320, 200), "a.png")
    api.set(asset_whitelist="[]")
    sizes: dict[str, tuple[int, int]] = {}
    for query in ("w=100&h=100&f=crop", "w=100&h=100&f=contain", "w=640&h=640&f=contain", "w=50&h=60&f=what"):
        answer = api.client.get(f"{row['data']['asset_url']}?{query}&q=0")
        sizes[query] = opened(answer.data).size
    assert list(sizes.values()) == [(100, 100), (100, 62), (640, 400), (50, 60)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("w=10", 4), ("w=a&h=b&q=c&f=crop", 4), ("w=10.5&h=10&q=80&f=crop", 12), ("w=0&h=10&q=80&f=crop", 12), ("w=-1&h=10&q=80&f=crop", 12),
        ("w=10&h=10&q=101&f=crop", 12), ("w=10&h=10&q=-1&f=crop", 12), ("w=99999&h=10&q=80&f=crop", 12), ("w=9000&h=9000&q=80&f=crop", 12),
        ("key=nope", 12), ("key[]=thumbnail", 12), ("w[]=1&h=1&q=1&f=crop", 4), ("key=thumbnail&format=exe", 12), ("w=1e5&h=1&q=1&f=crop", 12),
        ("w=nan&h=1&q=1&f=crop", 4), ("w=inf&h=1&q=1&f=crop", 4), ("w=%D9%A1&h=1&q=1&f=../../x", 0),
    ],
)  # fmt: skip
def test_refused_parameters(api: Api, query: str, code: int) -> None:
    row = api.file(picture(), "a.png")
    api.set(asset_whitelist="[]")
    answer = api.client.get(f"{row['data']['asset_url']}?{query}")
    if code:
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, code)
        assert len(api.kept()) == 1
    assert all(part.split("/")[0] in ("originals", "generated") for part in api.kept())


def test_whitelisted_parameters(api: Api) -> None:
    row = api.file(picture(), "a.png")
    get = lambda query: api.client.get(f"{row['data']['asset_url']}?{query}").status_code
    assert get("w=200&h=200&f=contain&q=80") == 200
    assert get("w=64&h=64&f=crop&q=80") == 200
    assert get("w=201&h=200&f=contain&q=80") == 422


def test_other_formats(api: Api) -> None:
    row = api.file(picture(320, 200), "a.png")
    for format, expected in (("webp", "WEBP"), ("avif", "AVIF"), ("jpg", "JPEG")):
        answer = api.client.get(f"{row['data']['asset_url']}?key=thumbnail&format={format}")
        assert opened(answer.data).format == expected
        assert answer.mimetype == f"image/{expected.lower()}"
    assert api.client.get(f"{row['data']['asset_url']}?format=webp").data == picture(320, 200)


@EACH
def test_by_download_name(api: Api) -> None:
    api.set(asset_url_naming="filename_download")
    row = api.file(b"x", "My File ü.txt")
    assert row["data"]["asset_url"] == "/demo/assets/My%20File%20%C3%BC.txt"
    assert api.client.get(row["data"]["asset_url"]).data == b"x"


def test_turned_pictures_and_colours(api: Api) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = b"\x00" * 200
    row = api.file(picture(80, 40, "JPEG", exif=exif, icc_profile=profile), "a.jpg")
    made = opened(api.client.get(f"{row['data']['asset_url']}?key=thumbnail").data)
    assert made.size == (100, 200)
    assert made.info["icc_profile"] == profile
    assert not made.getexif()


def test_animations_stay(api: Api) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0)
    row = api.file(out.getvalue(), "a.gif")
    made = opened(api.client.get(f"{row['data']['asset_url']}?key=directus-small-crop").data)
    assert (made.size, made.n_frames) == ((64, 64), 3)  # type: ignore[attr-defined]


def test_bombs(api: Api) -> None:
    """A few bytes that would be gigabytes of pixels are refused before they are decoded."""
    bomb = io.BytesIO()
    Image.new("1", (30000, 30000)).save(bomb, "PNG")
    frames = io.BytesIO()
    many = [Image.new("1", (4000, 4000)) for _ in range(30)]
    many[0].save(frames, "GIF", save_all=True, append_images=many[1:])
    cut = picture(2000, 2000, "JPEG")[:500]
    for name, content in (("a.png", bomb.getvalue()), ("b.jpg", cut), ("c.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 100), ("d.gif", b"GIF89a"), ("e.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 "), ("f.tif", b"II*\x00\xff\xff\xff\xff"), ("g.avif", b"\x00\x00\x00\x20ftypavif")):  # fmt: skip
        row = api.file(content, name)
        answer = api.client.get(f"{row['data']['asset_url']}?key=thumbnail")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, 12), name
    row = api.file(frames.getvalue(), "many.gif")
    made = opened(api.client.get(f"{row['data']['asset_url']}?key=thumbnail").data)
    assert made.size == (200, 200)


def test_a_missing_content(api: Api) -> None:
    row = api.file(picture(), "a.png")
    (api.project.folder / "uploads" / "originals" / row["filename_disk"]).unlink()
    assert api.client.get(row["data"]["asset_url"]).status_code == 404
    assert api.client.get(row["data"]["url"]).status_code == 404
    answer = api.client.get(f"{row['data']['asset_url']}?key=thumbnail")
    assert answer.get_json()["error"] == {"code": 12, "message": f"{row['filename_disk']} does not exist."}
    assert api.client.patch(f"/demo/files/{row['id']}", json={"title": "x"}, headers=ADMIN).status_code == 200
    assert api.client.delete(f"/demo/files/{row['id']}", headers=ADMIN).status_code == 204


def test_an_image_is_made_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    row = api.file(picture(3000, 2000), "a.png")
    made: list[int] = []
    lock = threading.Lock()
    real = images.transform

    def counting(*arguments: Any) -> bytes:
        with lock:
            made.append(1)
        return real(*arguments)

    monkeypatch.setattr(images, "transform", counting)

    def get(_: int) -> bytes:
        answer = api.client.application.test_client().get(f"{row['data']['asset_url']}?key=thumbnail")
        assert answer.status_code == 200
        return answer.data

    with ThreadPoolExecutor(16) as pool:
        contents = set(pool.map(get, range(200)))
    assert len(made) == 1 and len(contents) == 1


def test_an_image_of_a_replaced_content_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    row = api.file(picture(), "a.png")
    real = images.transform

    def slow(*arguments: Any) -> bytes:
        made = real(*arguments)
        data = base64.b64encode(picture(10, 10)).decode()
        client = api.client.application.test_client()
        assert client.patch(f"/demo/files/{row['id']}", json={"data": data}, headers=ADMIN).status_code == 200
        return made

    monkeypatch.setattr(images, "transform", slow)
    assert api.client.get(f"{row['data']['asset_url']}?key=thumbnail").status_code == 503
    assert len(api.kept()) == 1


# --- private storage ---------------------------------------------------------------------------------------------


def test_private_files(make: Callable[..., Api]) -> None:
    api = make(storage={"private": True})
    row = api.file(picture(), "a.png")
    bare = [urlsplit(row["data"][n]).path for n in ("url", "asset_url")]
    thumbnail = row["data"]["thumbnails"][-1]["relative_url"]
    for path in (*bare, f"{bare[1]}?key=thumbnail"):
        assert api.client.get(path).status_code == 404
        assert api.client.get(path, headers=ADMIN).status_code == 200
        assert api.client.get(path, headers={"Authorization": "Bearer wrong"}).status_code in (401, 404)
    for path in (row["data"]["url"], row["data"]["asset_url"], thumbnail):
        answer = api.client.get(path)
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "private, no-cache"
    made = next(p for p in api.kept() if p.startswith("generated/"))
    assert api.client.get(f"/uploads/demo/{made}").status_code == 404
    assert api.client.get(f"/uploads/demo/{made}", headers=ADMIN).status_code == 200


def test_signatures_end_and_belong_to_one_file(make: Callable[..., Api], monkeypatch: pytest.MonkeyPatch) -> None:
    api = make(storage={"private": True})
    first, second = api.file(b"1", "a.txt"), api.file(b"2", "b.txt")
    seal = urlsplit(first["data"]["asset_url"]).query
    assert api.client.get(first["data"]["asset_url"]).status_code == 200
    assert api.client.get(f"{urlsplit(second['data']['asset_url']).path}?{seal}").status_code == 404
    assert api.client.get(first["data"]["asset_url"].replace("expires=", "expires=9")).status_code == 404
    api.client.patch(f"/demo/files/{first['id']}", json={"private_hash": "changed"}, headers=ADMIN)
    assert api.client.get(f"/demo/assets/changed?{seal}").status_code == 404
    import directus8.services.assets as assets

    now = __import__("time").time()
    monkeypatch.setattr(assets.time, "time", lambda: now + 8000)
    assert api.client.get(second["data"]["asset_url"]).status_code == 404
