"""Every code sample of the documents on services, in Python, on each database."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from directus8.errors import Error, ItemNotFound
from tests.api.extensions.conftest import Site
from tests.api.people import people
from tests.api.v8.test_files import picture


def test_items(site: Site) -> None:
    services, schema = site.context.services, site.context.get_schema()
    articles = services.ItemsService("articles", schema=schema)
    key = articles.create_one({"title": "Hello world!", "slug": "hello"})
    assert articles.read_one(key)["title"] == "Hello world!"
    assert articles.update_one(key, {"title": "An updated title"}) == key
    assert articles.read_one(key, {"fields": ["title"]}) == {"title": "An updated title"}
    more = articles.create_many([{"title": "b"}, {"title": "c"}])
    found = articles.read_by_query({"filter": {"_or": [{"title": {"_eq": "b"}}, {"title": "c"}]}, "sort": ["-title"]})
    assert [item["title"] for item in found] == ["c", "b"]
    assert articles.update_by_query({"filter": {"id": {"in": more}}}, {"slug": "x"}) == more
    assert articles.count({"filter": {"slug": {"_eq": "x"}}}) == 2
    assert [i["id"] for i in articles.read_by_query({"filter": {"author": {"null": True}}, "limit": 1})] == [key]
    same, new = articles.upsert_many([{"id": key, "title": "up"}, {"title": "new"}])
    assert same == key and articles.read_one(new)["title"] == "new"
    assert articles.update_batch([{"id": key, "slug": "s"}]) == [key]
    assert articles.delete_one(key) == key
    with pytest.raises(ItemNotFound):
        articles.read_one(key)
    articles.delete_by_query({"filter": {"slug": "x"}})
    assert articles.keys_by_query() == [new]


def test_who_asks(site: Site) -> None:
    services, schema = site.context.services, site.context.get_schema()
    services.ItemsService("articles", schema=schema).create_one({"title": "a"})
    for who in (None, site.folks.project.state.access and _editor(site)):
        with pytest.raises(Error) as refused:
            services.ItemsService("articles", schema=schema, accountability=who).read_by_query()
        assert refused.value.status in (401, 403)
        with pytest.raises(Error):
            services.ItemsService("articles", schema=schema, accountability=who).create_one({"title": "b"})
    services.PermissionsService(schema=schema).create_one({"role": 3, "collection": "articles", "read": "full"})
    editor = services.ItemsService("articles", schema=schema, accountability=_editor(site))
    assert [item["title"] for item in editor.read_by_query()] == ["a"]


def _editor(site: Site) -> object:
    from directus8.extensions import Accountability

    return Accountability(user=2, role=3)


NOTES = {
    "collection": "notes",
    "fields": [
        {"field": "id", "type": "integer", "datatype": "INT", "primary_key": True, "auto_increment": True},
        {"field": "status", "type": "status", "datatype": "VARCHAR", "length": 20,
         "options": {"status_mapping": {"published": {"name": "P"}, "draft": {"name": "D"}}}},
        {"field": "note", "type": "string", "datatype": "VARCHAR", "length": 60},
        {"field": "about", "type": "m2o", "datatype": "INT"},
        {"field": "parts", "type": "o2m"},
    ],
}  # fmt: skip


def test_nothing_hidden_is_found(site: Site) -> None:
    """What a role may not read is in no filter, search or order; the program itself finds everything."""
    admin, services, schema = site.folks.admin, site.context.services, site.context.get_schema()
    assert site.ask("POST", "/collections", NOTES, admin).status_code == 200
    relation = {"collection_many": "notes", "field_many": "about", "collection_one": "notes", "field_one": "parts"}
    assert site.ask("POST", "/relations", relation, admin).status_code == 200
    for status, hidden in (("published", []), ("draft", ["note"])):
        row = {"collection": "notes", "role": 3, "status": status, "read": "full", "read_field_blacklist": hidden}
        assert site.ask("POST", "/permissions", row, admin).status_code == 200
    everything = services.ItemsService("notes", schema=schema)
    everything.create_many([{"status": "published", "note": "seen"}, {"status": "draft", "note": "unseen"}])
    everything.create_many([{"status": "published", "note": "x", "about": n} for n in (1, 2)])
    editor = services.ItemsService("notes", schema=schema, accountability=_editor(site))
    for query, found in (
        ({"filter": {"note": {"contains": "seen"}}}, [1]),
        ({"filter": {"note": {"nnull": True}}}, [1, 3, 4]),
        ({"filter": {"_or": [{"note": "unseen"}, {"note": "seen"}]}}, [1]),
        ({"filter": {"about": {"note": {"contains": "seen"}}}}, [3]),
        ({"filter": {"about": {"_some": {"note": "unseen"}}}}, []),
        ({"search": "seen"}, [1]),
    ):
        assert editor.keys_by_query(query) == found, query
    assert everything.keys_by_query({"filter": {"note": {"contains": "seen"}}, "sort": "note"}) == [1, 2]
    with pytest.raises(Error):
        editor.keys_by_query({"sort": "-note"})


def test_secrets_are_not_found(site: Site) -> None:
    """By callers, be they administrators; the program itself may look for the owner of a token."""
    from directus8.extensions import Accountability

    services, schema = site.context.services, site.context.get_schema()
    services.UsersService(schema=schema).update_one(2, {"token": "open sesame"})
    admin = services.UsersService(schema=schema, accountability=Accountability(user=1, role=1))
    for query in (
        {"filter": {"token": "open sesame"}},
        {"filter": {"password": {"contains": "$2"}}},
        {"sort": "token"},
    ):
        with pytest.raises(Error):
            admin.keys_by_query(query)
    assert admin.keys_by_query({"search": "sesame"}) == []
    assert services.UsersService(schema=schema).keys_by_query({"filter": {"token": "open sesame"}}) == [2]


def test_collections_fields_and_relations(site: Site) -> None:
    services, schema = site.context.services, site.context.get_schema()
    collections = services.CollectionsService(schema=schema)
    assert collections.create_one({"name": "posts", "meta": {"note": "Blog posts."}}) == "posts"
    assert collections.read_one("posts")["meta"]["note"] == "Blog posts."
    collections.update_one("posts", {"meta": {"note": "Updated blog posts."}})
    assert collections.read_one("posts")["meta"]["note"] == "Updated blog posts."

    fields = services.FieldsService(schema=schema)
    fields.create_field(
        "posts",
        {"field": "title", "type": "string", "meta": {"icon": "title"}, "schema": {"default_value": "Hello World"}},
    )
    assert fields.read_one("posts", "title")["default_value"] == "Hello World"
    fields.update_field("posts", "title", {"meta": {"note": "A title", "icon": "title"}})
    assert fields.read_one("posts", "title")["meta"]["note"] == "A title"
    posts = services.ItemsService("posts", schema=schema)
    assert posts.read_one(posts.create_one({}))["title"] == "Hello World"

    fields.create_field("posts", {"field": "featured_image", "type": "integer"})
    relations = services.RelationsService(schema=schema)
    relations.create_one({"collection": "posts", "field": "featured_image", "related_collection": "directus_files"})
    assert relations.read_one("posts", "featured_image")["related_collection"] == "directus_files"
    relations.update_one("posts", "featured_image", {"meta": {"one_field": "posts"}})
    assert relations.read_one("posts", "featured_image")["meta"]["one_field"] == "posts"
    relations.delete_one("posts", "featured_image")
    with pytest.raises(ItemNotFound):
        relations.read_one("posts", "featured_image")

    fields.delete_field("posts", "title")
    with pytest.raises(Error):
        fields.read_one("posts", "title")
    collections.delete_one("posts")
    with pytest.raises(Error):
        collections.read_one("posts")


def test_files(site: Site) -> None:
    files = site.context.services.FilesService(schema=site.context.get_schema())
    key = files.upload_one(
        BytesIO(b"some text"), {"filename_download": "a.txt", "type": "text/plain", "storage": "local"}
    )
    assert files.read_one(key)["filesize"] == 9
    files.update_one(key, {"title": "Random"})
    assert files.read_one(key)["title"] == "Random"
    files.upload_one(BytesIO(b"other text"), {"filename_download": "a.txt", "title": "Other"}, key)
    assert files.read_content(key) == b"other text"
    files.delete_one(key)
    with pytest.raises(ItemNotFound):
        files.read_one(key)


def test_the_others(plain: Site) -> None:
    services, schema = plain.context.services, plain.context.get_schema()
    users = services.UsersService(schema=schema)
    key = users.create_one({"email": "new@example.com", "password": "long enough", "role": 3, "status": "active"})
    assert users.read_one(key)["email"] == "new@example.com"
    role = services.RolesService(schema=schema).create_one({"name": "Guests"})
    assert services.RolesService(schema=schema).read_one(role)["name"] == "Guests"
    settings = services.SettingsService(schema=schema)
    settings.update_settings({"project_name": "Renamed"})
    assert settings.read_settings()["project_name"] == "Renamed"
    assert services.ServerService(schema=schema).server_info()["project"]["project_name"] == "Renamed"
    article = services.ItemsService("articles", schema=schema).create_one({"title": "a"})
    services.ItemsService("articles", schema=schema).update_one(article, {"title": "b"})
    revisions = services.RevisionsService(schema=schema)
    first = revisions.read_by_query({"filter": {"collection": "articles"}, "sort": "id"})[0]
    revisions.revert(first["id"])
    assert plain.titles() == ["a"]
    activity = services.ActivityService(schema=schema)
    comment = activity.comment("articles", article, "Well done")
    assert activity.read_one(comment)["comment"] == "Well done"
    folder = services.FoldersService(schema=schema).create_one({"name": "Pictures"})
    assert services.FoldersService(schema=schema).read_one(folder)["name"] == "Pictures"
    assert services.PresetsService(schema=schema).count() > 0
    services.MailService(schema=schema).send("a@example.com", "Hello", text="Hi")


def test_together_or_not_at_all(site: Site) -> None:
    articles = site.context.services.ItemsService("articles", schema=site.context.get_schema())
    with pytest.raises(RuntimeError), site.context.transaction():
        articles.create_one({"title": "a"})
        raise RuntimeError
    assert site.titles() == []


def test_a_singleton(site: Site) -> None:
    services, schema = site.context.services, site.context.get_schema()
    services.CollectionsService(schema=schema).create_one(
        {"collection": "home", "single": True, "fields": [{"field": "title", "type": "string"}]}
    )
    home = services.ItemsService("home", schema=schema)
    assert home.read_singleton() is None
    key = home.upsert_singleton({"title": "Welcome"})
    assert home.upsert_singleton({"title": "Welcome back"}) == key
    assert home.read_singleton() == {"id": key, "title": "Welcome back"}


def test_an_image_made_to_measure(site: Site) -> None:
    services, schema = site.context.services, site.context.get_schema()
    key = services.FilesService(schema=schema).upload_one(BytesIO(picture(80, 60)), {"filename_download": "a.png"})
    assets = services.AssetsService(schema=schema)
    assert Image.open(BytesIO(assets.get(key))).size == (80, 60)
    with pytest.raises(Error, match="whitelist"):  # that of the project holds for its extensions too
        assets.get(key, {"w": 20, "h": 10, "f": "crop"})
    services.SettingsService(schema=schema).update_settings({"asset_whitelist": "[]"})
    made = Image.open(BytesIO(assets.get(key, {"w": 20, "h": 10, "f": "crop"})))
    assert made.size == (20, 10)
    with pytest.raises(Error):
        services.AssetsService(schema=schema, accountability=None).get(key)


def test_the_database_of_a_hook_is_that_of_the_transaction(site: Site) -> None:
    site.write(
        "hooks/raw.py",
        """
        from sqlalchemy import Engine, text

        def register(hooks, context):
            assert isinstance(context.database, Engine)

            @hooks.action("item.create.articles")
            def stamp(data):
                statement = text("UPDATE articles SET slug = 'raw' WHERE id = :id")
                context.database.execute(statement, {"id": data["id"]})
                if data["title"] == "bad":
                    raise ValueError("undone")
        """,
    )
    assert site.ask("POST", "/items/articles", {"title": "good"}, site.folks.admin).status_code == 200
    assert site.ask("POST", "/items/articles", {"title": "bad"}, site.folks.admin).status_code == 500
    assert site.folks.rows("SELECT title, slug FROM articles") == [("good", "raw")]


def test_an_invitation(tmp_path: Path) -> None:
    mail = {"default": {"transport": "file", "path": str(tmp_path / "out")}}
    with people("sqlite", tmp_path, {"mail": mail, "public_url": "https://api.example.com"}) as folks:
        site = Site(folks, tmp_path)
        users = site.context.services.UsersService(schema=site.context.get_schema())
        users.invite_user(["new@example.com", "other@example.com"], role=3)
        found = users.read_by_query({"filter": {"status": "invited"}, "fields": ["email", "role"]})
        assert found == [{"email": "new@example.com", "role": 3}, {"email": "other@example.com", "role": 3}]
        mails = [path.read_text() for path in (tmp_path / "out").rglob("*.eml")]
        assert len(mails) == 2 and all("api.example.com" in each for each in mails)
        with pytest.raises(Error):
            site.context.services.UsersService(schema=site.context.get_schema(), accountability=None).invite_user(
                "x@y.z"
            )


def test_imports_reach_no_private_address(plain: Site) -> None:
    files = plain.context.services.FilesService(schema=plain.context.get_schema())
    with pytest.raises(Error) as refused:
        files.import_one("http://127.0.0.1:1/secret.png")
    assert 400 <= refused.value.status < 500
    assert files.count() == 0
