"""Custom endpoints: every form, what handlers get and give, and what is broken."""

from __future__ import annotations

from io import BytesIO

from tests.api.extensions.conftest import Site

GREET = """
    endpoint = {
        "id": "greet",
        "handler": lambda router, context: (
            router.get("/", lambda request: "Hello, World!"),
            router.get("/intro", lambda request: "Nice to meet you."),
            router.get("/goodbye", lambda request: "Goodbye!"),
        ),
    }
"""


def test_a_register_function(plain: Site) -> None:
    plain.write(
        "endpoints/hello.py", 'def register(router, context):\n    router.get("/", lambda request: "Hello, World!")\n'
    )
    answer = plain.ask("GET", "/custom/hello")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "Hello, World!", "text/html")
    assert plain.ask("POST", "/custom/hello").status_code == 405
    missing = plain.ask("GET", "/custom/nothing")
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, 1)


def test_an_object_with_an_id(plain: Site) -> None:
    plain.write("endpoints/other/endpoints.py", GREET)
    assert [plain.ask("GET", f"/custom/greet{p}").text for p in ("", "/intro", "/goodbye")] == [
        "Hello, World!", "Nice to meet you.", "Goodbye!",
    ]  # fmt: skip
    assert plain.ask("GET", "/custom/other").status_code == 404


def test_the_map_of_the_original(plain: Site) -> None:
    plain.put(
        plain.root / "extensions/custom/endpoints/shop.py",
        """
        def show(request):
            return {"id": request.params["id"], "q": request.query.get("q")}

        endpoints = {
            "": {"handler": lambda request: ["exact"]},
            "/items/{id:[0-9]+}": {"handler": show},
            "pages[/{page}]": {"method": ["GET", "POST"], "handler": lambda r: r.params.get("page", "first")},
            "/admin": {"group": True, "endpoints": {"/stats": {"handler": lambda r: (b"", 201)}}},
        }
        """,
    )
    assert plain.ask("GET", "/custom/shop").get_json() == ["exact"]
    assert plain.ask("GET", "/custom/shop/items/7?q=x").get_json() == {"id": "7", "q": "x"}
    assert plain.ask("GET", "/custom/shop/items/x").status_code == 404
    assert [plain.ask("POST", f"/custom/shop/pages{p}").text for p in ("", "/2")] == ["first", "2"]
    assert plain.ask("GET", "/custom/shop/admin/stats").status_code == 201


def test_modules_have_addresses_of_their_own(plain: Site) -> None:
    code = 'endpoints = {"/ping": {"handler": lambda request: "pong"}}\n'
    plain.put(plain.root / "extensions/core/modules/clock/endpoints.py", code)
    assert plain.ask("GET", "/modules/clock/ping").text == "pong"


def test_requests_and_responses(plain: Site) -> None:
    plain.write(
        "endpoints/echo.py",
        """
        from directus8.extensions import Forbidden, Response

        def register(router, context):
            @router.post("/json")
            def json(request):
                return {"json": request.json, "user": request.accountability.user, "agent": request.headers["user-agent"]}

            @router.get("/who")
            def who(request, context):
                if request.accountability.is_public:
                    raise Forbidden("Please log in")
                items = context.services.ItemsService(
                    "articles", schema=context.get_schema(), accountability=request.accountability)
                return items.read_by_query()

            router.get("/csv", lambda request: Response("a,b", 201, {"X-More": "1"}, "text/csv"))
            router.delete("/none", lambda request: None)
            router.get("/fails", lambda request: 1 / 0)
            router.get("/env", lambda request: dict(context["env"]))
        """,
    )
    told = plain.ask(
        "POST", "/custom/echo/json", {"a": [1]}, plain.folks.admin, headers={"User-Agent": "me"}
    ).get_json()
    assert told == {"json": {"a": [1]}, "user": 1, "agent": "me"}
    csv = plain.ask("GET", "/custom/echo/csv")
    assert (csv.status_code, csv.text, csv.mimetype, csv.headers["X-More"]) == (201, "a,b", "text/csv", "1")
    assert plain.ask("DELETE", "/custom/echo/none").status_code == 204
    refused = plain.ask("GET", "/custom/echo/who")
    assert (refused.status_code, refused.get_json()["error"]) == (403, {"code": 10, "message": "Please log in"})
    denied = plain.ask("GET", "/custom/echo/who", token=plain.folks.token())
    assert denied.status_code == 403  # the editor may not read articles
    assert plain.ask("GET", "/custom/echo/who", token=plain.folks.admin).get_json() == []
    assert plain.ask("GET", "/custom/echo/fails").status_code == 500
    assert plain.ask("GET", "/custom/echo/env").get_json() == {}


def test_an_upload_reaches_the_files(plain: Site) -> None:
    plain.write(
        "endpoints/inbox.py",
        """
        def register(router, context):
            @router.post("/")
            def receive(request):
                files = context.services.FilesService(schema=context.get_schema(), accountability=request.accountability)
                return [
                    files.upload_one(each.stream, {"filename_download": each.filename, "type": each.media_type})
                    for each in request.files
                ]
        """,
    )
    token = {"Authorization": f"Bearer {plain.folks.admin}"}
    answer = plain.folks.client.post(
        "/demo/custom/inbox", data={"file": (BytesIO(b"hello"), "hello.txt")}, headers=token
    )
    (key,) = answer.get_json()
    files = plain.context.services.FilesService(schema=plain.context.get_schema())
    assert files.read_one(key)["filename_download"] == "hello.txt"
    assert files.read_content(key) == b"hello"


def test_a_broken_extension_takes_nothing_down(plain: Site, monkeypatch: object) -> None:
    plain.write("endpoints/broken.py", "this is no Python")
    plain.write("hooks/typo.py", 'hooks = {"actions": {"item.create": print, "item.made": print}}')
    plain.write("endpoints/greet.py", GREET)
    assert plain.ask("GET", "/custom/greet").text == "Hello, World!"
    assert plain.ask("GET", "/custom/broken").status_code == 404
    broken = plain.folks.project.extended.broken
    assert sorted((each.kind, each.name) for each in broken) == [("endpoints", "broken"), ("hooks", "typo")]
    assert plain.folks.project.bus.deaf  # also what the broken one had registered before it failed
    assert "item.made" in str(broken)


def test_changes_are_seen_in_development(plain: Site) -> None:
    file = plain.folder / "endpoints/greet.py"
    plain.write("endpoints/greet.py", GREET)
    assert plain.ask("GET", "/custom/greet").text == "Hello, World!"
    changed = GREET.replace("Hello, World!", "Good day to you!").replace("\n    ", "\n")
    file.write_text(changed)
    assert plain.ask("GET", "/custom/greet").text == "Hello, World!"
    config = plain.root / "config/demo.toml"
    config.write_text('env = "development"\n' + config.read_text())
    assert plain.ask("GET", "/custom/greet").text == "Good day to you!"
    file.write_text(changed.replace("Good day", "Good evening"))
    assert plain.ask("GET", "/custom/greet").text == "Good evening to you!"
