"""``directus8 schema``: check and repair it, carry it elsewhere, take over tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from directus8.cli.common import json_option, opened, say
from directus8.context import SYSTEM_ACCOUNTABILITY
from directus8.errors import InvalidRequest
from directus8.project import Project
from directus8.schema import check, edit
from directus8.schema.snapshot import Snapshot
from directus8.services import adopt, snapshot
from directus8.services.session import Session

STAMPS = ("access", "schema", "settings")


@click.group()
def schema() -> None:
    """Check, compare and carry schemas; take over plain tables."""


@schema.command("check")
@click.argument("project")
@click.option("--repair", is_flag=True, help="Take back unfinished edits and delete the rows that fit nothing.")
@json_option
def check_command(project: str, repair: bool, as_json: bool) -> None:
    """Name what is metadata only, or an edit half done. Exit code 1 if there is any."""
    with opened(project) as found:
        problems = repaired(found) if repair else problems_of(found)
    lines = [f"{'repaired: ' if repair else ''}{problem}" for problem in problems]
    say(as_json, {"problems": problems, "repaired": repair}, "\n".join(lines) or "Tables and metadata agree.")
    if problems and not repair:
        raise SystemExit(1)


def problems_of(project: Project) -> list[str]:
    """What is wrong with a project's schema."""
    with project.database.read() as connection:
        begun = [f"an edit of {name} was never finished" for name in check.unfinished(connection)]
        return begun + [orphan.text for orphan in check.orphans(connection)]


def repaired(project: Project) -> list[str]:
    """What was wrong and no longer is."""
    with project.database.transaction(ddl=True) as connection:
        begun = [f"an edit of {name} was never finished" for name in edit.repair(connection)]
    with project.stamps.change(STAMPS), project.database.transaction() as connection:
        orphans = check.orphans(connection)
        check.mend(connection, orphans)
    return begun + [orphan.text for orphan in orphans]


@schema.command("snapshot")
@click.argument("project")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the screen.")
def snapshot_command(project: str, output: Path | None) -> None:
    """Write the schema as YAML. Collections, fields, relations, roles, permissions, presets, settings."""
    with opened(project) as found:
        text = dumped(snapshot.take(_session(found)))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@schema.command("diff")
@click.argument("project")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@json_option
def diff_command(project: str, file: Path, as_json: bool) -> None:
    """Tell what applying a snapshot would change. Exit code 1 if there is anything."""
    with opened(project) as found:
        changes = snapshot.plan(_session(found), loaded(file))
    lines = list(snapshot.lines(changes, removing=True))
    say(as_json, {"changes": lines}, "\n".join(lines) or "No difference.")
    if changes:
        raise SystemExit(1)


@schema.command("apply")
@click.argument("project")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--yes", "really", is_flag=True, help="Do it; otherwise only tell.")
@click.option("--remove", is_flag=True, help="Also remove what the snapshot does not have, with its data.")
@json_option
def apply_command(project: str, file: Path, really: bool, remove: bool, as_json: bool) -> None:
    """Make the schema of a project what a snapshot says."""
    with opened(project) as found:
        session, wanted = _session(found), loaded(file)
        changes = snapshot.plan(session, wanted)
        if really:
            snapshot.apply(session, wanted, removing=remove)
    _say_planned(as_json, list(snapshot.lines(changes, removing=remove)), really)


@schema.command("adopt-tables")
@click.argument("project")
@click.argument("tables", nargs=-1)
@click.option("--yes", "really", is_flag=True, help="Do it; otherwise only tell.")
@json_option
def adopt_command(project: str, tables: tuple[str, ...], really: bool, as_json: bool) -> None:
    """Take over plain tables (all that nobody manages).

    Columns become fields with types and interfaces, foreign keys become relations.
    """
    with opened(project) as found:
        adoption = adopt.adopt(_session(found), tables, really=really)
    _say_planned(as_json, list(adoption.lines()), really)


def _say_planned(as_json: bool, lines: list[str], really: bool) -> None:
    last = "Done." if really else "Nothing was changed: add --yes to do it."
    say(as_json, {"changes": lines, "done": really}, "\n".join([*lines, last]))


def _session(project: Project) -> Session:
    return Session(project, SYSTEM_ACCOUNTABILITY)


def dumped(taken: Snapshot) -> str:
    """A snapshot as YAML text."""
    return yaml.dump(dict(taken), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def loaded(file: Path) -> Any:
    """The snapshot in a YAML file."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{file} is no YAML: {error}") from error


class _Dumper(yaml.SafeDumper):
    """Without references: equal parts are written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
