"""Every code sample of the two documents for extension authors, in Python: an endpoint each, on each database.

Who asks when nobody is named, and who when it is None: test_services.py. The endless loop: test_hooks.py.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.api.extensions.conftest import ARTICLES, Site
from tests.api.people import people
from tests.api.v8.test_files import picture

#: custom_endpoints.txt: both forms.
HELLO = """
def register(router, context):
    router.get("/", lambda request: "Hello, World!")
"""
GREET = """
def handler(router, context):
    router.get("/", lambda request: "Hello, World!")
    router.get("/intro", lambda request: "Nice to meet you.")
    router.get("/goodbye", lambda request: "Goodbye!")

endpoint = {"id": "greet", "handler": handler}
"""
#: custom_endpoints.txt: what context has, and an event of one's own.
CONTEXT = """
from sqlalchemy import text

def register(router, context):
    heard = []
    context.emitter.on_action("custom.greeted", heard.append)

    @router.get("/")
    def look(request):
        context.emitter.emit_action("custom.greeted", "World")
        context.logger.info("greeted")
        with context.database.connect() as connection:
            articles = connection.execute(text("SELECT count(*) FROM articles")).scalar()
        return {
            "services": sorted(vars(context.services)), "collections": context.get_schema().collections,
            "env": dict(context.env), "heard": heard, "articles": articles,
        }
"""
#: extensions_services.txt: a section each.
ITEMS = """
def register(router, context):
    services, get_schema = context.services, context.get_schema
    ItemsService = services.ItemsService

    @router.post("/")
    def run(request):
        items_service = ItemsService("articles", schema=get_schema(), accountability=request.accountability)
        key = items_service.create_one({"title": "Hello world!", "slug": "This is our first article"})
        created = items_service.read_one(key)
        items_service.update_one(key, {"title": "An updated title"})
        updated = items_service.read_one(key)
        deleted = items_service.delete_one(key)
        return {"created": created, "updated": updated, "deleted": deleted == key, "left": items_service.count()}
"""
COLLECTIONS = """
def register(router, context):
    CollectionsService = context.services.CollectionsService

    @router.post("/")
    def run(request):
        collections_service = CollectionsService(schema=context.get_schema(), accountability=request.accountability)
        name = collections_service.create_one({"name": "posts", "meta": {"note": "Blog posts."}})
        created = collections_service.read_one("posts")
        collections_service.update_one("posts", {"meta": {"note": "Updated blog posts."}})
        updated = collections_service.read_one("posts")
        collections_service.delete_one("posts")
        return {"name": name, "created": created["meta"]["note"], "updated": updated["meta"]["note"],
                "left": "posts" in context.get_schema().collections}
"""
FIELDS = """
def register(router, context):
    FieldsService = context.services.FieldsService

    @router.post("/")
    def run(request):
        fields_service = FieldsService(schema=context.get_schema(), accountability=request.accountability)
        fields_service.create_field("articles", {
            "field": "headline", "type": "string", "meta": {"icon": "title"}, "schema": {"default_value": "Hello World"},
        })
        created = fields_service.read_one("articles", "headline")
        fields_service.update_field("articles", "headline", {"meta": {"icon": "title", "note": "x"}})
        updated = fields_service.read_one("articles", "headline")
        fields_service.update_field("articles", "headline", {"field": "other"})  # a field keeps its name
        renamed = fields_service.read_one("articles", "headline")
        fields_service.delete_field("articles", "headline")
        return {"created": created["default_value"], "updated": updated["meta"]["note"],
                "renamed": renamed["field"], "left": [f["field"] for f in fields_service.read_all("articles")]}
"""
RELATIONS = """
def register(router, context):
    RelationsService, FieldsService = context.services.RelationsService, context.services.FieldsService

    @router.post("/")
    def run(request):
        given = {"schema": context.get_schema(), "accountability": request.accountability}
        FieldsService(**given).create_field("articles", {"field": "featured_image", "type": "integer"})
        relations_service = RelationsService(**given)
        relations_service.create_one({
            "collection": "articles", "field": "featured_image", "related_collection": "directus_files",
        })
        created = relations_service.read_one("articles", "featured_image")
        relations_service.update_one("articles", "featured_image", {"meta": {"one_field": "articles"}})
        updated = relations_service.read_one("articles", "featured_image")
        relations_service.delete_one("articles", "featured_image")
        return {"created": created["related_collection"], "updated": updated["meta"]["one_field"],
                "left": len(relations_service.read_all("articles"))}
