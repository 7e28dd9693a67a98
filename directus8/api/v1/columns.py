"""Columns of a table. Source: legacy_v1.md §4.2, §5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from directus8 import names
from directus8.api.v1 import answer
from directus8.api.v1.lens import Attribute, Place, place, user_table
from directus8.api.v1.request import V1Request
from directus8.api.v1.router import route
from directus8.errors import InvalidRequest
from directus8.filters import And, Condition
from directus8.query.ast import Entry, Node, Query
from directus8.schema.catalog import Collection, Field, Relation
from directus8.services.fields import FieldsService
from directus8.services.items import ItemsService
from directus8.services.session import Session
from directus8.types.sqltype import INTEGERS

#: Interfaces with another name; of all others only the underscores change.
INTERFACES = {"checkbox": "switch", "select": "dropdown", "single_file": "file", "multiple_files": "files",
              "textinput": "text-input"}  # fmt: skip
UIS = {v: k for k, v in INTERFACES.items() if k != "textinput"}
TYPES = {"DECIMAL": "decimal", "FLOAT": "decimal", "DOUBLE": "decimal", "DATETIME": "datetime",
         "TIMESTAMP": "datetime", "DATE": "date", "TIME": "time"}  # fmt: skip
SYSTEM = ("status", "sort", "owner", "user_updated", "datetime_created", "datetime_updated")
UNSORTED = 9999
LONG = {"TINYTEXT": 255, "TEXT": 65535, "MEDIUMTEXT": 2**24 - 1, "LONGTEXT": 2**32 - 1}


def _truth(value: Any) -> bool:
    return value not in (None, "", 0, "0", False, "false")


def interface(ui: str) -> str:
    """The interface behind a ui."""
    return INTERFACES.get(ui, ui.replace("_", "-"))


def _ui(field: Field) -> str | None:
    return None if field.interface is None else UIS.get(field.interface, field.interface.replace("-", "_"))


# --- how it is told --------------------------------------------------------------------------------------------


def shown(collection: Collection) -> list[Field]:
    """The fields a table has."""
    return [f for f in collection.fields.values() if f.column is not None or f.kind.to_many]


def column_objects(session: Session, at: Place) -> list[dict[str, Any]]:
    """The columns the caller may see."""
    hidden, collection = session.rules.hidden_fields(at.collection.name), at.collection
    if at.lens is None:
        return [column_object(collection, f) for f in shown(collection) if f.name not in hidden]
    return [_seen(at, name, attribute) for name, attribute in at.lens.attributes.items()
            if hidden.isdisjoint(attribute.columns)]  # fmt: skip


def _seen(at: Place, name: str, attribute: Attribute) -> dict[str, Any]:
    """A column of one of the system's tables; those made of others are texts."""
    field = at.collection.fields.get(attribute.column or next(iter(attribute.columns), ""))
    field = field or at.collection.columns[0]
    own = {"id": name, "name": name, "column_name": name, "table_name": at.name}
    if attribute.column:
        return {**column_object(at.collection, field), **own}
    text = {"type": "VARCHAR", "column_type": "varchar(255)", "length": 255, "char_length": "255", "precision": 0,
            "scale": 0, "key": "", "extra": "", "system": True, "required": False, "is_writable": False}  # fmt: skip
    return {**column_object(at.collection, field), **text, **own}


def column_object(collection: Collection, field: Field) -> dict[str, Any]:
    """One column as the document has it, with what the server added."""
    relation = _relation(collection, field)
    key = field.column is not None and field.column.primary_key
    return {
        "id": field.name,
        "name": field.name,
        "column_name": field.name,
        **_of_sql(field),
        "sort": 0 if key else field.sort or UNSORTED,
        "extra_options": [],
        "options": _options(field),
        "table_name": collection.name,
        "required": (field.required and field.type not in SYSTEM) or key,
        "master": False,
        "is_writable": True,
        "hidden": field.hidden_detail and field.hidden_browse,
        "column_key": "PRI" if key else None,
        "system": key or field.type in SYSTEM,
        "ui": _ui(field),
        "hidden_input": field.hidden_detail,
        "hidden_list": field.hidden_browse,
        "relationship": relation and {"type": relation.pop("relationship_type"), **relation},
        **_relation_keys(collection, field),
    }


def _options(field: Field) -> Any:
    """What its ui was given; a status mapping belongs to the table."""
    options = field.options
    return ({k: v for k, v in options.items() if k != "status_mapping"} if isinstance(options, dict) else options) or []


