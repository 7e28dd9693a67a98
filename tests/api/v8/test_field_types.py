"""Every field type with every data type: the column that is really made, on each database. Source: schema.md §4.

What a column is comes from the database's own catalogue, not from our reading of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.v8.tables import ID, Api, text

INTEGERS = "INT TINYINT SMALLINT MEDIUMINT BIGINT"
#: Field type → data types: what the app offers, and what else the original makes (§4.3).
PAIRS = {
    "array": "VARCHAR",
    "binary": "BLOB TINYBLOB MEDIUMBLOB LONGBLOB BINARY VARBINARY BIT",
    "boolean": "TINYINT",
    "date": "DATE",
    "datetime": "DATETIME TIMESTAMP",
    "datetime_created": "DATETIME",
    "datetime_updated": "DATETIME",
    "decimal": "DECIMAL FLOAT DOUBLE NUMERIC REAL",
    "file": "INT",
    "hash": "VARCHAR",
    "integer": f"{INTEGERS} INTEGER",
    "json": "TEXT VARCHAR TINYTEXT MEDIUMTEXT LONGTEXT",
    "lang": "CHAR",
    "m2o": "INT CHAR VARCHAR BIGINT",
    "owner": "INT",
    "slug": "VARCHAR CHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT",
    "sort": "INT",
    "status": "VARCHAR",
    "string": "VARCHAR CHAR TINYTEXT TEXT MEDIUMTEXT LONGTEXT ENUM SET",
    "time": "TIME",
    "user": "INT",
    "user_updated": "INT",
    "uuid": "VARCHAR",
}
#: Those of which a collection has one: the pairs that found no place above.
ONCE = [("sort", d) for d in INTEGERS.split()[1:]] + [("lang", "VARCHAR"), ("status", "CHAR"), ("status", "INT")]

GIVEN = {"VARCHAR": 20, "CHAR": 5, "VARBINARY": 20, "DECIMAL": "8,2", "ENUM": "a,bcd", "SET": "a,bcd"}
#: Data type → data type, length and sign as they are told; a default that is asked for, and how it is told.
TOLD: dict[str, tuple[str, str | None, bool, Any, Any]] = {
    "VARCHAR": ("VARCHAR", "20", True, "it's", "it's"),
    "CHAR": ("CHAR", "5", True, "x", "x"),
    "ENUM": ("ENUM", "3", True, "bcd", "bcd"),
    "SET": ("SET", "5", True, "a", "a"),
    "TINYTEXT": ("TINYTEXT", None, True, None, None),
    "TEXT": ("TEXT", None, True, None, None),
    "MEDIUMTEXT": ("MEDIUMTEXT", None, True, None, None),
    "LONGTEXT": ("LONGTEXT", None, True, None, None),
    "TINYINT": ("TINYINT", "3", False, 1, "1"),
    "SMALLINT": ("SMALLINT", "5", False, "7", "7"),
    "MEDIUMINT": ("MEDIUMINT", "8", False, 7, "7"),
    "INT": ("INT", "10", False, 7, "7"),
    "INTEGER": ("INT", "10", False, 7, "7"),
    "BIGINT": ("BIGINT", "20", False, 7, "7"),
    "DECIMAL": ("DECIMAL", "8,2", True, 1.5, "1.50"),
    "NUMERIC": ("DECIMAL", "10,0", True, 2, "2"),
    "FLOAT": ("FLOAT", "12,0", True, 1.5, "1.5"),
    "DOUBLE": ("DOUBLE", "22,0", True, 1.5, "1.5"),
    "REAL": ("DOUBLE", "22,0", True, 1.5, "1.5"),
    "DATE": ("DATE", None, True, "2020-01-31", "2020-01-31"),
    "TIME": ("TIME", None, True, "10:00:00", "10:00:00"),
    "DATETIME": ("DATETIME", None, True, "2020-01-31 10:00:00", "2020-01-31T10:00:00+00:00"),
    "TIMESTAMP": ("TIMESTAMP", None, True, "2020-01-31 10:00:00", "2020-01-31T10:00:00+00:00"),
    "BLOB": ("BLOB", None, True, None, None),
    "TINYBLOB": ("TINYBLOB", None, True, None, None),
    "MEDIUMBLOB": ("MEDIUMBLOB", None, True, None, None),
    "LONGBLOB": ("LONGBLOB", None, True, None, None),
    "BINARY": ("BINARY", "1", True, None, None),
    "VARBINARY": ("VARBINARY", "20", True, None, None),
    "BIT": ("BIT", None, True, None, None),
}
#: Data type → what the catalogues of MySQL, PostgreSQL and SQLite call the column.
REAL: dict[str, tuple[str, str, str]] = {
    "VARCHAR": ("varchar(20)", "character varying(20)", "VARCHAR(20)"),
    "CHAR": ("char(5)", "character varying(5)", "CHAR(5)"),
    "ENUM": ("enum('a','bcd')", "text", "TEXT"),
    "SET": ("set('a','bcd')", "text", "TEXT"),
    "TINYTEXT": ("tinytext", "text", "TINYTEXT"),
    "TEXT": ("text", "text", "TEXT"),
    "MEDIUMTEXT": ("mediumtext", "text", "MEDIUMTEXT"),
    "LONGTEXT": ("longtext", "text", "LONGTEXT"),
    "TINYINT": ("tinyint unsigned", "smallint", "TINYINT UNSIGNED"),
    "SMALLINT": ("smallint unsigned", "integer", "SMALLINT UNSIGNED"),
    "MEDIUMINT": ("mediumint unsigned", "integer", "MEDIUMINT UNSIGNED"),
    "INT": ("int unsigned", "bigint", "INT UNSIGNED"),
    "INTEGER": ("int unsigned", "bigint", "INT UNSIGNED"),
    "BIGINT": ("bigint unsigned", "bigint", "BIGINT UNSIGNED"),
    "DECIMAL": ("decimal(8,2)", "numeric(8,2)", "DECIMAL(8,2)"),
    "NUMERIC": ("decimal(10,0)", "numeric(10,0)", "DECIMAL(10,0)"),
    "FLOAT": ("float", "real", "FLOAT"),
    "DOUBLE": ("double", "double precision", "DOUBLE"),
    "REAL": ("double", "double precision", "DOUBLE"),
    "DATE": ("date", "date", "DATE TEXT"),
    "TIME": ("time", "time(0) without time zone", "TIME TEXT"),
    "DATETIME": ("datetime", "timestamp(0) without time zone", "DATETIME TEXT"),
    "TIMESTAMP": ("timestamp", "timestamp(0) without time zone", "TIMESTAMP TEXT"),
    "BLOB": ("blob", "bytea", "BLOB"),
    "TINYBLOB": ("tinyblob", "bytea", "TINYBLOB"),
    "MEDIUMBLOB": ("mediumblob", "bytea", "MEDIUMBLOB"),
    "LONGBLOB": ("longblob", "bytea", "LONGBLOB"),
    "BINARY": ("binary(1)", "bytea", "BINARY(1) BLOB"),
    "VARBINARY": ("varbinary(20)", "bytea", "VARBINARY(20) BLOB"),
    "BIT": ("bit(1)", "bytea", "BIT(1) BLOB"),
}
CATALOGUES = {
    "mysql": "SELECT column_name, column_type, is_nullable = 'YES' FROM information_schema.columns"
    " WHERE table_schema = database() AND table_name = '{table}'",
    "postgresql": "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute"
    " WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped",
    "sqlite": "SELECT name, type, \"notnull\" = 0 FROM pragma_table_info('{table}')",
}
VENDORS = tuple(CATALOGUES)


def field(type: str, datatype: str, **more: Any) -> dict[str, Any]:
    given = {"length": GIVEN[datatype]} if datatype in GIVEN else {}
    return {"field": f"{type}_{datatype}".lower(), "type": type, "datatype": datatype, **given, **more}


ALL = [field(type, datatype) for type, datatypes in PAIRS.items() for datatype in datatypes.split()]


def vendor(api: Api) -> str:
    return api.folks.project.database.dialect.name


def real(api: Api, table: str) -> dict[str, tuple[str, bool]]:
    """The columns as the database has them: name → type, nullability. How wide a number is shown is left out."""
    found = api.folks.rows(CATALOGUES[vendor(api)].replace("{table}", table).replace("::", "\\:\\:"))
    return {name: (narrow(type), bool(nullable)) for name, type, nullable in found}


def narrow(type: str) -> str:
    name, _, rest = type.partition("(")
    return name + rest.partition(")")[2] if name.lower().endswith("int") else type


def check(api: Api, table: str, fields: list[dict[str, Any]], *, nullable: bool = True, default: bool = False) -> None:
    """The columns are what was asked for: in the catalogue, and as they are told."""
    told = {f["field"]: f for f in api("GET", f"/fields/{table}")}
    there = real(api, table)
    for asked in fields:
        name, datatype = asked["field"], asked["datatype"]
        assert there[name] == (REAL[datatype][VENDORS.index(vendor(api))], nullable), name
        wanted = (asked["type"], *TOLD[datatype][:3], TOLD[datatype][4] if default else None, not nullable)
        keys = ("type", "datatype", "length", "signed", "default_value", "required")
        assert tuple(told[name][k] for k in keys) == wanted, name


def test_every_field_type_has_its_column(api: Api) -> None:
    api.make("every", *ALL)
    check(api, "every", ALL)


@pytest.mark.parametrize(("type", "datatype"), ONCE)
def test_system_field_types_have_other_columns(api: Api, type: str, datatype: str) -> None:
    made = field(type, datatype)
    api.make("once", made)
    check(api, "once", [made])


def test_defaults_are_the_columns_and_are_filled_in(api: Api) -> None:
    fields = [{**f, "default_value": TOLD[f["datatype"]][3]} for f in ALL if TOLD[f["datatype"]][3] is not None]
    api.make("every", text("title"), *fields)
    check(api, "every", fields, default=True)
    api("POST", "/items/every", {"title": "x"})
    columns = ", ".join(f["field"] for f in fields)
    ((*row,),) = api.folks.rows(f"SELECT {columns} FROM every")
    for made, kept in zip(fields, row, strict=True):
        wanted = TOLD[made["datatype"]][3]
        if made["type"] in ("owner", "user_updated", "datetime_created", "datetime_updated"):
            continue  # these the server fills in
        assert str(kept) == str(wanted) or float(kept) == float(wanted), made["field"]


def test_required_columns_take_no_null(api: Api) -> None:
    fields = [{**f, "required": True} for f in ALL]
    api.make("every", *fields)
    check(api, "every", fields, nullable=False)
    assert api.code("POST", "/items/every", {"string_varchar": "x"}) == (422, 4)


def test_unique_columns_take_nothing_twice(api: Api) -> None:
    long = ("TEXT", "BLOB")
    keyed = [f for f in ALL if not f["datatype"].endswith(long)]
    for number in range(0, len(keyed), 20):  # MySQL has at most 64 keys a table
        some = [{**f, "unique": True} for f in keyed[number : number + 20]]
        api.make(f"unique{number}", *some)
        check(api, f"unique{number}", some)
        assert all(api("GET", f"/fields/unique{number}/{f['field']}")["unique"] for f in some)
    some = [
        field("string", "VARCHAR", unique=True),
        field("uuid", "VARCHAR", unique=True),
        field("m2o", "INT", unique=True),
    ]
    api.make("twice", *some)
    for name, one, same in (("string_varchar", "a", "A"), ("uuid_varchar", "b", "B"), ("m2o_int", 5, "5")):
        assert isinstance(api("POST", "/items/twice", {name: one}), dict)
        assert api.code("POST", "/items/twice", {name: same}) == (409, 204)
    refused = {"collection": "no", "fields": [ID, field("string", "TEXT", unique=True)]}
    assert api.code("POST", "/collections", refused)[0] == 422


# --- types of columns that nobody described --------------------------------------------------------------------

#: Field type → native columns, as a schema of somebody else's has them. Source: schema.md §4.2.
NATIVE: dict[str, dict[str | None, str]] = {
    "mysql": {
        "integer": "tinyint; tinyint(1); smallint; mediumint; int; bigint unsigned; year; bool",
        "decimal": "decimal(8,2); numeric(5); real; float; double",
        "binary": "blob; longblob; bit(3); binary(4); varbinary(9)",
        "datetime": "datetime; timestamp NULL",
        "date": "date",
        "time": "time",
        "string": "char(4); varchar(9); enum('a','b'); set('a','b'); tinytext; text; mediumtext; longtext",
        None: "tinyblob; mediumblob; point; geometry",
    },
    "postgresql": {
        "integer": "smallint; integer; bigint; boolean; serial",
        "decimal": "numeric(8,2); numeric; real; double precision",
        "binary": "bytea",
        "datetime": "timestamp; timestamptz",
        "date": "date",
        "time": "time",
        "string": "char(4); varchar(9); varchar; text; uuid",
        "json": "json; jsonb",
    },
    "sqlite": {
        "integer": "tinyint; smallint; mediumint; int; integer; bigint; year; boolean",
        "decimal": "decimal(8,2); numeric; real; float; double",
        "binary": "blob; longblob; bit(3); binary(4); varbinary(9)",
        "datetime": "datetime; timestamp",
        "date": "date",
        "time": "time",
        "string": "char(4); varchar(9); tinytext; text; mediumtext; longtext",
        "json": "json",
        None: "tinyblob; mediumblob",
    },
}


def test_undescribed_columns_have_a_type(api: Api) -> None:
    expected = [(t, native) for t, listed in NATIVE[vendor(api)].items() for native in listed.split("; ")]
    api.plain("plain", *(f"c{n} {native}" for n, (_, native) in enumerate(expected)))
    told = {f["field"]: f["type"] for f in api("GET", "/fields/plain")}
    assert [(told[f"c{n}"], native) for n, (_, native) in enumerate(expected)] == expected


# --- primary keys ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "given", "told"),
    [
        (ID, None, 1),
        ({**ID, "auto_increment": False}, 7, 7),
        ({**ID, "datatype": "BIGINT", "length": 20}, None, 1),
        ({**ID, "datatype": "SMALLINT", "length": 5, "signed": True}, None, 1),
        ({"field": "id", "type": "string", "datatype": "VARCHAR", "length": 36, "primary_key": True}, "Ä key-1", "Ä key-1"),
        ({"field": "id", "type": "string", "datatype": "CHAR", "length": 2, "primary_key": True}, "de", "de"),
        (
            {"field": "id", "type": "uuid", "datatype": "VARCHAR", "length": 36, "primary_key": True},
            "0b9c5b1e-7a5b-4a86-a5c1-97a2b4b2c001",
            "0b9c5b1e-7a5b-4a86-a5c1-97a2b4b2c001",
        ),
    ],
    ids=lambda v: str(v.get("type", "")) + str(v.get("datatype")) if isinstance(v, dict) else "",
)  # fmt: skip
def test_every_kind_of_primary_key(api: Api, key: dict[str, Any], given: Any, told: Any) -> None:
    """Made, told, written, read, changed, referred to and deleted by."""
    assert isinstance(api("POST", "/collections", {"collection": "lands", "fields": [key, text("name")]}), dict)
    field = api("GET", "/fields/lands/id")
    assert (field["primary_key"], field["auto_increment"]) == (True, bool(key.get("auto_increment")))
    assert (field["datatype"], field["unique"]) == (key["datatype"], False)
    assert real(api, "lands")["id"][1] is False
    foreign = {**key, "field": "land", "type": "m2o", "primary_key": False, "auto_increment": False}
    api.make("towns", text("name"), foreign)
    api.relate("towns", "land", "lands")
    body = {"name": "One"} if given is None else {"id": given, "name": "One"}
    made = api("POST", "/items/lands", body)["id"]
    assert str(made) == str(told)
    path = f"/items/lands/{told}"
    assert api("GET", path)["name"] == "One"
    assert api("PATCH", path, {"name": "Two"})["name"] == "Two"
    api("POST", "/items/towns", {"name": "T", "land": made})
    assert str(api("GET", "/items/towns?fields=land.id")[0]["land"]["id"]) == str(told)
    if given is not None:
        assert api.code("POST", "/items/lands", body) == (409, 204)
        if key["type"] != "integer":
            assert api.code("POST", "/items/lands", {"id": str(given).upper(), "name": "x"}) == (409, 204)
    assert api("DELETE", path) == 204
    assert api.code("GET", path) == (404, 203)


# --- character sets --------------------------------------------------------------------------------------------


def test_tables_take_all_of_unicode(api: Api) -> None:
    """utf8mb4 on MySQL, whatever the database was made with."""
    if vendor(api) == "mysql":
        ((name,),) = api.folks.rows("SELECT database()")
        with api.folks.project.database.engine.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE `{name}` CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    try:
        api.make("signs", text("sign", 4), field("string", "TEXT"), field("string", "ENUM", length="🍕,ß"))
        api("POST", "/fields/signs", text("later", 4))
    finally:
        if vendor(api) == "mysql":
            with api.folks.project.database.engine.connect() as connection:
                connection.exec_driver_sql(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    body = {"sign": "🍕𝄞ßé", "string_text": "日本\U0010ffff", "string_enum": "🍕", "later": "🍕𝄞ßé"}
    made = api("POST", "/items/signs", body)
    assert {k: made[k] for k in body} == body
    if vendor(api) == "mysql":
        kept = api.folks.rows(
            "SELECT DISTINCT character_set_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = database() AND table_name = 'signs' AND character_set_name IS NOT NULL"
        )
        assert kept == [("utf8mb4", "utf8mb4_general_ci")]
