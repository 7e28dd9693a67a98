"""The system's collections for extension authors: items with a few words of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, cast

from directus8 import DIRECTUS_VERSION, names
from directus8.context import Accountability
from directus8.errors import InvalidPayload
from directus8.extensions.items import ADMINISTRATOR, Desk, Item, ItemsService, Schema, desk
from directus8.files.incoming import Incoming
from directus8.mail import Address, Message
from directus8.services.assets import AssetsService as Assets
from directus8.services.comments import CommentsService
from directus8.services.files import FilesService as Files
from directus8.services.items import Options
from directus8.services.settings import SettingsService as Settings
from directus8.services.users import UsersService as Users

Who = Accountability | None
MEMORY = 4 * 1024 * 1024  # bytes of a stream that are kept in memory


class FilesService(ItemsService):
    """Files: rows and contents."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.FILES, schema=schema, accountability=accountability)

    def import_one(self, url: str, data: Mapping[str, Any] | None = None) -> Any:
        """Fetches a content from an address (also a film's) and keeps it; its key. Private addresses are refused."""
        return self.desk.do(lambda s: Files(s).upload({**(data or {}), "data": url}))

    def upload_one(self, stream: BinaryIO, data: Mapping[str, Any], key: Any = None) -> Any:
        """Keeps a stream of bytes under ``filename_download``; its key. With a ``key`` it replaces that content."""
        name = str(data.get("filename_download") or "")
        if not name:
            raise InvalidPayload('"filename_download" is required')
        kept = {n: v for n, v in data.items() if n not in ("type", "storage")}
        with tempfile.SpooledTemporaryFile(max_size=MEMORY) as held:
            shutil.copyfileobj(stream, held)
            content = Incoming(cast(BinaryIO, held), name, data.get("type"))
            if key is not None:
                return self.desk.do(lambda s: Files(s).replace(key, kept, content))
            return self.desk.do(lambda s: Files(s).upload(kept, content))

    def create_many(self, data: Sequence[Item], comment: str | None = None) -> list[Any]:
        """Keeps contents told by ``data``: text in base64, or an address; their keys."""
        with self.desk.together() as session:
            return [Files(session).upload(dict(each), options=Options(comment)) for each in data]

    def _update(self, changes: list[tuple[Any, Item]], comment: str | None) -> list[Any]:
        return self.desk.do(lambda s: Files(s).update(changes, Options(comment))) if changes else []

    def delete_many(self, keys: Sequence[Any], comment: str | None = None) -> list[Any]:
        """Deletes files with their contents, all or none; their keys."""
        if keys:
            self.desk.do(lambda s: Files(s).delete(list(keys), Options(comment)))
        return list(keys)

    def read_content(self, key: Any) -> bytes:
        """The content of a file."""
        return AssetsService(schema=self.schema, accountability=self.desk.who).get(key)


class AssetsService:
    """Contents and the images made of them."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk = desk(schema, accountability)

    def get(self, key: Any, transformation: Mapping[str, Any] | None = None) -> bytes:
        """The content of a file the caller may read; an image by a ``w``, ``h``, ``f``, ``q`` that is allowed."""
        row = FilesService(schema=self.schema, accountability=self.desk.who).read_one(key)
        session = self.desk.session()
        service = Assets(session)
        found = service.find("id", str(row["id"]), {}) if not transformation else None
        if found is not None:
            asset = service.original(found)
        else:
            by = "private_hash" if "private_hash" in row else "filename_download"
            wanted = {"f": "contain", "q": 80, **(transformation or {})}
            asset = service.asset(str(row[by]), {n: str(v) for n, v in wanted.items()})
        return b"".join(asset.storage.read(asset.path))


class UsersService(ItemsService):
    """Users."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.USERS, schema=schema, accountability=accountability)

    def invite_user(self, email: str | Sequence[str], role: Any = None, url: str | None = None) -> None:
        """Makes invited users of addresses and mails each a link."""
        emails = [email] if isinstance(email, str) else list(email)
        project = self.schema.project
        self.desk.do(lambda s: Users(s, project.key).invite(emails, project.config.public_url, role, url))