def _of_sql(field: Field) -> dict[str, Any]:
    column = field.column
    if column is None:
        return {"type": "ALIAS", "column_type": None, "length": 0, "precision": 0, "scale": 0, "default_value": None,
                "nullable": False, "key": None, "extra": None, "comment": field.note}  # fmt: skip
    type = column.type
    size, scale = type.size or (LONG.get(type.name, 0), 0)
    digits = 10 if type.name in INTEGERS else size if type.kind in ("decimal", "float") else 0
    return {
        "type": type.name,
        "column_type": str(type).lower(),
        "length": size if type.kind in ("text", "blob") else 0,
        "char_length": str(size) if type.kind in ("text", "blob") else None,
        "precision": digits,
        "scale": scale,
        "default_value": column.default,
        "nullable": column.nullable,
        "is_nullable": "YES" if column.nullable else "NO",
        "key": "PRI" if column.primary_key else "",
        "extra": "auto_increment" if column.auto_increment else "",
        "comment": field.note or "",
    }


def _relation(collection: Collection, field: Field) -> dict[str, Any] | None:
    found = _relation_keys(collection, field)
    return found if found["relationship_type"] else None


def _relation_keys(collection: Collection, field: Field) -> dict[str, Any]:
    relation = collection.relation(field.name)
    keys: dict[str, Any] = dict.fromkeys(
        ("relationship_type", "related_table", "junction_table", "junction_key_right", "junction_key_left")
    )
    if relation is None:
        return keys
    keys["related_table"] = relation.related
    if relation.kind == "m2o":
        return {**keys, "relationship_type": "MANYTOONE", "junction_key_right": field.name}
    if relation.junction_field is None:
        return {**keys, "relationship_type": "ONETOMANY", "junction_key_right": relation.related_field}
    return {**keys, "relationship_type": "MANYTOMANY", **_junction_keys(relation)}


def _junction_keys(relation: Relation) -> dict[str, Any]:
    return {"junction_table": relation.related, "junction_key_left": relation.related_field,
            "junction_key_right": relation.junction_field}  # fmt: skip


# --- how it is made --------------------------------------------------------------------------------------------


def definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of a field that is as a column was asked for. InvalidRequest for one that can't be."""
    name = given.get("column_name") or given.get("name")
    datatype = str(given.get("data_type") or given.get("type") or "").upper()
    if not name or not datatype:
        raise InvalidRequest("column_name and data_type are needed")
    ui = str(given.get("ui") or "")
    made = {"field": str(name), "type": _type(datatype, ui, given), "interface": interface(ui) or None, **_words(given)}
    if datatype == "ALIAS":
        return made
    length = given.get("length") or given.get("char_length")
    if datatype in INTEGERS:
        length = "11"
    elif datatype in ("VARCHAR", "CHAR") and not length:
        length = "255"
    return {**made, "datatype": datatype, "length": length or None, "signed": True,
            "default_value": given.get("default_value")}  # fmt: skip


def _type(datatype: str, ui: str, given: Mapping[str, Any]) -> str:
    relationship = str(given.get("relationship_type") or "").upper()
    if datatype == "ALIAS":
        return "o2m" if relationship in ("ONETOMANY", "MANYTOMANY") else "alias"
    if relationship == "MANYTOONE":
        return "file" if given.get("related_table") == names.FILES else "m2o"
    if datatype in INTEGERS:
        return "boolean" if ui in ("checkbox", "toggle") else "integer"
    return TYPES.get(datatype, "string")


