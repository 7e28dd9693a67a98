"""The functions of /graphql/system: each is a route of REST, its arguments the path, the query or the body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import orjson
from graphql import (
    EnumTypeDefinitionNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeNode,
    get_named_type,
    parse,
    value_from_ast_untyped,
)

from directus8 import names
from directus8.api.graphql.engine import ALONE
from directus8.api.graphql.outputs import Info
from directus8.api.http.response import Response
from directus8.api.v10 import settings, told
from directus8.api.v10.answer import NOTHING
from directus8.api.v10.caller import at_route
from directus8.api.v10.graphql import scalars
from directus8.api.v10.graphql.outputs import READS
from directus8.api.v10.graphql.selection import params_of, sent
from directus8.api.v10.params import Params, read
from directus8.api.v10.request import V10Request
from directus8.api.v10.router import ROUTES, Route
from directus8.services.session import Session

#: Collections and payloads whose types the text below names.
TELLING = (names.USERS, names.FILES, names.ACTIVITY)
TAKING = ((names.USERS, "update"), (names.FILES, "create"))


def _settings(of: str) -> str:
    """The fields of the settings, with their types."""
    types = dict.fromkeys(settings.STRUCTURES, "JSON") | dict.fromkeys(settings.NUMBERS, "Int")
    known = "\n".join(f"{n}: {types.get(n, 'String')}" for n in dict.fromkeys((*settings.DEFAULTS, *settings.OTHERS)))
    return f"{of} {{ id: ID\n{known} }}"


def _collection_meta(of: str) -> str:
    flags = ("hidden", "singleton", "system", "archive_app_filter", "versioning")
    types = {
        **dict.fromkeys(flags, "Boolean"),
        "sort": "Int",
        "translations": "JSON",
        "item_duplication_fields": "JSON",
    }
    listed = ("collection", "icon", "note", "hidden", "singleton", "translations", "system", *told.COLLECTION_EXTRAS)
    known = " ".join(f"{n}: {types.get(n, 'String')}" for n in listed)
    return f"{of} {{ {known} }}"


SDL = Template("""
type auth_tokens { access_token: String expires: GraphQLBigInt refresh_token: String }
type users_me_tfa_generate_data { secret: String otpauth_url: String }
type server_info { project: server_info_project }
type server_info_project {
  project_name: String project_descriptor: String project_logo: String project_color: String
  default_language: String public_foreground: String public_background: String public_note: String
  custom_css: String public_registration: Boolean
}
enum auth_mode { json cookie session }
enum graphql_sdl_scope { items system }
$settings
$settings_input
type ${d}collections { collection: String meta: ${d}collections_meta schema: ${d}collections_schema }
$collections_meta
type ${d}collections_schema { name: String comment: String }
input create_${d}collections_input { collection: String! meta: JSON schema: JSON fields: JSON }
input update_${d}collections_input { collection: String meta: JSON }
type delete_collection { collection: String }
type ${d}fields {
  collection: String field: String type: String schema: ${d}fields_schema meta: ${d}fields_meta
}
type ${d}fields_schema {
  name: String table: String data_type: String default_value: JSON generation_expression: String max_length: Int
  numeric_precision: Int numeric_scale: Int is_generated: Boolean is_nullable: Boolean is_unique: Boolean
  is_primary_key: Boolean has_auto_increment: Boolean foreign_key_column: String foreign_key_table: String
  comment: String
}
type ${d}fields_meta {
  id: Int collection: String field: String special: [String] interface: String options: JSON display: String
  display_options: JSON readonly: Boolean hidden: Boolean sort: Int width: String translations: JSON note: String
  conditions: JSON required: Boolean group: String validation: JSON validation_message: String
}
input create_${d}fields_input { field: String! type: String schema: JSON meta: JSON }
input update_${d}fields_input { field: String type: String schema: JSON meta: JSON }
type delete_field { collection: String field: String }
type ${d}relations {
  collection: String field: String related_collection: String schema: ${d}relations_schema
  meta: ${d}relations_meta
}
type ${d}relations_schema {
  table: String column: String foreign_key_table: String foreign_key_column: String on_update: String
  on_delete: String constraint_name: String
}
type ${d}relations_meta {
  id: Int many_collection: String many_field: String one_collection: String one_field: String
  one_collection_field: String one_allowed_collections: [String] junction_field: String sort_field: String
  one_deselect_action: String
}
input create_${d}relations_input {
  collection: String! field: String! related_collection: String schema: JSON meta: JSON
}
input update_${d}relations_input { collection: String field: String related_collection: String schema: JSON meta: JSON }
type delete_relation { collection: String field: String }
type ${d}permissions {
  id: ID! role: String collection: String! action: String! permissions: JSON validation: JSON presets: JSON
  fields: [String]
}
input create_${d}permissions_input {
  role: String collection: String! action: String! permissions: JSON validation: JSON presets: JSON fields: [String]
}
input update_${d}permissions_input {
  role: String collection: String action: String permissions: JSON validation: JSON presets: JSON fields: [String]
}

