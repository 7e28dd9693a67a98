"""/interfaces, /layouts, /modules: what the admin app may load; /types: what fields may be.

Source: server_projects.md §1.2, extensions_hooks.md §1.
"""

from __future__ import annotations

from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.extensions.metas import KINDS, listed
from directus8.types.registry import LISTED


@route("GET", "/types", root=True, login=True)
def types(request: V8Request) -> Answer:
    """The field types."""
    return Answer([{"name": name} for name in LISTED])


def _mount(kind: str) -> None:
    @route("GET", f"/{kind}", root=True, login=True)
    def extensions(request: V8Request) -> Answer:
        return Answer(list(listed(request.project.config.app_extensions, kind)))


for _kind in KINDS:
    _mount(_kind)
