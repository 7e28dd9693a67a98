"""``directus8 export``, ``import`` and ``project clone``: whole projects, from any database to any other."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click

from directus8 import DIRECTUS_VERSION
from directus8.cli.common import json_option, opened, progress, told
from directus8.config import Home, build_project, find_project, write_project
from directus8.project import Project
from directus8.provisioning import with_keys
from directus8.system import transfer

_url = click.option("--database-url", help="Address of the database (a file under projects/KEY).")
FILES = "files/"


@click.command("export")
@click.argument("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--no-files", is_flag=True, help="Leave the uploads out.")
@json_option
def export(key: str, file: Path, no_files: bool, as_json: bool) -> None:
    """Write a project, rows and uploads, into FILE (zip)."""
    partial = file.with_name(f".{file.name}.part")
    with opened(key) as project, possible():
        try:
            with Progress() as shown, partial.open("wb") as out:
                about = {"key": key, "version": DIRECTUS_VERSION}
                what = transfer.export(project.database, out, about, shown)
            files = 0 if no_files else _pack(project, partial)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    _done(f"{key} is written to {file}", shown, files, what.left_behind, as_json)


@click.command("import")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_url
@json_option
def import_(key: str, file: Path, database_url: str | None, as_json: bool) -> None:
    """Make a project of an exported FILE. Users keep their passwords; sessions and tokens do not go along."""
    with possible(), told(), _made(key, {"database": {"url": database_url}} if database_url else {}) as project:
        with Progress() as shown, file.open("rb") as source:
            transfer.load(project.database, source, shown)
        files = _unpack(project, file)
        project.stamps.forget()
    _done(f"The project {key} is ready: /{key}/", shown, files, (), as_json)


@click.command("clone")
@click.argument("key")
@click.argument("new")
@_url
@json_option
def clone(key: str, new: str, database_url: str | None, as_json: bool) -> None:
    """Make a project NEW with everything that KEY has. Its secrets are its own."""
    with opened(key) as project, possible(), told(), _made(new, _values(project, database_url)) as made:
        with Progress() as shown:
            what = transfer.copy(project.database, made.database, shown)
        files = _copy_files(project, made)
        made.stamps.forget()
    _done(f"The project {new} is ready: /{new}/", shown, files, what.left_behind, as_json)


@contextmanager
def possible() -> Iterator[None]:
    """Tell why something cannot be transferred."""
    try:
        yield
    except BadZipFile as error:
        raise click.ClickException("this is no exported project") from error
    except transfer.NotPossible as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _made(key: str, values: dict[str, Any]) -> Iterator[Project]:
    """A project that is to be filled: configured at the end, when all has gone well."""
    home = Home.find()
    if find_project(home, key) is not None:
        raise click.ClickException(f"there is a project {key} already")
    values = with_keys(values)
    project = Project(build_project(home, key, values, source=f"project {key}"))
    existed = project.folder.exists()
    try:
        yield project
        write_project(home, key, values, replace=False)
    except BaseException as error:
        project.close()
        if not existed:
            shutil.rmtree(project.folder, ignore_errors=True)
        if isinstance(error, FileExistsError):
            raise click.ClickException(f"there is a project {key} already") from error
        raise
    project.close()


def _values(project: Project, database_url: str | None) -> dict[str, Any]:
    """The settings of a project for its clone: all but where its data lie and its secrets."""
    file = find_project(Home.find(), project.key)
    values = tomllib.loads(file.path.read_text("utf-8")) if file else {}
    kept = {name: value for name, value in values.items() if name not in ("database", "storage", "auth")}
    social = values.get("auth", {}).get("social_providers")
    if social:
        kept["auth"] = {"social_providers": social}
    if database_url:
        kept["database"] = {"url": database_url}
    return kept


# --- uploads ---------------------------------------------------------------------------------------------------


def _originals(project: Project) -> Path | None:
    """The folder of the uploads, if they lie in one."""
    storage = project.config.storage
    return Path(storage.root) if storage.adapter == "local" else None


def _uploads(project: Project) -> list[Path]:
    folder = _originals(project)
    return sorted(f for f in folder.rglob("*") if f.is_file()) if folder and folder.is_dir() else []


def _pack(project: Project, archive: Path) -> int:
    folder, files = _originals(project), _uploads(project)
    with ZipFile(archive, "a") as out, progress(len(files)) as shown:
        for file in files:
            out.write(file, FILES + file.relative_to(folder or file.parent).as_posix())
            shown(1, file.name)
    return len(files)


def _unpack(project: Project, archive: Path) -> int:
    folder = _originals(project)
    if folder is None:
        return 0
    with ZipFile(archive) as source:
        names = [name for name in source.namelist() if name.startswith(FILES)]
        with progress(len(names)) as shown:
            for name in names:
                _unpack_one(source, name, folder)
                shown(1, name)
    return len(names)


def _unpack_one(source: ZipFile, name: str, folder: Path) -> None:
    target = (folder / name.removeprefix(FILES)).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise transfer.NotPossible(f"the archive holds a file outside of its folder: {name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open(name) as member, target.open("wb") as out:
        shutil.copyfileobj(member, out)


def _copy_files(project: Project, made: Project) -> int:
    source, target = _originals(project), _originals(made)
    files = _uploads(project) if target else []
    with progress(len(files)) as shown:
        for file in files:
            place = (target or file) / file.relative_to(source or file)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            shown(1, file.name)
    return len(files)


# --- telling ---------------------------------------------------------------------------------------------------


class Progress:
    """Counts rows, and shows on a terminal how far it is."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._shown = ExitStack()
        self._update: Callable[[int, str], None] = lambda rows, table: None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.close()

    def begin(self, rows: int) -> None:
        """The bar is so long."""
        self._update = self._shown.enter_context(progress(rows))

    def tell(self, table: str, rows: int) -> None:
        """So many rows more of a table have come."""
        self.rows[table] = self.rows.get(table, 0) + rows
        self._update(rows, table)


def _done(said: str, shown: Progress, files: int, left_behind: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"rows": shown.rows, "files": files, "left_behind": left_behind}, indent=2))
        return
    click.echo(f"{said} ({sum(shown.rows.values())} rows in {len(shown.rows)} tables, {files} files)")
    for each in left_behind:
        click.echo(f"  not taken along: {each}")
