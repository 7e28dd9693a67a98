"""From the selection set of a root field to the parameters of one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLObjectType, get_argument_values, get_named_type

from directus8.api.graphql.outputs import Info
from directus8.api.graphql.selection import selected
from directus8.api.v10.graphql.inputs import as_sent
from directus8.api.v10.graphql.outputs import READS, Reads, called
from directus8.api.v10.params import Params, read
from directus8.schema.catalog import Collection

Nodes = Sequence[FieldNode]
LISTED = ("filter", "sort", "limit", "offset", "page", "search")


@dataclass(slots=True)
class Asked:
    """One level of a query as REST would ask: fields, their other names, what is said of the levels below."""

    fields: list[str] = field(default_factory=list)
    alias: dict[str, str] = field(default_factory=dict)
    deep: dict[str, Any] = field(default_factory=dict)


def params_of(info: Info, collection: Collection, given: Mapping[str, Any]) -> Params:
    """The parameters of the query a root field stands for. InvalidQuery."""
    type = get_named_type(info.return_type)
    asked = _asked(type, info.field_nodes, info) if isinstance(type, GraphQLObjectType) else Asked()
    key = collection.key.name if collection.key else collection.columns[0].name
    return read({**sent(given), "fields": asked.fields or [key], "alias": asked.alias, "deep": asked.deep}, body=True)


def sent(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a list as REST takes them."""
    return {name: as_sent(given[name]) for name in LISTED if given.get(name) is not None}


def _asked(type: GraphQLObjectType, nodes: Nodes, info: Info) -> Asked:
    asked = Asked()
    for key, same in selected(nodes, info).items():
        definition = type.fields.get(same[0].name.value)
        reads: Reads | None = definition.extensions.get(READS) if definition is not None else None
        if definition is None or reads is None:
            continue
        if reads.calls:
            _call(asked, reads, same, info)
            continue
        if key != reads.name:
            asked.alias[key] = reads.name
        target = get_named_type(definition.type)
        if reads.related is None or not isinstance(target, GraphQLObjectType):
            asked.fields.append(key)
            continue
        below = _asked(target, same, info)
        asked.fields += [f"{key}.{name}" for name in below.fields or [_something(target)]]
        arguments = get_argument_values(definition, same[0], info.variable_values) if same[0].arguments else {}
        said = {f"_{name}": value for name, value in sent(arguments).items()}
        asked.deep[key] = {**below.deep, "_alias": below.alias, **said}
    return asked


def _call(asked: Asked, reads: Reads, nodes: Nodes, info: Info) -> None:
    for same in selected(nodes, info).values():
        function = same[0].name.value
        if not function.startswith("__"):
            name = called(reads.name, function)
            asked.fields.append(name)
            asked.alias[name] = f"{function}({reads.name})"


def _something(type: GraphQLObjectType) -> str:
    """Where nothing of an item is asked for, it still has to be there."""
    return next(
        (reads.name for f in type.fields.values() if (reads := f.extensions.get(READS)) and not reads.related), "*"
    )


# --- aggregates ------------------------------------------------------------------------------------------------


def aggregate_of(info: Info, given: Mapping[str, Any]) -> Params:
    """The parameters of the summary a root field stands for."""
    type = get_named_type(info.return_type)
    assert isinstance(type, GraphQLObjectType)
    aggregate: dict[str, list[str]] = {}
    for same in selected(info.field_nodes, info).values():
        function = same[0].name.value
        if function == "countAll":
            aggregate[function] = ["*"]
        elif function != "group" and not function.startswith("__"):
            target = get_named_type(type.fields[function].type)
            assert isinstance(target, GraphQLObjectType)
            listed = aggregate.setdefault(function, [])
            for below in selected(same, info).values():
                reads = target.fields[below[0].name.value].extensions[READS] if _ours(below[0]) else None
                if reads is not None and reads.name not in listed:
                    listed.append(reads.name)
    aggregate = {function: listed for function, listed in aggregate.items() if listed}
    group = [each for each in given.get("groupBy") or () if each]
    if not aggregate and not group:
        aggregate["countAll"] = ["*"]
    return read({**sent(given), "aggregate": aggregate, "groupBy": group}, body=True)


def _ours(node: FieldNode) -> bool:
    return not node.name.value.startswith("__")
