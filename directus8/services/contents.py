"""The contents that belong to file rows: where they are seen, and how they go when their row goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import ColumnClause, bindparam, column, func, select, table

from directus8 import names
from directus8.context import SYSTEM_ACCOUNTABILITY
from directus8.errors import Error
from directus8.files.storage import Stores
from directus8.files.thumbnails import whitelists
from directus8.files.urls import Addresses, Signer
from directus8.mutation.tree import DELETE, UPDATE

if TYPE_CHECKING:
    from directus8.project import Project
    from directus8.services.session import Session

Row: TypeAlias = Mapping[str, Any]
log = logging.getLogger("directus8.files")


def signer(project: Project) -> Signer:
    """Signs the addresses of private files."""
    return Signer(project.config.auth.secret_key.encode())


def told(session: Session) -> Callable[[Row], Any]:
    """Makes the ``data`` object of file rows, as this caller sees it."""
    config = session.project.config
    base, _, key = (session.address() or f"{config.public_url.rstrip('/')}/{session.project.key}").rpartition("/")
    system, own = whitelists(session.settings)
    private = config.storage.private and session.who is not SYSTEM_ACCOUNTABILITY
    return Addresses(
        base=base,
        key=key,
        root_url=config.storage.root_url,
        proxied=config.storage.proxy_downloads,
        by=alias_column(session.settings),
        thumbnails=(*system, *own),
        sign=partial(signer(session.project).sign, now=time.time()) if private else None,
    ).data


def alias_column(settings: Mapping[str, Any]) -> str:
    """The column by which /assets finds a file."""
    chosen = settings.get("asset_url_naming")
    return "filename_download" if chosen == "filename_download" else "private_hash"


def follow(session: Session, action: str, before: Row | None, after: Row) -> None:
    """Removes contents whose row is gone or has another name, once that is certain."""
    name = before and before.get("filename_disk")
    if not name or (action != DELETE and (action != UPDATE or after.get("filename_disk") == name)):
        return
    if not _is_used(session, str(name)):
        session.after_commit(partial(remove, session.project.stores, str(name)))


def _is_used(session: Session, name: str) -> bool:
    """Does another row have the same content?"""
    disk: ColumnClause[Any] = column("filename_disk")
    statement = select(func.count()).select_from(table(names.FILES, disk)).where(disk == bindparam(None, name))
    with session.connection() as connection:
        return bool(connection.select(statement)[0][0])


def remove(stores: Stores, name: str) -> None:
    """Deletes a content and all made of it. What can't be deleted is told in the log: the row is gone already."""
    try:
        stores.originals.delete(name)
        remove_generated(stores, name)
    except Error as error:
        log.error("%s was not removed from the storage: %s", name, error)


def remove_generated(stores: Stores, name: str) -> None:
    """Deletes the images made of an upload."""
    for folder in stores.generated.folders():
        stores.generated.delete(f"{folder}/{name}")
