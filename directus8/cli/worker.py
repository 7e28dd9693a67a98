"""``directus8 worker`` and ``directus8 webhooks``: delivering webhooks, and looking at what was delivered."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime

import click

from directus8.cli.common import json_option, opened, say
from directus8.config import Home, project_keys
from directus8.extensions import extend
from directus8.project import Outside
from directus8.registry import ProjectRegistry
from directus8.services.deliverer import deliver
from directus8.system import own
from directus8.webhooks import outbox

log = logging.getLogger("directus8.webhooks")
IDLE = 60.0  # seconds after which a project without messages is asked again


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--once", is_flag=True, help="Deliver what is due, then end.")
@click.option("--pause", type=float, default=1.0, show_default=True, help="Seconds between two looks.")
def worker(keys: tuple[str, ...], once: bool, pause: float) -> None:
    """Deliver the webhooks of all projects, or of KEYS. Any number of workers may run."""
    home = Home.find()
    registry = ProjectRegistry(home, outside=Outside(extend))
    again: dict[str, float] = {}
    try:
        while True:
            for key in keys or tuple(each.key for each in project_keys(home)):
                if again.get(key, 0) <= time.monotonic():
                    again[key] = time.monotonic() + _look(registry, key, pause)
            if once:
                return
            time.sleep(pause)
    finally:
        registry.close()


def _look(registry: ProjectRegistry, key: str, pause: float) -> float:
    """Delivers what is due in a project; seconds until the next look."""
    try:
        with registry.use(key) as project:
            if project is None:
                return IDLE
            deliver(project)
            return pause if project.state.webhooks else IDLE
    except Exception as error:
        log.error("the webhooks of %s can't be delivered now", key, exc_info=error)
        return IDLE


@click.group()
def webhooks() -> None:
    """Look after the deliveries of webhooks."""


@webhooks.command("log")
@click.argument("key")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@json_option
def log_command(key: str, limit: int, as_json: bool) -> None:
    """Tell the latest deliveries of project KEY."""
    with opened(key) as project:
        found = outbox.log(project.database, limit) if own.is_there(project.database, own.OUTBOX) else []
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found:
        made = datetime.fromtimestamp(each["made"], UTC).strftime("%Y-%m-%d %H:%M:%S")
        said = each["answered"] or each["error"] or ""
        click.echo(f"{made} {each['status']:9} {each['event']} {each['collection']} → {each['url']} {said}")


@webhooks.command("retry")
@click.argument("key")
@json_option
def retry(key: str, as_json: bool) -> None:
    """Deliver what waits in project KEY at once."""
    with opened(key) as project:
        count = outbox.retry(project.database, int(time.time())) if own.is_there(project.database, own.OUTBOX) else 0
    say(as_json, {"due": count}, f"{count} deliveries are due now.")
