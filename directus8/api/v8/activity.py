"""/{project}/activity/comment. Source: activity_revisions.md §3."""

from __future__ import annotations

from directus8 import names
from directus8.api.v8.answer import Answer
from directus8.api.v8.reading import answer_of, item_meta
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.filters import Condition
from directus8.query.ast import Entry, Node, Query
from directus8.services.comments import CommentsService


@route("POST", "/activity/comment")
def create_comment(request: V8Request) -> Answer:
    return _row(request, CommentsService(request.session).create(request.fields()))


@route("PATCH", "/activity/comment/<id>")
def update_comment(request: V8Request, id: str) -> Answer:
    return _row(request, CommentsService(request.session).update(id, request.fields()))


@route("DELETE", "/activity/comment/<id>")
def delete_comment(request: V8Request, id: str) -> Answer:
    CommentsService(request.session).delete(id)
    return Answer()


def _row(request: V8Request, id: int) -> Answer:
    """The whole log row: whoever wrote it may see it."""
    log = request.session.catalog.collection(names.ACTIVITY)
    node = Node(log.name, tuple(Entry(f.name) for f in log.columns))
    found = request.session.read(Query(node, Condition(("id",), "eq", id)), system=True)
    return answer_of(found[0], item_meta(log), request.params, [])
