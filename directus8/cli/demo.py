"""``directus8 demo``: a project to try things on."""

from __future__ import annotations

import time

import click

from directus8.cli.common import opened, told
from directus8.cli.project import create_project
from directus8.config import Home, find_project, load_server
from directus8.demo import people, tour
from directus8.demo.build import fill, is_filled

KEY = "demo"


@click.command()
def demo() -> None:
    """Make the project "demo", a music shop, unless it is there. Prints how to use it."""
    home, start = Home.find(), time.monotonic()
    if find_project(home, KEY) is None:
        with told():
            create_project(KEY, people.ADMIN, people.PASSWORD, name="Chinook Music")
    with opened(KEY) as project:
        if not is_filled(project):
            fill(project)
            click.echo(f"The project {KEY} is made, in {time.monotonic() - start:.1f} s.")
    server = load_server(home)
    click.echo(_told(f"http://{server.host}:{server.port}"))


def _told(base: str) -> str:
    logins = [people.ADMIN, *(email for email, *_ in people.USERS)]
    requests = "\n\n".join(tour.requests(base))
    return (
        f"\n{base}/{KEY}/\n"
        f"\nLogins: {', '.join(logins)}; the password of each is {people.PASSWORD}\n"
        f"\nThree requests to try, once it is served:\n\n{requests}\n"
    )
