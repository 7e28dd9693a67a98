"""``directus8 import-config`` and ``directus8 adopt``: an existing Directus 8, taken over in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from directus8.cli.common import json_option, opened, progress, say, told
from directus8.config import Home, build_project, write_project, write_super_admin_token
from directus8.config.legacy import imported
from directus8.config.php import NotAnArray
from directus8.project import Project
from directus8.system.adoption import NotDirectus, Report, adopt, examine

TOKEN_FILE = "__api.json"


@click.command("import-config")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="Key of the project (the name of the file).")
@click.option("--database-url", help="Where the database is now, instead of what the file says.")
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the original's installation, that its storage folders are relative to (the one above FILE's).",
)
@click.option("--private/--listed", default=None, help="Whether the project is listed (a private.*.php is not).")
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
@json_option
def import_config(
    file: Path,
    key: str | None,
    database_url: str | None,
    base: Path | None,
    private: bool | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make config/KEY.toml of a PHP configuration. The file is read, never executed."""
    home = Home.find()
    named = file.name.removeprefix("private.").removesuffix(".php")
    hidden = file.name.startswith("private.") if private is None else private
    try:
        result = imported(file, database_url, base)
        with told():
            build_project(home, key or named, result.values, hidden, source=str(file))
            written = write_project(home, key or named, result.values, hidden, replace=force)
    except NotAnArray as error:
        raise click.ClickException(f"{file}: {error}") from error
    except FileExistsError as error:
        raise click.ClickException(f"there is a project {key or named} already; --force replaces it") from error
    if _take_token(home, file.parent / TOKEN_FILE):
        result.notices.append(f"the super admin token is kept in {home.token_file}")
    if as_json:
        click.echo(json.dumps({"key": key or named, "file": str(written), "notices": result.notices}, indent=2))
        return
    click.echo(f"{written} is written. Next: directus8 adopt {key or named}")
    for notice in result.notices:
        click.echo(f"  note: {notice}")


def _take_token(home: Home, file: Path) -> bool:
    """Copy the original's super admin token, unless there is one."""
    if home.token_file.exists() or not file.is_file():
        return False
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError:
        return False
    token = content.get("super_admin_token") if isinstance(content, dict) else None
    if not isinstance(token, str) or not token:
        return False
    write_super_admin_token(home, token)
    return True


@click.command("adopt")
@click.argument("key")
@click.option("--apply", "do_apply", is_flag=True, help="Add what is missing. Without it nothing is changed.")
@json_option
def adopt_command(key: str, do_apply: bool, as_json: bool) -> None:
    """Check that a Directus 8 database can be served in place."""
    with opened(key) as project:
        try:
            report = examine(project.database)
            files = _missing_files(project)
            if do_apply:
                with project.stamps.change(["schema", "access", "settings"]), progress(len(report.steps)) as shown:
                    adopt(project.database, report, lambda what: shown(1, what))
                project.stamps.forget()
        except NotDirectus as error:
            raise click.ClickException(str(error)) from error
    found = _as_json(report, files, do_apply)
    say(as_json, found, _as_text(key, found))


def _missing_files(project: Project) -> list[str]:
    """The files that stand in the database and not in the local storage."""
    from sqlalchemy import column, select, table

    from directus8 import names

    storage = project.config.storage
    if storage.adapter != "local":
        return []
    files = table(names.FILES, column("filename_disk"), column("embed"))
    with project.database.read() as connection:
        if names.FILES not in connection.dialect.reflect(connection):
            return []
        rows = connection.select(select(files.c.filename_disk).order_by(files.c.filename_disk))
    return [name for (name,) in rows if name and not (Path(storage.root) / name).is_file()]


def _as_json(report: Report, files: list[str], applied: bool) -> dict[str, Any]:
    return {
        "missing_upgrades": list(report.missing_migrations),
        "to_add": [] if applied else [step.what for step in report.steps],
        "added": [step.what for step in report.steps] if applied else [],
        "inconsistencies": list(report.inconsistencies),
        "missing_files": files,
        "rows": dict(report.counts),
    }


def _as_text(key: str, shown: dict[str, Any]) -> str:
    lines = [f"{sum(shown['rows'].values())} rows in {len(shown['rows'])} tables."]
    for title, name in (
        ("upgrade steps that this database lacks", "missing_upgrades"),
        ("missing, added by --apply", "to_add"),
        ("added", "added"),
        ("inconsistent (left as it is)", "inconsistencies"),
        ("files that are not in the storage", "missing_files"),
    ):
        if shown[name]:
            lines += [f"{title}:", *(f"  {each}" for each in shown[name])]
    more = f"Nothing was changed. Next: directus8 adopt {key} --apply"
    lines.append(more if shown["to_add"] else f"{key} can be served as it is.")
    return "\n".join(lines)
