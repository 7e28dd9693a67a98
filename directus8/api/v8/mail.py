"""/{project}/mail. Source: users_roles_settings.md §6."""

from __future__ import annotations

from directus8 import validation
from directus8.api.v8.answer import Answer
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import UserNotAuthenticated
from directus8.services.mail import Mailer

RULES = {
    "body": [validation.required, validation.string],
    "to": [validation.required],
    "subject": [validation.string],
    "type": [validation.string],
    "data": [validation.array],
}


@route("POST", "/mail")
def send(request: V8Request) -> Answer:
    if request.session.who.is_public:
        raise UserNotAuthenticated()
    body = request.fields()
    validation.require(body, RULES)
    Mailer(request.session, request.key, request.root).send(
        body["to"],
        body["body"],
        body.get("subject"),
        plain=body.get("type") == "plain",
        data=body.get("data"),
        default_sender=bool(body.get("use_default_email")),
    )
    return Answer()
