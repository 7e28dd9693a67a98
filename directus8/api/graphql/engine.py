"""A document in, an answer out: validation, limits, execution, errors. Knows neither HTTP nor its mount.

``perform`` takes any schema made of our resolvers; ``execute`` is the whole of /gql.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    KnownOperationTypesRule,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from directus8 import errors
from directus8.api.graphql import limits as limited
from directus8.api.graphql.limits import Limits
from directus8.api.graphql.schema import Built, build
from directus8.api.graphql.view import Shape, View
from directus8.api.v8.reading import default_limit
from directus8.query.cache import PlanCache
from directus8.services.session import Session

logger = logging.getLogger("directus8.graphql")

Answer: TypeAlias = dict[str, Any]
#: An operation the schema has no root for is told in the original's words, see _operation.
RULES = tuple(rule for rule in specified_rules if rule is not KnownOperationTypesRule)
#: Longest document that is kept once it was found good.
KEPT = 20_000
#: Schemas kept per catalog.
SCHEMAS = 64
#: Marks root fields of mutations that have transactions of their own.
ALONE = "alone"
MASKED = ("Internal server error", {"category": "internal"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. ``reads_only``: nothing may be changed (GET)."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None
    reads_only: bool = False


#: A text as GraphQL writes it (left alone), or a name in single quotes.
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*")|'([^'"]*)'""")
#: How a known error is told: its message and its ``extensions``.
Tell: TypeAlias = Callable[[errors.Error], tuple[str, dict[str, Any]]]


def tell(error: errors.Error) -> tuple[str, dict[str, Any]]:
    """Message, code and HTTP status, as the other dialects have them."""
    return error.message, {"category": "directus", "code": error.code, "status": error.status}


def mask(error: errors.Error) -> tuple[str, dict[str, Any]]:
    """As the original tells whatever a resolver raises."""
    return MASKED


EVERYTHING = Shape(extended=True)


@dataclass(frozen=True, slots=True)
class Mount:
    """What one place of the API offers, and how it speaks."""

    shape: Shape = EVERYTHING
    limits: Limits = field(default_factory=Limits)
    tell: Tell = tell


class ReadsOnly(errors.MethodNotAllowed):
    """A mutation where nothing may be changed."""


@dataclass(slots=True)
class Context:
    """What resolvers get."""

    session: Session
    extended: bool = False
    failed: bool = False
    prepare: Callable[[], None] = lambda: None  # before the transaction of a mutation begins

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A part of a mutation; after one that failed none is carried out any more."""
        if self.failed:
            raise errors.UnprocessableEntity("Not carried out: another part of the mutation failed")
        try:
            yield
        except BaseException:
            self.failed = True
            raise


class Invalid(Exception):
    """A document that is not run at all, and why."""

    def __init__(self, found: Sequence[GraphQLError]) -> None:
        self.found = tuple(found)


class _Failed(Exception):
    """Takes a mutation's transaction back."""

    def __init__(self, result: ExecutionResult) -> None:
        self.result = result


def schema_of(session: Session, shape: Shape) -> Built:
    """The schema of the caller's role, made once per catalog and rules."""
    return kept_schema(session, shape, lambda: build(View(session.catalog, session.rules, shape)))


def kept_schema(session: Session, shape: Hashable, make: Callable[[], Built]) -> Built:
    """A schema made for the caller's role, kept with the catalog it was made from."""
    kept: PlanCache = session.plans.get("graphql", lambda: PlanCache(SCHEMAS))

    def reported() -> Built:
        made = make()
        for problem in made.problems:
            logger.warning("left out of GraphQL in project %s: %s", session.project.key, problem)
        return made

    built: Built = kept.get((session.rules, shape), reported)
    return built


def execute(session: Session, request: Request, mount: Mount) -> Answer:
    """The answer to a document. Unauthorized or Forbidden for a caller who may neither read nor write anything."""
    built = schema_of(session, mount.shape)
    if built.is_empty:
        raise errors.Unauthorized() if session.who.is_public else errors.Forbidden()
    context = Context(session, mount.shape.extended)
    try:
        result = perform(context, built, request, mount.limits, default_limit(session))
    except Invalid as invalid:
        return {"errors": [_told(error, mount.tell) for error in invalid.found]}
    return _answer(result, mount)


# --- before anything is run ------------------------------------------------------------------------------------