"""
FILES = """
def register(router, context):
    FilesService = context.services.FilesService

    def files_service(request):
        return FilesService(schema=context.get_schema(), accountability=request.accountability)

    @router.post("/import")
    def imported(request):
        return files_service(request).import_one(url=request.json["url"], data={"title": "Imported"})

    @router.post("/upload")
    def uploaded(request):
        keys = []
        for each in request.files:
            keys.append(files_service(request).upload_one(each.stream, {
                "filename_download": each.filename, "type": each.media_type, "storage": "local",
            }))
        return keys

    @router.post("/{key}")
    def run(request):
        service, key = files_service(request), request.params["key"]
        read = service.read_one(key)
        service.update_one(key, {"title": "Random"})
        updated = service.read_one(key)
        service.delete_one(key)
        return {"read": read["filename_download"], "updated": updated["title"], "left": service.count()}
"""


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """A server somewhere with a picture."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/picture.png"
    server.shutdown()
    server.server_close()


SAMPLES = {
    "hello": HELLO, "welcome": GREET, "context": CONTEXT, "items": ITEMS, "collections": COLLECTIONS,
    "fields": FIELDS, "relations": RELATIONS, "files": FILES,
}  # fmt: skip


@pytest.fixture(scope="module")
def samples(module_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A project with all of them."""
    folder = tmp_path_factory.mktemp("samples")
    values = {"ext": {"colour": "blue"}, "security": {"allow_private_addresses": True}}
    with people(module_vendor, folder, values) as folks:
        site = Site(folks, folder)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        for name, code in SAMPLES.items():
            site.write(f"endpoints/{name}.py", code)
        assert folks.project.extended.broken == []
        yield site


def _run(site: Site, name: str) -> Any:
    """What the sample of a service answers the administrator; the public is turned away by the same lines."""
    assert site.ask("POST", f"/custom/{name}").status_code in (401, 403), "the caller's rights count"
    answer = site.ask("POST", f"/custom/{name}", None, site.folks.admin)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_an_entrypoint_that_registers(samples: Site) -> None:
    assert samples.ask("GET", "/custom/hello").text == "Hello, World!"


def test_an_entrypoint_with_a_root_of_its_own(samples: Site) -> None:
    assert [samples.ask("GET", f"/custom/greet{path}").text for path in ("", "/intro", "/goodbye")] == [
        "Hello, World!", "Nice to meet you.", "Goodbye!",
    ]  # fmt: skip
    assert samples.ask("GET", "/custom/welcome").status_code == 404


def test_the_context(samples: Site) -> None:
    told = samples.ask("GET", "/custom/context").get_json()
    assert {"ItemsService", "FilesService", "MailService", "AssetsService"} <= set(told["services"])
    assert "articles" in told["collections"] and told["env"] == {"colour": "blue"}
    assert (told["heard"], told["articles"]) == (["World"], 0)


def test_the_items_service(samples: Site) -> None:
    told = _run(samples, "items")
    assert (told["created"]["title"], told["updated"]["title"]) == ("Hello world!", "An updated title")
    assert told["deleted"] and told["left"] == 0


def test_the_collections_service(samples: Site) -> None:
    told = _run(samples, "collections")
    assert (told["name"], told["created"], told["updated"]) == ("posts", "Blog posts.", "Updated blog posts.")
    assert not told["left"]


def test_the_fields_service(samples: Site) -> None:
    told = _run(samples, "fields")
    assert (told["created"], told["updated"], told["renamed"]) == ("Hello World", "x", "headline")
    assert "headline" not in told["left"] and "title" in told["left"]


def test_the_relations_service(samples: Site) -> None:
    assert _run(samples, "relations") == {"created": "directus_files", "updated": "articles", "left": 0}


def test_the_files_service_imports(samples: Site, pictures: str) -> None:
    imported = samples.ask("POST", "/custom/files/import", {"url": pictures}, samples.folks.admin).get_json()
    row = samples.ask("GET", f"/files/{imported}", token=samples.folks.admin).get_json()["data"]
    assert (row["title"], row["type"], row["filename_download"]) == ("Imported", "image/png", "picture.png")
    samples.ask("DELETE", f"/files/{imported}", token=samples.folks.admin)


def test_the_files_service_uploads_and_changes(samples: Site) -> None:
    sent = {"data": {"file": (io.BytesIO(b"hello"), "hello.txt", "text/plain")}}
    token = {"Authorization": f"Bearer {samples.folks.admin}"}
    (uploaded,) = samples.folks.client.post("/demo/custom/files/upload", headers=token, **sent).get_json()
    told = samples.ask("POST", f"/custom/files/{uploaded}", None, samples.folks.admin).get_json()
    assert told == {"read": "hello.txt", "updated": "Random", "left": 0}