class RolesService(ItemsService):
    """Roles."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.ROLES, schema=schema, accountability=accountability)


class PermissionsService(ItemsService):
    """Permissions: a row per role, collection and status."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.PERMISSIONS, schema=schema, accountability=accountability)


class FoldersService(ItemsService):
    """Folders of files."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.FOLDERS, schema=schema, accountability=accountability)


class PresetsService(ItemsService):
    """Presets and bookmarks of collections."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.PRESETS, schema=schema, accountability=accountability)


class WebhooksService(ItemsService):
    """Webhooks."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.WEBHOOKS, schema=schema, accountability=accountability)


class RevisionsService(ItemsService):
    """Former states of items."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.REVISIONS, schema=schema, accountability=accountability)

    def revert(self, key: Any) -> Any:
        """Writes an item back as a revision has it; the key of the item."""
        row = self.read_one(key, {"fields": ["id", "collection", "item"]})
        from directus8.services.items import ItemsService as Items

        return self.desk.do(lambda s: Items(s, row["collection"]).revert(row["item"], row["id"]))


class ActivityService(ItemsService):
    """The log, and the comments in it."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.ACTIVITY, schema=schema, accountability=accountability)

    def comment(self, collection: str, item: Any, text: str) -> int:
        """Adds a comment to an item; its key."""
        given = {"collection": collection, "item": str(item), "comment": text}
        who = self.desk.who if self.desk.who.user_agent else replace(self.desk.who, user_agent="directus8")
        return Desk(self.desk.project, who).do(lambda s: CommentsService(s).create(given))


class SettingsService(ItemsService):
    """Settings, also by their names."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        super().__init__(names.SETTINGS, schema=schema, accountability=accountability)

    def read_settings(self) -> Item:
        """All settings by name, as what they mean."""

        def read(session: Any) -> Item:
            session.rules.read_filter(session.catalog.collection(names.SETTINGS))
            service = Settings(session)
            return {name: service.meant(name, value) for name, value in session.settings.items()}

        return self.desk.do(read)

    def update_settings(self, data: Mapping[str, Any]) -> None:
        """Changes settings by name, all or none; unknown ones are made."""
        with self.desk.together() as session:
            service = Settings(session)
            rows = self.read_by_query({"fields": ["id", "key"], "filter": {"key": {"in": list(data)}}})
            known = {row["key"]: row["id"] for row in rows}
            for name, value in data.items():
                if name in known:
                    service.update(str(known[name]), {"value": value})
                else:
                    service.create({"key": name, "value": value})


class MailService:
    """Mails of the project."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk = desk(schema, accountability)

    def send(
        self,
        to: str | Sequence[str],
        subject: str,
        *,
        html: str | None = None,
        text: str | None = None,
        template: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Sends a mail: ``html``, ``text``, or a ``template`` filled with ``data``; after the commit if one is due."""
        mail = self.schema.project.mail
        listed = [to] if isinstance(to, str) else list(to)
        session = self.desk.session()
        if template is not None:
            settings = {n: v for n, v in session.settings.items() if v not in (None, "")}
            html = mail.write(template, {"settings": settings, "api": {"project": session.project.key}, **(data or {})})
        message = Message(Address(mail.sender), tuple(map(Address, listed)), subject, text=text, html=html)
        if session.in_transaction:
            session.after_commit(lambda: mail.send(message))
        else:
            mail.send(message)


class ServerService:
    """What may be known of the server."""

    def __init__(self, *, schema: Schema, accountability: Who = ADMINISTRATOR) -> None:
        self.schema = schema
        self.desk: Desk = desk(schema, accountability)

    def server_info(self) -> Item:
        """The project's name; for users the version too."""
        project = self.schema.project
        info: Item = {"project": {"key": project.key, "project_name": project.state.settings.get("project_name")}}
        if not self.desk.who.is_public or self.desk.who.is_admin:
            info["directus"] = {"version": DIRECTUS_VERSION}
        return info

    def health(self) -> Item:
        """Does the database answer?"""
        with self.schema.project.database.read() as connection:
            answers = bool(connection.rows("SELECT 1"))
        return {"status": "ok" if answers else "error"}
