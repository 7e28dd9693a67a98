"""The scalars: the four of the original, and numbers that are told as they are.

GraphQL's own Int ends at 32 bits and its Float makes 9 to 9.0; clients of the original get the number as it is.
"""

from __future__ import annotations

import math
from typing import Any

import orjson
from graphql import (
    GraphQLError,
    GraphQLFloat,
    GraphQLInt,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    ValueNode,
    value_from_ast_untyped,
)
from graphql.pyutils import inspect

LARGEST = 2**63 - 1


def _number(value: Any) -> Any:
    """A number, also one that is stored as text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"Int cannot represent non-integer value: {inspect(value)}") from None


def _float(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return _number(value)
    return GraphQLFloat.coerce_output_value(value)


def _integer(value: Any) -> int:
    whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, bool) or not (isinstance(value, int) or whole) or abs(value) > LARGEST:
        raise GraphQLError(f"Int cannot represent non-integer value: {inspect(value)}")
    return int(value)


def _integer_literal(node: ValueNode) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("Int cannot represent non-integer value", node)
    return _integer(int(node.value[:40]))


def _named(name: str, made: GraphQLScalarType) -> GraphQLScalarType:
    """A scalar under a name the library keeps for its own. No schema of ours has both."""
    made.name = name
    return made


Int = _named(
    "Int",
    GraphQLScalarType(
        "_Int",
        coerce_output_value=_number,
        coerce_input_value=_integer,
        coerce_input_literal=_integer_literal,
        description=GraphQLInt.description,
    ),
)
Float = _named(
    "Float",
    GraphQLScalarType(
        "_Float",
        coerce_output_value=_float,
        coerce_input_value=GraphQLFloat.coerce_input_value,
        coerce_input_literal=GraphQLFloat.coerce_input_literal,
        description=GraphQLFloat.description,
    ),
)


def _told(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"A text is expected, not {inspect(value)}")
    return value


def _text_literal(node: ValueNode) -> str:
    if not isinstance(node, StringValueNode):
        raise GraphQLError("A text is expected", node)
    return node.value


def moment(name: str, description: str) -> GraphQLScalarType:
    """A scalar that is text both ways."""
    return GraphQLScalarType(
        name,
        coerce_output_value=_told,
        coerce_input_value=_text,
        coerce_input_literal=_text_literal,
        description=description,
    )


Date = moment("Date", "A day: 2019-12-31.")
Time = moment("Time", "A time of day: 23:59:59.")
Datetime = moment("Datetime", "A moment, as the API tells it: 2019-12-31 23:59:59 or 2019-12-31T23:59:59+00:00.")


def bounded(value: Any) -> Any:
    """A JSON value whose whole numbers fit 64 bits, as PHP held them."""
    if isinstance(value, dict):
        return {k: bounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [bounded(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -LARGEST - 1 <= value <= LARGEST:
        return float(value)
    return value


JSON = GraphQLScalarType(
    "JSON",
    coerce_output_value=lambda value: value,
    coerce_input_value=bounded,
    coerce_input_literal=lambda node: bounded(value_from_ast_untyped(node)),
    description="Any JSON value.",
)


def as_text(value: Any) -> Any:
    """What a field of type String tells of a value that is no text."""
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else value
