"""The collections of the demo as clients would define them, and the relations between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Definition = dict[str, Any]

STATUSES = {
    "published": {
        "name": "Published", "value": "published", "text_color": "white", "background_color": "green",
        "browse_subdued": False, "browse_badge": True, "soft_delete": False, "published": True,
        "required_fields": True,
    },
    "review": {
        "name": "In review", "value": "review", "text_color": "white", "background_color": "amber",
        "browse_subdued": False, "browse_badge": True, "soft_delete": False, "published": False,
        "required_fields": True,
    },
    "draft": {
        "name": "Draft", "value": "draft", "text_color": "white", "background_color": "blue-grey",
        "browse_subdued": True, "browse_badge": True, "soft_delete": False, "published": False,
        "required_fields": False,
    },
    "deleted": {
        "name": "Deleted", "value": "deleted", "text_color": "white", "background_color": "red",
        "browse_subdued": True, "browse_badge": True, "soft_delete": True, "published": False,
        "required_fields": False,
    },
}  # fmt: skip

# --- fields --------------------------------------------------------------------------------------------------


def _key() -> Definition:
    return {
        "field": "id", "type": "integer", "datatype": "INT", "length": 10, "primary_key": True, "auto_increment": True,
        "required": True, "interface": "primary-key", "hidden_detail": True, "locked": True,
    }  # fmt: skip


def _text(name: str, length: int, **more: Any) -> Definition:
    return {
        "field": name, "type": "string", "datatype": "VARCHAR", "length": length, "interface": "text-input", **more,
    }  # fmt: skip


def _number(name: str, **more: Any) -> Definition:
    return {"field": name, "type": "integer", "datatype": "INT", "interface": "numeric", **more}


def _price(name: str) -> Definition:
    return {
        "field": name, "type": "decimal", "datatype": "DECIMAL", "length": "10,2", "required": True,
        "interface": "numeric", "note": "US dollars",
    }  # fmt: skip


def _moment(name: str, type: str, datatype: str, **more: Any) -> Definition:
    return {"field": name, "type": type, "datatype": datatype, "interface": type.replace("_", "-"), **more}


def _one(name: str, template: str, type: str = "m2o", **more: Any) -> Definition:
    return {
        "field": name, "type": type, "datatype": "INT", "interface": "many-to-one",
        "options": {"template": f"{{{{{template}}}}}"}, **more,
    }  # fmt: skip


def _many(name: str, *columns: str, interface: str = "one-to-many", type: str = "o2m") -> Definition:
    return {"field": name, "type": type, "interface": interface, "options": {"fields": ",".join(columns)}}


def _made_by(name: str, type: str, interface: str) -> Definition:
    return {"field": name, "type": type, "datatype": "INT", "interface": interface, "readonly": True}


def _address(prefix: str = "") -> tuple[Definition, ...]:
    lengths = {"address": 70, "city": 40, "state": 40, "country": 40, "postal_code": 10}
    return tuple(_text(prefix + name, length, width="half") for name, length in lengths.items())


def _person() -> tuple[Definition, ...]:
    return _text("first_name", 40, required=True, width="half"), _text("last_name", 20, required=True, width="half")


def _reachable() -> tuple[Definition, ...]:
    return (
        _text("phone", 24, width="half"),
        _text("fax", 24, width="half"),
        _text("email", 60, required=True, validation="$email"),
    )


# --- collections ---------------------------------------------------------------------------------------------


def _collection(name: str, icon: str, note: str, *fields: Definition, hidden: bool = False) -> Definition:
    listed = [{**field, "sort": number} for number, field in enumerate((_key(), *fields), 1)]
    return {"collection": name, "icon": icon, "note": note, "hidden": hidden, "fields": listed}


CATALOGUE = (
    _collection(
        "artists", "mic", "Who makes the music",
        _text("name", 120, required=True),
        _many("albums", "title"),
    ),
    _collection(
        "albums", "album", "What they made",
        _text("title", 160, required=True),
        _one("artist", "name", required=True),
        _many("tracks", "name", "milliseconds"),
    ),
    _collection("genres", "style", "Kinds of music", _text("name", 120, required=True), _many("tracks", "name")),
    _collection("media_types", "memory", "Formats of files", _text("name", 120, required=True)),
    _collection(
        "tracks", "music_note", "What one can buy",
        _text("name", 200, required=True),
        _one("album", "title"),
        _one("genre", "name"),
        _one("media_type", "name", required=True),
        _text("composer", 220),
        _number("milliseconds", required=True),
        _number("bytes"),
        _price("unit_price"),
        _many("playlists", "playlist.name", interface="many-to-many"),
    ),
    _collection(
        "playlists", "queue_music", "Tracks that go together",
        _text("name", 120, required=True),
        _many("tracks", "track.name", interface="many-to-many"),
    ),
    _collection(
        "playlists_tracks", "link", "Which track is on which playlist",
        _one("playlist", "name", required=True), _one("track", "name", required=True),
        hidden=True,
    ),
)  # fmt: skip

SHOP = (
    _collection(
        "employees", "badge", "Who works here",
        *_person(), _text("title", 30), _one("reports_to", "last_name"),
        _moment("birth_date", "date", "DATE"), _moment("hire_date", "date", "DATE"),
        *_address(), *_reachable(),
        _many("team", "last_name"), _many("customers", "last_name"),
    ),
    _collection(
        "customers", "person", "Who buys here",
        *_person(), _text("company", 80), *_address(), *_reachable(),
        _one("support_rep", "last_name"), _many("invoices", "total"),
    ),
    _collection(
        "invoices", "receipt", "What they bought",
        _one("customer", "last_name", required=True), _moment("invoice_date", "datetime", "DATETIME", required=True),
        *_address("billing_"), _price("total"), _many("lines", "track.name", "quantity"),
    ),
    _collection(
        "invoice_lines", "list", "One track of an invoice",
        _one("invoice", "id", required=True), _one("track", "name", required=True),
        _price("unit_price"), _number("quantity", required=True),
        hidden=True,
    ),
)  # fmt: skip

JOURNAL = (
    _collection(
        "articles", "article", "What we write about the music",
        {
            "field": "status", "type": "status", "datatype": "VARCHAR", "length": 20, "required": True,
            "default_value": "draft", "interface": "status", "options": {"status_mapping": STATUSES},
        },
        {"field": "sort", "type": "sort", "datatype": "INT", "interface": "sort", "hidden_detail": True},
        _text("title", 120, required=True),
        {
            "field": "slug", "type": "slug", "datatype": "VARCHAR", "length": 120, "unique": True,
            "interface": "slug", "options": {"mirroredField": "title"},
        },
        {"field": "body", "type": "string", "datatype": "TEXT", "interface": "wysiwyg"},
        {"field": "tags", "type": "array", "datatype": "VARCHAR", "length": 255, "interface": "tags"},
        {"field": "featured", "type": "boolean", "datatype": "TINYINT", "default_value": 0, "interface": "switch"},
        {"field": "image", "type": "file", "datatype": "INT", "interface": "file"},
        _moment("published_on", "date", "DATE"),
        _made_by("owner", "owner", "owner"),
        _moment("created_on", "datetime_created", "DATETIME", readonly=True),
        _made_by("modified_by", "user_updated", "user-updated"),
        _moment("modified_on", "datetime_updated", "DATETIME", readonly=True),
        _many("tracks", "track.name", interface="many-to-many"),
        _many("translations", "title", interface="translation", type="translation"),
    ),
    _collection(
        "articles_tracks", "link", "Which track an article is about",
        _one("article", "title"), _one("track", "name"),
        hidden=True,
    ),
    _collection(
        "articles_translations", "translate", "Articles in other languages",
        _one("article", "title"),
        {"field": "language", "type": "lang", "datatype": "CHAR", "length": 2, "interface": "language"},
        _text("title", 120, required=True),
        {"field": "body", "type": "string", "datatype": "TEXT", "interface": "wysiwyg"},
        hidden=True,
    ),
)  # fmt: skip

COLLECTIONS = (*CATALOGUE, *SHOP, *JOURNAL)

# --- relations -----------------------------------------------------------------------------------------------

#: many.field → one.alias, by what is seen from the many side; a junction has two of them.
_RELATIONS = """
albums.artist              artists.albums
tracks.album               albums.tracks
tracks.genre               genres.tracks
tracks.media_type          media_types
employees.reports_to       employees.team
customers.support_rep      employees.customers
invoices.customer          customers.invoices
invoice_lines.invoice      invoices.lines
invoice_lines.track        tracks
playlists_tracks.playlist  playlists.tracks        track
playlists_tracks.track     tracks.playlists        playlist
articles_tracks.article    articles.tracks         track
articles_tracks.track      tracks                  article
articles_translations.article  articles.translations
"""


def relations() -> Iterator[Definition]:
    """The rows of the relations."""
    for line in _RELATIONS.split("\n"):
        if line:
            many, one, *junction = line.split()
            yield _relation(many, one, junction[0] if junction else None)


def _relation(many: str, one: str, junction: str | None) -> Definition:
    collection_many, field_many = many.split(".")
    collection_one, _, field_one = one.partition(".")
    return {
        "collection_many": collection_many,
        "field_many": field_many,
        "collection_one": collection_one,
        "field_one": field_one or None,
        "junction_field": junction,
    }
