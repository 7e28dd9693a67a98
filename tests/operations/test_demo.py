"""The demo as a client meets it, on a real server and each database. Source: issue 2."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.conftest import Caller, Place, Served, serving


@pytest.fixture(scope="module")
def served(place: Place) -> Iterator[Served]:
    place.directus8("demo")
    with serving(place) as found:
        yield found


@pytest.fixture
def public(served: Served) -> Caller:
    return served.public


@pytest.fixture
def admin(served: Served) -> Caller:
    return served.admin


# --- making it -------------------------------------------------------------------------------------------------


def test_it_is_made_quickly_and_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    start = time.monotonic()
    first = place.directus8("demo")
    made = time.monotonic()
    second = place.directus8("demo")
    assert made - start < 90
    assert time.monotonic() - made < 30
    assert first.split("\n", 1)[1] == second
    assert "http://127.0.0.1:8055/demo/" in second
    assert "admin@example.com" in second


def test_a_project_that_has_collections_is_left_alone(place: Place, admin: Caller) -> None:
    before = admin.get("/items/tracks?limit=1&meta=total_count")["meta"]["total_count"]
    admin.ask("PATCH", "/items/genres/25", {"name": "Operetta"})
    place.directus8("demo")
    assert admin.get("/items/genres/25")["data"]["name"] == "Operetta"
    assert admin.get("/items/tracks?limit=1&meta=total_count")["meta"]["total_count"] == before
    admin.ask("PATCH", "/items/genres/25", {"name": "Opera"})


COUNTS = {
    "artists": 275, "albums": 347, "genres": 25, "media_types": 5, "tracks": 3503, "playlists": 18,
    "playlists_tracks": 8715, "employees": 8, "customers": 59, "invoices": 412, "invoice_lines": 2240,
}  # fmt: skip


def test_all_of_chinook_is_there(admin: Caller) -> None:
    found = {name: admin.get(f"/items/{name}?limit=1&meta=total_count&q=")["meta"]["total_count"] for name in COUNTS}
    assert found == COUNTS


def test_every_item_has_its_history(admin: Caller) -> None:
    activity = admin.get("/activity?limit=1&meta=filter_count&filter[collection]=playlists_tracks")
    assert activity["meta"]["filter_count"] == COUNTS["playlists_tracks"]
    (revision,) = admin.get("/items/tracks/3503/revisions")["data"]
    assert revision["data"]["name"] == "Koyaanisqatsi"


def test_relations_lead_both_ways(admin: Caller) -> None:
    album = admin.get("/items/albums/1?fields=title,artist.name,artist.albums.title,tracks.name")["data"]
    assert album["artist"]["name"] == "AC/DC"
    assert [a["title"] for a in album["artist"]["albums"]] == [
        "For Those About To Rock We Salute You",
        "Let There Be Rock",
    ]
    assert len(album["tracks"]) == 10
    playlist = admin.get("/items/playlists/18?fields=name,tracks.track.name")["data"]
    assert playlist == {"name": "On-The-Go 1", "tracks": [{"track": {"name": "Now's The Time"}}]}
    boss = admin.get("/items/employees/1?fields=team.last_name,team.team.last_name")["data"]
    assert [e["last_name"] for e in boss["team"]] == ["Edwards", "Mitchell"]
    invoice = admin.get("/items/invoices/1?fields=customer.support_rep.email,lines.track.album.title")["data"]
    assert invoice["customer"]["support_rep"]["email"] == "steve@chinookcorp.com"
    assert len(invoice["lines"]) == 2


# --- reading ---------------------------------------------------------------------------------------------------


def test_tracks_with_a_related_field(public: Caller) -> None:
    answer = public.get("/items/tracks?fields=*,album.artist.name&limit=3")
    assert answer["public"] is True
    assert [t["album"] for t in answer["data"]] == [
        {"artist": {"name": "AC/DC"}},
        {"artist": {"name": "Accept"}},
        {"artist": {"name": "Accept"}},
    ]
    assert answer["data"][0]["name"] == "For Those About To Rock (We Salute You)"
    assert answer["data"][0]["unit_price"] == 0.99


def test_filter_sort_and_meta(public: Caller) -> None:
    answer = public.get(
        "/items/tracks?fields=name,milliseconds&filter[album.artist.name][contains]=davis"
        "&sort=-milliseconds,name&limit=2&page=2&meta=*"
    )
    meta = answer["meta"]
    assert (meta["result_count"], meta["filter_count"], meta["total_count"]) == (2, 37, 3503)
    assert (meta["page"], meta["page_count"], meta["limit"], meta["offset"]) == (2, 19, 2, 2)
    lengths = [t["milliseconds"] for t in answer["data"]]
    longest = public.get("/items/tracks?fields=milliseconds&filter[album.artist.name][contains]=davis&limit=-1")
    assert lengths == sorted((t["milliseconds"] for t in longest["data"]), reverse=True)[2:4]


def test_articles_are_seen_by_status(served: Served) -> None:
    def statuses(caller: Caller, query: str = "") -> list[str]:
        return [a["status"] for a in caller.get(f"/items/articles?fields=status{query}")["data"]]

    published = ["published"] * 3
    assert statuses(served.public) == published
    assert statuses(served.user("viewer")) == published
    assert statuses(served.user("staff")) == [*published, "draft"]
    assert statuses(served.user("editor")) == [*published, "review", "draft"]
    assert statuses(served.user("admin"), "&status=*") == [*published, "review", "draft", "deleted"]


def test_an_article_has_all_that_articles_may_have(served: Served, public: Caller) -> None:
    fields = "*,tracks.track.name,translations.language,translations.title"
    article = public.get(f"/items/articles/1?fields={fields}&lang=pt")["data"]
    assert article["tags"] == ["bossa-nova", "brazil"]
    assert article["slug"] == "the-girl-who-walks-by"
    assert article["featured"] is True
    assert [t["track"]["name"] for t in article["tracks"]] == ["Garota De Ipanema", "Fotografia"]
    assert article["translations"] == [{"language": "pt", "title": "A moça que vem e que passa"}]
    assert "modified_by" not in article
    image = public.get("/items/articles/1?fields=image.title,image.type,image.width,image.private_hash")["data"][
        "image"
    ]
    assert (image["title"], image["type"], image["width"]) == ("A record at the beach", "image/jpeg", 900)
    picture = public.send("GET", f"/assets/{image['private_hash']}?key=directus-small-crop")
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    owner = served.user("editor").get("/items/articles/1?fields=owner.first_name")["data"]["owner"]
    assert owner == {"first_name": "Edith"}


# --- writing ---------------------------------------------------------------------------------------------------


def test_an_album_is_made_seen_changed_and_reverted(admin: Caller) -> None:
    album = {
        "title": "Kind of Blue",
        "artist": {"name": "Miles Davis Sextet"},
        "tracks": [
            {"name": "So What", "media_type": 1, "milliseconds": 565000, "unit_price": 0.99},
            {"name": "Blue in Green", "media_type": 1, "milliseconds": 327000, "unit_price": 0.99},
        ],
    }
    made = admin.ask("POST", "/items/albums?fields=*.*", album)["data"]
    assert made["artist"]["name"] == "Miles Davis Sextet"
    assert [(t["name"], t["album"]) for t in made["tracks"]] == [("So What", made["id"]), ("Blue in Green", made["id"])]

    latest = admin.get("/activity?sort=-id&limit=4&fields=action,collection,item,action_by.email")["data"]
    assert [(a["action"], a["collection"]) for a in reversed(latest)] == [
        ("create", "artists"), ("create", "albums"), ("create", "tracks"), ("create", "tracks"),
    ]  # fmt: skip
    assert {a["action_by"]["email"] for a in latest} == {"admin@example.com"}
    assert latest[2]["item"] == str(made["id"])

    path = f"/items/albums/{made['id']}"
    (first,) = admin.get(f"{path}/revisions")["data"]
    assert first["data"] == {"id": str(made["id"]), "title": "Kind of Blue", "artist": str(made["artist"]["id"])}
    assert admin.ask("PATCH", path, {"title": "Kind of Green"})["data"]["title"] == "Kind of Green"
    assert admin.ask("PATCH", f"{path}/revert/{first['id']}")["data"]["title"] == "Kind of Blue"
    revisions = admin.get(f"{path}/revisions?fields=activity.action,data.title")["data"]
    assert [r["activity"]["action"] for r in revisions] == ["create", "update", "revert"]
    assert admin.get(path)["data"]["title"] == "Kind of Blue"


def test_the_public_may_not_write(public: Caller, admin: Caller) -> None:
    denied = public.ask("POST", "/items/media_types", {"name": "Wax cylinder"}, status=403)
    assert denied == {"error": {"code": 301, "message": 'Creating item to "media_types" collection was denied'}}
    assert public.ask("PATCH", "/items/genres/1", {"name": "x"}, status=401)["error"]["code"] == 3
    assert public.ask("DELETE", "/items/genres/1", status=403)["error"]["code"] == 303
    assert public.get("/items/customers", status=401)["error"]["code"] == 3
    assert admin.get("/items/media_types?meta=total_count")["meta"]["total_count"] == COUNTS["media_types"]


def test_roles_bound_what_is_written(served: Served) -> None:
    staff, viewer, editor = (served.user(name) for name in ("staff", "viewer", "editor"))
    note = staff.ask("POST", "/items/articles", {"title": "Stock taking", "status": "draft"})["data"]
    assert (
        staff.ask("PATCH", f"/items/articles/{note['id']}", {"title": "Stocktaking"})["data"]["slug"] == "stocktaking"
    )
    denied = staff.ask("POST", "/items/articles", {"title": "News", "status": "published"}, status=403)
    assert denied["error"]["code"] == 301
    denied = staff.ask("PATCH", f"/items/articles/{note['id']}", {"featured": True}, status=403)
    assert denied["error"]["code"] == 305
    assert staff.ask("PATCH", "/items/articles/1", {"title": "x"}, status=403)["error"]["code"] == 302
    assert viewer.ask("PATCH", "/items/articles/1", {"title": "x"}, status=403)["error"]["code"] == 302
    assert viewer.ask("POST", "/items/playlists", {"name": "Mine"}, status=403)["error"]["code"] == 301
    assert viewer.get("/items/customers", status=403)["error"]["code"] == 300
    assert editor.ask("PATCH", f"/items/articles/{note['id']}", {"status": "review"})["data"]["status"] == "review"
    editor.ask("DELETE", f"/items/articles/{note['id']}", status=204)