def _words(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a column beside its type."""
    made: dict[str, Any] = {"note": given["comment"]} if "comment" in given else {}
    for flag, name in (("required", "required"), ("hidden_input", "hidden_detail"), ("hidden_list", "hidden_browse")):
        if flag in given:
            made[name] = _truth(given[flag])
    if "sort" in given:
        made["sort"] = given["sort"]
    if isinstance(given.get("options"), (dict, list)):
        made["options"] = given["options"]
    return made


def _changes(given: Mapping[str, Any]) -> dict[str, Any]:
    ui = given.get("ui")
    return {**_words(given), **({"interface": interface(str(ui))} if ui else {})}


def _relate(session: Session, table: str, made: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Writes down which table a relational column leads to."""
    related, field = given.get("related_table"), made["field"]
    if not related or made["type"] not in ("m2o", "o2m"):
        return
    user_table(session, str(related))
    service = ItemsService(session, names.RELATIONS)
    if made["type"] == "m2o":
        service.create([{"collection_many": table, "field_many": field, "collection_one": related}])
    elif junction := given.get("junction_table"):
        left, right = given.get("junction_key_left"), given.get("junction_key_right")
        ends = {"collection_many": junction}
        service.create([
            {**ends, "field_many": left, "collection_one": table, "field_one": field, "junction_field": right},
            {**ends, "field_many": right, "collection_one": related, "junction_field": left},
        ])  # fmt: skip
    else:
        _show_from_one(session, service, table, field, str(related), given.get("junction_key_right"))


def _show_from_one(session: Session, service: ItemsService, table: str, field: str, related: str, column: Any) -> None:
    """The other side of a relation that may be known already."""
    ends = {"collection_many": related, "field_many": column, "collection_one": table}
    where = And(tuple(Condition((n,), "eq", v) for n, v in ends.items()))
    known = session.read(Query(Node(names.RELATIONS, (Entry("id"),)), where, limit=1), system=True)
    if known:
        service.update([(known[0]["id"], {"field_one": field})])
    else:
        service.create([{**ends, "field_one": field}])


# --- routes ----------------------------------------------------------------------------------------------------


def _readable(request: V1Request, table: str) -> Place:
    at = place(request.session, table)
    request.session.rules.read_filter(at.collection)
    return at


def _told(request: V1Request, table: str, name: str) -> Any:
    found = [c for c in column_objects(request.session, _readable(request, table)) if c["id"] == name]
    if not found:
        return {"error": {"message": f"Unable to find the column [{name}]"}, "success": False}
    return answer.item(answer.COLUMNS, found[0])


@route("GET", "/tables/<table>/columns")
def list_columns(request: V1Request, table: str) -> Any:
    return answer.collection(answer.COLUMNS, column_objects(request.session, _readable(request, table)))


@route("POST", "/tables/<table>/columns")
def create_column(request: V1Request, table: str) -> Any:
    user_table(request.session, table)
    given = request.fields()
    made = definition(given)
    with request.session.transaction(ddl=True):
        FieldsService(request.session).create(table, made)
        _relate(request.session, table, made, given)
    request.session.forget("schema")
    return _told(request, table, made["field"])


@route("PATCH", "/tables/<table>/columns/bulk")
def update_columns(request: V1Request, table: str) -> Any:
    collection = user_table(request.session, table)
    rows = request.fields().get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise InvalidRequest("Rows no specified")
    changes = [{**_changes(row), "field": str(row["id"])} for row in rows]
    fields = FieldsService(request.session).update_many(table, changes)
    return answer.collection(answer.COLUMNS, [column_object(collection, f) for f in fields])


@route("GET", "/tables/<table>/columns/<name>")
def read_column(request: V1Request, table: str, name: str) -> Any:
    return _told(request, table, name)


@route("PUT PATCH POST", "/tables/<table>/columns/<name>")
def update_column(request: V1Request, table: str, name: str) -> Any:
    user_table(request.session, table)
    FieldsService(request.session).update(table, name, _changes(request.fields()))
    return _told(request, table, name)


@route("DELETE", "/tables/<table>/columns/<name>")
def delete_column(request: V1Request, table: str, name: str) -> Any:
    collection = user_table(request.session, table)
    meta = {"table": table, "column": name}
    if name not in collection.fields:
        return {"meta": meta, **answer.failure(f"column `{name}` does not exists in table: `{table}`")}
    if len(collection.columns) == 1 and collection.fields[name].column is not None:
        return {"meta": meta, **answer.failure("Cannot remove last column")}
    FieldsService(request.session).delete(table, name)
    return {"meta": meta, "success": True}


@route("GET", "/tables/<table>/columns/<name>/<ui>")
def read_options(request: V1Request, table: str, name: str, ui: str) -> Any:
    field = _readable(request, table).collection.fields.get(name)
    return answer.item(answer.COLUMNS, (field and field.options) or None)


@route("POST PUT", "/tables/<table>/columns/<name>/<ui>")
def write_options(request: V1Request, table: str, name: str, ui: str) -> Any:
    user_table(request.session, table)
    FieldsService(request.session).update(table, name, {"options": request.fields()})
    return read_options(request, table, name, ui)