extend type Query {
  server_ping: String
  server_info: server_info
  server_health: JSON
  server_specs_oas: JSON
  server_specs_graphql(scope: graphql_sdl_scope = items): String
  utils_random_string(length: Int): String
  users_me: ${d}users
  settings: ${d}settings
  collections: [${d}collections!]!
  collections_by_name(name: String!): ${d}collections
  fields: [${d}fields!]!
  fields_in_collection(collection: String!): [${d}fields!]!
  fields_by_name(collection: String!, field: String!): ${d}fields
  relations: [${d}relations!]!
  relations_in_collection(collection: String!): [${d}relations!]!
  relations_by_name(collection: String!, field: String!): ${d}relations
  permissions(filter: JSON, limit: Int, offset: Int, page: Int): [${d}permissions!]!
  permissions_by_id(id: ID!): ${d}permissions
}

extend type Mutation {
  auth_login(email: String!, password: String!, mode: auth_mode, otp: String): auth_tokens
  auth_refresh(refresh_token: String, mode: auth_mode): auth_tokens
  auth_logout(refresh_token: String, mode: auth_mode): Boolean
  auth_password_request(email: String!, reset_url: String): Boolean
  auth_password_reset(token: String!, password: String!): Boolean
  users_me_tfa_generate(password: String!): users_me_tfa_generate_data
  users_me_tfa_enable(otp: String!, secret: String!): Boolean
  users_me_tfa_disable(otp: String!): Boolean
  users_invite(email: String!, role: String!, invite_url: String): Boolean
  users_invite_accept(token: String!, password: String!): Boolean
  update_users_me(data: update_${d}users_input!): ${d}users
  utils_random_string(length: Int): String
  utils_hash_generate(string: String!): String
  utils_hash_verify(string: String!, hash: String!): Boolean
  utils_sort(collection: String!, item: ID!, to: ID!): Boolean
  utils_revert(revision: ID!): Boolean
  utils_cache_clear: Boolean
  import_file(url: String!, data: create_${d}files_input): ${d}files
  create_comment(collection: String!, item: ID!, comment: String!): ${d}activity
  update_comment(id: ID!, comment: String!): ${d}activity
  delete_comment(id: ID!): delete_one
  update_settings(data: update_${d}settings_input!): ${d}settings
  create_collections_item(data: create_${d}collections_input!): ${d}collections
  update_collections_item(collection: String!, data: update_${d}collections_input!): ${d}collections
  delete_collections_item(collection: String!): delete_collection
  create_fields_item(collection: String!, data: create_${d}fields_input!): ${d}fields
  update_fields_item(collection: String!, field: String!, data: update_${d}fields_input!): ${d}fields
  delete_fields_item(collection: String!, field: String!): delete_field
  create_relations_item(data: create_${d}relations_input!): ${d}relations
  update_relations_item(collection: String!, field: String!, data: update_${d}relations_input!): ${d}relations
  delete_relations_item(collection: String!, field: String!): delete_relation
  create_permissions_item(data: create_${d}permissions_input!): ${d}permissions
  update_permissions_item(id: ID!, data: update_${d}permissions_input!): ${d}permissions
  delete_permissions_item(id: ID!): delete_one
}
""").substitute(
    d=names.PREFIX,
    settings=_settings(f"type {names.SETTINGS}"),
    settings_input=_settings(f"input update_{names.SETTINGS}_input"),
    collections_meta=_collection_meta(f"type {names.COLLECTIONS}_meta"),
)
#: Function → route, with the arguments that stand in its path; ``= data``: this argument is the whole body.
FUNCTIONS: Mapping[str, str] = {
    "server_ping": "GET /server/ping",
    "server_info": "GET /server/info",
    "server_health": "GET /server/health",
    "server_specs_oas": "GET /server/specs/oas",
    "server_specs_graphql": "GET /server/specs/graphql/{scope}",
    "users_me": "GET /users/me",
    "settings": "GET /settings",
    "collections": "GET /collections",
    "collections_by_name": "GET /collections/{name}",
    "fields": "GET /fields",
    "fields_in_collection": "GET /fields/{collection}",
    "fields_by_name": "GET /fields/{collection}/{field}",
    "relations": "GET /relations",
    "relations_in_collection": "GET /relations/{collection}",
    "relations_by_name": "GET /relations/{collection}/{field}",
    "permissions": "GET /permissions",
    "permissions_by_id": "GET /permissions/{id}",
    "auth_login": "POST /auth/login",
    "auth_refresh": "POST /auth/refresh",
    "auth_logout": "POST /auth/logout",
    "auth_password_request": "POST /auth/password/request",
    "auth_password_reset": "POST /auth/password/reset",
    "users_me_tfa_generate": "POST /users/me/tfa/generate",
    "users_me_tfa_enable": "POST /users/me/tfa/enable",
    "users_me_tfa_disable": "POST /users/me/tfa/disable",
    "users_invite": "POST /users/invite",
    "users_invite_accept": "POST /users/invite/accept",
    "update_users_me": "PATCH /users/me = data",
    "utils_random_string": "GET /utils/random/string",
    "utils_hash_generate": "POST /utils/hash/generate",
    "utils_hash_verify": "POST /utils/hash/verify",
    "utils_sort": "POST /utils/sort/{collection}",
    "utils_revert": "POST /utils/revert/{revision}",
    "utils_cache_clear": "POST /utils/cache/clear",
    "import_file": "POST /files/import",
    "create_comment": "POST /activity/comment",
    "update_comment": "PATCH /activity/comment/{id}",
    "delete_comment": "DELETE /activity/comment/{id}",
    "update_settings": "PATCH /settings = data",
    "create_collections_item": "POST /collections = data",
    "update_collections_item": "PATCH /collections/{collection} = data",
    "delete_collections_item": "DELETE /collections/{collection}",
    "create_fields_item": "POST /fields/{collection} = data",
    "update_fields_item": "PATCH /fields/{collection}/{field} = data",
    "delete_fields_item": "DELETE /fields/{collection}/{field}",
    "create_relations_item": "POST /relations = data",
    "update_relations_item": "PATCH /relations/{collection}/{field} = data",
    "delete_relations_item": "DELETE /relations/{collection}/{field}",
    "create_permissions_item": "POST /permissions = data",
    "update_permissions_item": "PATCH /permissions/{id} = data",
    "delete_permissions_item": "DELETE /permissions/{id}",
}
STANDARD = (GraphQLBoolean, GraphQLID, GraphQLString, scalars.Int, scalars.JSON, scalars.BigInt)
_HOLE = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Function:
    """A route under another name: which arguments fill its path, which one is its body."""

    route: Route
    path: Mapping[str, str]  # argument → variable of the route
    body: str

    def request(self, info: Info, given: Mapping[str, Any]) -> V10Request:
        """The request the call of a function stands for."""
        sent_with: V10Request = info.context.request
        session: Session = info.context.session
        if self.route.anonymous or self.route.sets_up_2fa:
            who = at_route(self.route, sent_with.http, sent_with.project, sent_with.key)
            session = Session(sent_with.project, who)
        rest = {name: value for name, value in given.items() if name not in self.path}
        query = {name: str(value) for name, value in rest.items() if value is not None}
        body = dict(rest[self.body]) if self.body else rest
        return sent_with.within(session, query=query, body=body, params=_params(info, given))

    def __call__(self, _: Any, info: Info, **given: Any) -> Any:
        """Resolves a call."""
        with info.context.writing():
            request = self.request(info, given)
            answer = self.route.handler(request, **{v: str(given[a]) for a, v in self.path.items()})
        if isinstance(answer, Response):
            return _contents(answer)
        info.context.headers.extend(answer.headers)
        return answer.data if answer.data is not NOTHING else _done(info, given)


def _params(info: Info, given: Mapping[str, Any]) -> Params:
    """What is asked for of the items a function tells of."""
    type = get_named_type(info.return_type)
    if isinstance(type, GraphQLObjectType) and any(READS in f.extensions for f in type.fields.values()):
        return params_of(info, info.context.session.catalog.collection(type.name), {})
    return read(sent(given), body=True)


def _done(info: Info, given: Mapping[str, Any]) -> Any:
    """What is told of something that has nothing to tell: that it is done, or to what."""
    is_flag = isinstance(get_named_type(info.return_type), GraphQLScalarType)
    return True if is_flag else dict(given) if "data" not in given else None


def _contents(answer: Response) -> Any:
    if "json" in (answer.mimetype or ""):
        return orjson.loads(answer.get_data())
    return answer.get_data(as_text=True) or True


def _shape(path: str) -> str:
    return _HOLE.sub("{}", path)


def _function(text: str) -> Function:
    text, _, body = text.partition(" = ")
    method, path = text.split(" ")
    route = next(r for r in ROUTES if r.method == method and _shape(r.path) == _shape(path))
    variables = [found[1] for found in _HOLE.finditer(route.path)]
    return Function(route, dict(zip((f[2] for f in _HOLE.finditer(path)), variables, strict=True)), body)


class Functions:
    """The fields that the text above adds to the roots; ``known`` are the types it names and does not make."""

    def __init__(self, known: Iterable[GraphQLNamedType]) -> None:
        self.types: dict[str, Any] = {type.name: type for type in (*STANDARD, *known)}
        self.roots: dict[str, Any] = {}
        for node in parse(SDL).definitions:
            if isinstance(node, ObjectTypeExtensionNode):
                self.roots[node.name.value] = node
            elif isinstance(node, EnumTypeDefinitionNode):
                values = {value.name.value: GraphQLEnumValue(value.name.value) for value in node.values or ()}
                self.types[node.name.value] = GraphQLEnumType(node.name.value, values)
            elif isinstance(node, InputObjectTypeDefinitionNode):
                self.types[node.name.value] = self._input(node)
            elif isinstance(node, ObjectTypeDefinitionNode):
                self.types[node.name.value] = self._object(node)

    def of_root(self, root: str) -> Iterator[tuple[str, GraphQLField]]:
        """The functions of Query or Mutation."""
        extensions = {ALONE: True} if root == "Mutation" else {}
        for name, node in self._fields(self.roots[root]):
            arguments = {each.name.value: self._argument(each) for each in node.arguments or ()}
            resolve = _function(FUNCTIONS[name])
            yield name, GraphQLField(self._type(node.type), arguments, resolve=resolve, extensions=dict(extensions))

    def _object(self, node: ObjectTypeDefinitionNode) -> GraphQLObjectType:
        return GraphQLObjectType(
            node.name.value, lambda: {name: GraphQLField(self._type(each.type)) for name, each in self._fields(node)}
        )

    def _input(self, node: InputObjectTypeDefinitionNode) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            node.name.value,
            lambda: {name: GraphQLInputField(self._type(each.type)) for name, each in self._fields(node)},
        )

    @staticmethod
    def _fields(node: Any) -> Iterator[tuple[str, Any]]:
        return ((each.name.value, each) for each in node.fields or ())

    def _argument(self, node: InputValueDefinitionNode) -> GraphQLArgument:
        type = self._type(node.type)
        if node.default_value is None:
            return GraphQLArgument(type)
        return GraphQLArgument(type, default_value=value_from_ast_untyped(node.default_value))

    def _type(self, node: TypeNode) -> Any:
        if isinstance(node, NonNullTypeNode):
            return GraphQLNonNull(self._type(node.type))
        if isinstance(node, ListTypeNode):
            return GraphQLList(self._type(node.type))
        assert isinstance(node, NamedTypeNode)
        return self.types[node.name.value]