def perform(context: Context, built: Built, request: Request, limits: Limits, rows: int) -> ExecutionResult:
    """Runs a document; ``rows`` is the length of a list without a limit. Invalid, ReadsOnly."""
    try:
        document = _document(built, request.query, limits)
        operation = _operation(built, document, request)
        limited.check(limits, built.schema, document, operation, request.variables, rows)
    except GraphQLError as error:
        raise Invalid([error]) from error
    return _run(context, built, document, operation, request)


def _document(built: Built, text: str, limits: Limits) -> DocumentNode:
    """The parsed document, found valid. GraphQLError, Invalid."""

    def make() -> DocumentNode:
        document = parse(text, max_lexical_tokens=limited.TOKENS, allow_empty_selection_sets=False)
        rules = RULES if limits.introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        if found := validate(built.schema, document, rules, max_errors=20):
            raise Invalid(found)
        return document

    if len(text) > KEPT:
        return make()
    document: DocumentNode = built.documents.get((limits.introspection, text), make)
    return document


def _operation(built: Built, document: DocumentNode, request: Request) -> OperationDefinitionNode:
    operation = get_operation_ast(document, request.operation)
    if operation is None:
        if request.operation:
            raise GraphQLError(f'Unknown operation named "{request.operation}".')
        raise GraphQLError("Must provide operation name if query contains multiple operations.")
    if built.schema.get_root_type(operation.operation) is None:
        raise GraphQLError(f"Schema is not configured for {_PLURAL[operation.operation]}.", operation)
    if request.reads_only and operation.operation is not OperationType.QUERY:
        raise ReadsOnly()
    return operation


_PLURAL = {
    OperationType.QUERY: "queries",
    OperationType.MUTATION: "mutations",
    OperationType.SUBSCRIPTION: "subscriptions",
}


# --- running ---------------------------------------------------------------------------------------------------


def _run(
    context: Context, built: Built, document: DocumentNode, operation: OperationDefinitionNode, request: Request
) -> ExecutionResult:
    def run() -> ExecutionResult:
        return _checked(
            execute_sync(
                built.schema,
                document,
                context_value=context,
                variable_values=dict(request.variables),
                operation_name=request.operation,
            )
        )

    if operation.operation is not OperationType.MUTATION or _works_alone(built, document, operation):
        return run()
    context.prepare()
    try:
        with context.session.transaction():
            result = run()
            if result.errors:
                raise _Failed(result)
            return result
    except _Failed as failed:
        return ExecutionResult(None, failed.result.errors)


def _works_alone(built: Built, document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Is there a part that can't be in one transaction with others, as a log-in can't?"""
    root = built.schema.mutation_type
    parts = limited.fields_of(operation.selection_set, limited.fragments_of(document))
    return root is not None and any(ALONE in root.fields[part.name.value].extensions for part in parts)


def _checked(result: ExecutionResult) -> ExecutionResult:
    """The result; what makes all of it void is raised: an outage, or a schema that changed meanwhile."""
    for error in result.errors or ():
        if isinstance(error.original_error, errors.Error) and error.original_error.status == 503:
            raise error.original_error
    return result


# --- telling ---------------------------------------------------------------------------------------------------


def _answer(result: ExecutionResult, mount: Mount) -> Answer:
    if not result.errors:
        return {"data": result.data}
    return {"errors": [_told(error, mount.tell) for error in result.errors], "data": result.data}


def _told(error: GraphQLError, tell: Tell) -> Answer:
    message, extensions = _words(error, tell)
    told: Answer = {"message": message, "extensions": extensions}
    if error.locations:
        told["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        told["path"] = error.path
    return told


def _words(error: GraphQLError, tell: Tell) -> tuple[str, dict[str, Any]]:
    original = error.original_error
    if isinstance(original, errors.Error):
        if original.status >= 500:
            logger.error("%s: %s", type(original).__name__, original, exc_info=original)
            return MASKED
        return tell(original)
    if original is None or isinstance(original, GraphQLError):
        return requoted(error.message), {"category": "graphql"}
    logger.error("a field could not be resolved", exc_info=original)
    return MASKED


def requoted(message: str) -> str:
    """Names in double quotes, as other implementations have them; the library takes single ones."""
    return _QUOTED.sub(lambda found: found[1] or f'"{found[2]}"', message)
