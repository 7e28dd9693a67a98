"""``directus8 user``: make users and set passwords, past every permission."""

from __future__ import annotations

import secrets

import click
from sqlalchemy import column, insert, select, table, update

from directus8 import names
from directus8.auth.passwords import hash_password
from directus8.cli.common import json_option, opened, say
from directus8.project import Project
from directus8.system import policy
from directus8.system.sessions import end_sessions

COLUMNS = ("id", "status", "role", "email", "password", "token", "password_reset_token")
users = table(names.USERS, *map(column, COLUMNS))
roles = table(names.ROLES, column("id"))
STAMPS = ("access", "sessions", f"data:{names.USERS}")


@click.group()
def user() -> None:
    """Make users and set passwords."""


_password = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given."
)


@user.command("create")
@click.argument("project")
@click.option("--email", required=True)
@_password
@click.option("--role", type=int, default=1, show_default=True, help="Id of the role; 1 is the administrator's.")
@json_option
def create_command(project: str, email: str, password: str, role: int, as_json: bool) -> None:
    """Make an active user."""
    with opened(project) as found:
        if not create_user(found, email, password, role):
            raise click.ClickException(f"there is no role {role}")
    say(as_json, {"email": email, "role": role}, f"The user {email} is ready.")


@user.command("password")
@click.argument("project")
@click.option("--email", required=True)
@_password
@json_option
def password_command(project: str, email: str, password: str, as_json: bool) -> None:
    """Set the password of a user."""
    with opened(project) as found:
        if not set_password(found, email, password):
            raise click.ClickException(f"there is no user {email}")
    say(as_json, {"email": email}, f"The password of {email} is set.")


@user.command("token")
@click.argument("project")
@click.option("--email", required=True)
@click.option("--token", help="The token; a random one if not given.")
@click.option("--remove", is_flag=True, help="Take the token away.")
@json_option
def token_command(project: str, email: str, token: str | None, remove: bool, as_json: bool) -> None:
    """Give a user a static token, and print it."""
    given = None if remove else token or secrets.token_urlsafe(24)
    with opened(project) as found:
        if not set_token(found, email, given):
            raise click.ClickException(f"there is no user {email}")
    say(as_json, {"email": email, "token": given}, given or f"The token of {email} is gone.")


def set_token(project: Project, email: str, token: str | None) -> bool:
    """Set or remove a user's static token; False if there is no such user."""
    with project.stamps.change(STAMPS), project.database.transaction() as connection:
        found = connection.select(select(users.c.id).where(users.c.email == email))
        connection.run(update(users).where(users.c.email == email).values(token=token))
    return bool(found)


def create_user(project: Project, email: str, password: str, role: int) -> bool:
    """Add an active user; False if there is no such role."""
    values = {"status": "active", "role": role, "email": email, "password": _hashed(project, password)}
    with project.stamps.change(STAMPS), project.database.transaction() as connection:
        found = connection.select(select(roles.c.id).where(roles.c.id == role))
        if found:
            connection.run(insert(users).values(values))
    return bool(found)


def set_password(project: Project, email: str, password: str) -> bool:
    """Set a user's password and end his sessions; False if there is no such user."""
    hashed = _hashed(project, password)
    with project.stamps.change(STAMPS), project.database.transaction() as connection:
        found = connection.select(select(users.c.id).where(users.c.email == email))
        connection.run(update(users).where(users.c.email == email).values(password=hashed, password_reset_token=None))
        for (id,) in found:
            end_sessions(connection, id)
    return bool(found)


def _hashed(project: Project, password: str) -> str:
    """The hash of a password that the policy allows; InvalidRequest."""
    policy.enforce(password, project.state.settings.get("password_policy"))
    return hash_password(password, project.config.auth.bcrypt_cost)
