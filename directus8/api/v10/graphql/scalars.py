"""Scalars by v10 type, and the names that clients use for them in the variables of their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLList,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    StringValueNode,
    ValueNode,
)
from graphql.pyutils import inspect

from directus8.api.graphql.scalars import JSON, Float, Int, moment

Date = moment("Date", "A moment or a day in ISO 8601: 2019-12-31T23:59:59.000Z, 2019-12-31.")
Hash = moment("Hash", "A text that is kept as its hash.")


def _number_or_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise GraphQLError(f"A number or a text is expected, not {inspect(value)}")
    return value


def _literal(node: ValueNode) -> Any:
    if not isinstance(node, (StringValueNode, IntValueNode, FloatValueNode)):
        raise GraphQLError("A number or a text is expected", node)
    return node.value


StringOrFloat = GraphQLScalarType(
    "GraphQLStringOrFloat",
    coerce_input_value=_number_or_text,
    coerce_input_literal=_literal,
    description="A number, or a text that stands for one.",
)
BigInt = GraphQLScalarType(
    "GraphQLBigInt",
    coerce_output_value=str,
    coerce_input_value=_number_or_text,
    coerce_input_literal=_literal,
    description="A whole number of 64 bits, told as text because JavaScript's numbers end at 53.",
)
#: v10 type → scalar; all others are texts.
BY_TYPE: Mapping[str, Any] = {
    "integer": Int,
    "bigInteger": BigInt,
    "float": Float,
    "boolean": GraphQLBoolean,
    "json": JSON,
    "csv": GraphQLList(GraphQLString),
    "timestamp": Date,
    "dateTime": Date,
    "date": Date,
    "hash": Hash,
}
NUMBERS = ("integer", "bigInteger", "float")
MOMENTS = ("timestamp", "dateTime", "date", "time")


def of(type: str) -> Any:
    """The scalar of a v10 type."""
    return BY_TYPE.get(type, GraphQLString)


__all__ = ["BY_TYPE", "JSON", "MOMENTS", "NUMBERS", "BigInt", "Date", "Float", "Hash", "Int", "StringOrFloat", "of"]
