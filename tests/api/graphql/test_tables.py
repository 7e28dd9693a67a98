"""The tables of the reference, line by line: types, arguments, filters, errors of /gql as the original has it."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query

from tests.api.graphql.conftest import KEY, Make, Shop

SYSTEM = {
    "DirectusActivityItem": "id:ID action:String collection:String item:String action_by:DirectusUserItem"
    " action_on:Datetime edited_on:Datetime comment_deleted_on:Datetime ip:String user_agent:String comment:String",
    "DirectusUserItem": "id:ID status:String first_name:String last_name:String email:String"
    " email_notifications:Boolean company:String title:String locale:String high_contrast_mode:Boolean"
    " locale_options:String timezone:String last_access_on:Datetime last_page:String token:String external_id:String"
    " avatar:DirectusFileItem roles:[DirectusRoleItem]",
    "DirectusFileItem": "id:ID filename_disk:String title:String description:String location:String tags:[String]"
    " width:Int height:Int filesize:Int duration:String metadata:String type:String charset:String embed:String"
    " storage:String full_url:String url:String thumbnails:[DirectusFileThumbnailItem] uploaded_on:Datetime"
    " uploaded_by:DirectusUserItem checksum:String",
    "DirectusFileThumbnailItem": "url:String relative_url:String dimension:String width:Int height:Int",
    "DirectusRoleItem": "id:ID external_id:String name:String description:String ip_whitelist:String"
    " nav_blacklist:Boolean users:[DirectusUserItem]",
    "DirectusCollectionItem": "collection:String fields:[DirectusFieldItem] note:String managed:Boolean hidden:Boolean"
    " single:Boolean translation:String icon:String",
    # width holds words such as "half": a text, where the original has a number and an error
    "DirectusFieldItem": "collection:DirectusCollectionItem field:String type:String interface:String options:JSON"
    " locked:Boolean translation:JSON readonly:Boolean required:Boolean sort:Int width:String validation:String"
    " storage:Int hidden_browse:Int url:String",
    "DirectusCollectionPresetItem": "id:ID title:String user:Int role:Int collection:String search_query:String"
    " filters:JSON view_options:JSON view_type:String view_query:JSON translation:String",
    "DirectusFolderItem": "id:ID name:String parent_folder:String",
    "DirectusPermissionItem": "id:ID collection:String role:Int status:String create:String read:String update:String"
    " delete:String comment:String explain:String status_blacklist:[String] read_field_blacklist:[String]"
    " write_field_blacklist:[String]",
    "DirectusRelationItem": "id:ID collection_many:String field_many:String collection_one:String field_one:String"
    " junction_field:String",
    "DirectusRevisionItem": "id:ID activity:DirectusActivityItem collection:String item:String data:JSON delta:JSON"
    " parent_item:String parent_collection:String parent_changed:Boolean",
    "DirectusSettingItem": "id:ID key:String value:String",
    "Metadata": "collection:String type:String result_count:Int total_count:Int",
}
#: In the order of the query root.
ROOTS = {
    "directus_activity": "DirectusActivity(id:Int limit:Int offset:Int filter:DirectusActivityFilter)",
    "directus_collections": "DirectusCollection(name:String limit:Int offset:Int)",
    "directus_collection_presets": "DirectusCollectionPreset(id:ID limit:Int offset:Int"
    " filter:DirectusCollectionPresetsFilter)",
    "directus_fields": "DirectusField(collection:String field:String)",
    "directus_files": "DirectusFile(id:ID limit:Int offset:Int filter:DirectusFilesFilter)",
    "directus_folders": "DirectusFolder(id:ID limit:Int offset:Int filter:DirectusFoldersFilter)",
    "directus_permissions": "DirectusPermission(id:ID limit:Int offset:Int filter:DirectusPermissionsFilter)",
    "directus_relations": "DirectusRelation(id:ID limit:Int offset:Int filter:DirectusRelationsFilter)",
    "directus_revisions": "DirectusRevision(id:ID limit:Int offset:Int)",
    "directus_roles": "DirectusRole(id:ID limit:Int offset:Int)",
    "directus_settings": "DirectusSetting(id:ID limit:Int offset:Int)",
    "directus_users": "DirectusUser(id:ID limit:Int offset:Int filter:DirectusUsersFilter)",
    "books": "Books(id:Int limit:Int offset:Int lang:String filter:BooksFilter)",
}
COMPARED = "eq neq lt lte gt gte"
MATCHED = "contains ncontains rlike nrlike"
MOMENT = {"Datetime": f"{COMPARED} in nin", "String": "between nbetween"}
NUMBER = {"Int": COMPARED, "String": "in nin between nbetween"}
USER = {"Int": "eq neq", "String": "in nin"}
OTHER = {"String": "all has"}
#: Field type → (datatype, length), type of the item, operators by the type of their argument.
KINDS: dict[str, tuple[tuple[str, str | None] | None, str, dict[str, str]]] = {
    "array": (("VARCHAR", "200"), "[String]", OTHER),
    "boolean": (("TINYINT", "1"), "Boolean", {"Boolean": "eq"}),
    "date": (("DATE", None), "Date", OTHER),
    "time": (("TIME", None), "Time", {"String": f"{COMPARED} in nin between nbetween"}),
    "datetime": (("DATETIME", None), "Datetime", MOMENT),
    "datetime_created": (("DATETIME", None), "Datetime", MOMENT),
    "datetime_updated": (("DATETIME", None), "Datetime", MOMENT),
    "decimal": (("DECIMAL", "8,2"), "Float", {"Float": COMPARED, "String": "in nin between nbetween"}),
    "file": (("INT", "10"), "DirectusFileItem", OTHER),
    "integer": (("INT", "10"), "Int", NUMBER),
    "json": (("TEXT", None), "JSON", OTHER),
    "owner": (("INT", "10"), "DirectusUserItem", USER),
    "user_updated": (("INT", "10"), "DirectusUserItem", OTHER),
    "sort": (("INT", "10"), "Int", OTHER),
    "status": (("VARCHAR", "20"), "String", {"String": "eq neq in nin"}),
    "string": (("VARCHAR", "20"), "String", {"String": f"eq neq {MATCHED} empty nempty null nnull"}),
    "hash": (("VARCHAR", "200"), "String", OTHER),
    "lang": (("CHAR", "5"), "String", OTHER),
    "uuid": (("VARCHAR", "36"), "String", OTHER),
    "slug": (("VARCHAR", "20"), "String", OTHER),
    "user": (("INT", "10"), "String", OTHER),
    "alias": (None, "String", OTHER),
    # through relations
    "m2o": (("INT", "10"), "KindsItem", {"Int": "eq neq", "String": f"in nin {MATCHED}"}),
    "o2m": (None, "[KindsItem]", OTHER),
}
MORE = {"needed": "String!", "number_link": "KindsItem"}
MAPPING = {"a": {"name": "A"}, "b": {"name": "B"}}


@pytest.fixture(scope="module")
def kinds(make: Make) -> Shop:
    """A field of each type, and two rows."""
    shop = make()
    fields: list[dict[str, Any]] = [KEY]
    for type, (column, _, _) in KINDS.items():
        shape = {"datatype": column[0], **({"length": column[1]} if column[1] else {})} if column else {}
        fields.append({"field": f"a_{type}", "type": type, **shape})
        if type == "status":
            fields[-1]["options"] = {"status_mapping": MAPPING}
    fields.append({"field": "needed", "type": "string", "datatype": "VARCHAR", "length": 9, "required": True})
    fields.append({"field": "number_link", "type": "integer", "datatype": "INT", "length": 10})
    shop.post("/collections", {"collection": "kinds", "fields": fields})
    for many, one in (("a_m2o", "a_o2m"), ("number_link", None)):
        row = {"collection_many": "kinds", "field_many": many, "collection_one": "kinds", "field_one": one}
        shop.post("/relations", row)
    shop.post("/items/kinds", [
        {"needed": "n", "a_status": "a", "a_integer": 1, "a_decimal": 1.5, "a_string": "one", "a_boolean": True,
         "a_time": "10:00:00", "a_datetime": "2020-01-01 10:00:00", "a_array": ["x"]},
        {"needed": "n", "a_status": "b", "a_integer": 2, "a_decimal": 2.5, "a_string": "two", "a_boolean": False,
         "a_time": "12:00:00", "a_datetime": "2020-01-02 10:00:00", "a_m2o": 1, "number_link": 1},
    ])  # fmt: skip
    return shop


@pytest.fixture(scope="module")
def schema(kinds: Shop) -> GraphQLSchema:
    """As a client learns of it."""
    return build_client_schema(kinds.data(get_introspection_query()))


def told(schema: GraphQLSchema, name: str) -> str:
    """The fields of a type in their order."""
    fields: dict[str, Any] = schema.type_map[name].fields  # type: ignore[attr-defined]
    return " ".join(f"{name}:{field.type}" for name, field in fields.items())


def test_system_types(schema: GraphQLSchema) -> None:
    assert {name: told(schema, name) for name in SYSTEM} == SYSTEM


def test_roots(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    fields = schema.query_type.fields
    assert list(fields)[: len(ROOTS) - 1] == list(ROOTS)[:-1]
    found = {n: f"{fields[n].type}({' '.join(f'{a}:{t.type}' for a, t in fields[n].args.items())})" for n in ROOTS}
    assert found == ROOTS
    assert told(schema, "Books") == "data:[BooksItem] meta:Metadata"


def test_types_of_fields(schema: GraphQLSchema) -> None:
    expected = {"id": "ID!", **{f"a_{t}": type for t, (_, type, _) in KINDS.items()}, **MORE}
    assert dict(part.split(":") for part in told(schema, "KindsItem").split()) == expected


def test_filters_of_types(schema: GraphQLSchema) -> None:
    columns = {"id": NUMBER, **{f"a_{t}": operators for t, (_, _, operators) in KINDS.items()},
               "needed": KINDS["string"][2], "number_link": NUMBER}  # fmt: skip
    expected = {f"{f}_{o}": type for f, by in columns.items() for type, os in by.items() for o in os.split()}
    expected |= {"or": "[KindsFilter]", "and": "[KindsFilter]"}
    assert dict(part.split(":") for part in told(schema, "KindsFilter").split()) == expected


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("id_eq:1", "1"), ("id_neq:1", "2"), ("id_lt:2", "1"), ("id_lte:2", "1 2"), ("id_gt:1", "2"),
        ("id_gte:1", "1 2"), ('id_in:"1,2"', "1 2"), ('id_nin:"1,3"', "2"), ('a_integer_between:"2,3"', "2"),
        ('a_integer_nbetween:"2,3"', "1"), ("a_decimal_gt:1.5", "2"), ("a_decimal_eq:1.5", "1"),
        ('a_decimal_in:"2.5"', "2"), ('a_decimal_between:"1,2"', "1"), ("a_boolean_eq:true", "1"),
        ("a_boolean_eq:false", "2"), ('a_time_gt:"10:00:00"', "2"), ('a_time_between:"09:00:00,11:00:00"', "1"),
        ('a_datetime_eq:"2020-01-01 10:00:00"', "1"), ('a_datetime_gte:"2020-01-02 10:00:00"', "2"),
        ('a_datetime_between:"2020-01-01 00:00:00,2020-01-01 23:00:00"', "1"), ('a_status_eq:"a"', "1"),
        ('a_status_nin:"a"', "2"), ('a_string_eq:"one"', "1"), ('a_string_neq:"one"', "2"),
        ('a_string_contains:"w"', "2"), ('a_string_ncontains:"w"', "1"), ('a_string_rlike:"o%"', "1"),
        ('a_string_nrlike:"o%"', "2"), ('a_string_empty:"x"', ""), ('a_string_nempty:"x"', "1 2"),
        ('a_string_null:"x"', ""), ('a_string_nnull:"x"', "1 2"), ("a_m2o_eq:1", "2"), ('a_m2o_in:"1"', "2"),
        ("id_gte:1,id_lt:2", "1"), ("or:[{id_eq:1},{id_eq:2}]", "1 2"), ("and:[{id_gt:0},{id_lt:2}]", "1"),
        ('or:[{and:[{id_eq:1},{a_string_eq:"two"}]},{a_string_eq:"two",id_eq:2}]', "2"), ('a_o2m_has:"1"', "1"),
    ],
)  # fmt: skip
def test_operators(kinds: Shop, condition: str, found: str) -> None:
    answer = kinds.data(f"{{kinds(filter:{{{condition}}}){{data{{id}}}}}}")
    assert " ".join(item["id"] for item in answer["kinds"]["data"]) == found


def test_meta(kinds: Shop) -> None:
    meta = "meta{collection type result_count total_count}"
    assert kinds.data(f"{{kinds(limit:1,offset:1){{data{{id}} {meta}}}}}") == {
        "kinds": {
            "data": [{"id": "2"}],
            "meta": {"collection": "kinds", "type": "collection", "result_count": 1, "total_count": 2},
        }
    }
    assert kinds.data(f"{{kinds(id:2){{data{{id}} {meta}}}}}") == {"kinds": {"data": [{"id": "2"}], "meta": None}}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{kinds{data{nope}}}", 'Cannot query field "nope" on type "KindsItem".'),
        ("{nope{data{id}}}", 'Cannot query field "nope" on type "Query".'),
        (
            """{kinds(filter:{a_boolean_eq:"it's 'so'"}){data{id}}}""",
            """Boolean cannot represent a non boolean value: "it's 'so'".""",
        ),
        ("{kinds(nope:1){data{id}}}", 'Unknown argument "nope" on field "Query.kinds".'),
        ("", "Syntax Error: Unexpected <EOF>."),
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("mutation{x}", "Schema is not configured for mutations."),
        ("subscription{x}", "Schema is not configured for subscriptions."),
    ],
)
def test_errors_of_documents(kinds: Shop, query: str, message: str) -> None:
    error = kinds.error(query)
    assert error["message"].rstrip(".") == message.rstrip(".")
    assert error["extensions"]["category"] == "graphql"


def test_an_error_of_one_field_leaves_the_others(kinds: Shop) -> None:
    answer = kinds.ask("{kinds(id:99){data{id}} tags(limit:1){data{label}}}")
    (error,) = answer["errors"]
    assert answer["data"] == {"kinds": None, "tags": {"data": [{"label": "red"}]}}
    assert (error["path"], error["locations"]) == (["kinds"], [{"line": 1, "column": 2}])
