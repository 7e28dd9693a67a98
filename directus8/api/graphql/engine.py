"""A document in, an answer out: schema, validation, limits, execution, errors. Knows neither HTTP nor its mount."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
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
MASKED = ("Internal server error", {"category": "internal"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. ``reads_only``: nothing may be changed (GET)."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation: str | None = None
    reads_only: bool = False


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
    extended: bool
    failed: bool = False

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


class _Failed(Exception):
    """Takes a mutation's transaction back."""

    def __init__(self, result: ExecutionResult) -> None:
        self.result = result


def schema_of(session: Session, shape: Shape) -> Built:
    """The schema of the caller's role, made once per catalog and rules."""
    kept: PlanCache = session.plans.get("graphql", lambda: PlanCache(SCHEMAS))

    def make() -> Built:
        made = build(View(session.catalog, session.rules, shape))
        for problem in made.problems:
            logger.warning("left out of GraphQL in project %s: %s", session.project.key, problem)
        return made

    built: Built = kept.get((session.rules, shape), make)
    return built


def execute(session: Session, request: Request, mount: Mount) -> Answer:
    """The answer to a document. Unauthorized or Forbidden for a caller who may neither read nor write anything."""
    built = schema_of(session, mount.shape)
    if built.is_empty:
        raise errors.Unauthorized() if session.who.is_public else errors.Forbidden()
    try:
        document = _document(built, request.query, mount.limits)
        operation = _operation(built, document, request)
        limited.check(mount.limits, built.schema, document, operation, request.variables, default_limit(session))
    except GraphQLError as error:
        return {"errors": [_told(error, mount.tell)]}
    except _Invalid as invalid:
        return {"errors": [_told(error, mount.tell) for error in invalid.found]}
    result = _run(session, built, document, operation, request, mount)
    return _answer(result, mount)


# --- before anything is run ------------------------------------------------------------------------------------


class _Invalid(Exception):
    def __init__(self, found: list[GraphQLError]) -> None:
        self.found = found


def _document(built: Built, text: str, limits: Limits) -> DocumentNode:
    """The parsed document, found valid. GraphQLError, _Invalid."""

    def make() -> DocumentNode:
        document = parse(text, max_lexical_tokens=limited.TOKENS, allow_empty_selection_sets=False)
        rules = RULES if limits.introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        if found := validate(built.schema, document, rules, max_errors=20):
            raise _Invalid(found)
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
    session: Session,
    built: Built,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    request: Request,
    mount: Mount,
) -> ExecutionResult:
    context = Context(session, mount.shape.extended)

    def run() -> ExecutionResult:
        return execute_sync(
            built.schema,
            document,
            context_value=context,
            variable_values=dict(request.variables),
            operation_name=request.operation,
        )

    if operation.operation is not OperationType.MUTATION:
        return _checked(run())
    try:
        with session.transaction():
            result = _checked(run())
            if result.errors:
                raise _Failed(result)
            return result
    except _Failed as failed:
        return ExecutionResult(None, failed.result.errors)


def _checked(result: ExecutionResult) -> ExecutionResult:
    """The result; a schema that changed meanwhile is raised, for whoever can begin anew."""
    for error in result.errors or ():
        if isinstance(error.original_error, errors.SchemaChanged):
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
        return error.message, {"category": "graphql"}
    logger.error("a field could not be resolved", exc_info=original)
    return MASKED
