"""/{project}/assets, /uploads and /downloads: the bytes of files. Source: files_assets.md §9, §11."""

from __future__ import annotations

from directus8.api.http.response import Response
from directus8.api.v8.contents import send
from directus8.api.v8.request import V8Request
from directus8.api.v8.router import route
from directus8.errors import ItemNotFound, NotFound
from directus8.files import kinds
from directus8.files.storage import HIDDEN, InvalidName
from directus8.project import Project
from directus8.services.assets import Asset, AssetsService
from directus8.validation import natural_number

#: How long browsers may keep what lies under /uploads and /downloads.
_UPLOADS, _DOWNLOADS = "max-age=31536000", 86400
#: Shown as text, whatever their name says (the original's own web server rules).
_AS_TEXT = frozenset({"text/html", "application/xhtml+xml", "application/x-httpd-php", "text/x-shellscript"})
_AS_TEXT_NAMES = (
    "php", "phps", "php3", "php4", "php5", "phtml", "html", "htm", "shtml", "xhtml", "xht", "cgi", "pl", "xml", "xsl",
    "xslt", "js", "mjs",
)  # fmt: skip


def _attached(request: V8Request, media: str) -> bool:
    """Is a content only to be saved? A drawing is shown (without scripts) unless the project is hardened."""
    if media == "image/svg+xml":
        return request.project.config.security.hardened
    return media in kinds.ACTIVE


def _cache(request: V8Request, otherwise: str | None) -> str | None:
    if request.project.config.storage.private:
        return "private, no-cache"
    return otherwise


def _open_to_all(project: Project) -> bool:
    return not project.config.storage.private


@route("GET", "/assets/<alias>", anonymous=_open_to_all)
def asset(request: V8Request, alias: str) -> Response:
    """The original, or the image asked for."""
    found = AssetsService(request.session).asset(alias, request.query)
    seconds = _seconds(request, "thumbnail_cache_ttl")
    cache = _cache(request, f"max-age={seconds}, public" if seconds is not None else None)
    return send(request.http, found, cache, attachment=_attached(request, found.media))


@route("GET", "/uploads/<project>/originals/<path:path>", anonymous=_open_to_all, root=True)
def upload(request: V8Request, path: str) -> Response:
    """An original by the name it is kept under."""
    found = _original(request, path)
    by_name = kinds.by_name(path)
    media = "text/plain" if by_name in _AS_TEXT or path.lower().endswith(_AS_TEXT_NAMES) else by_name
    shown = Asset(found.storage, found.path, found.stat, media, found.download)
    attachment = media == "image/svg+xml" and _attached(request, media)
    return send(request.http, shown, _cache(request, _UPLOADS), attachment=attachment, named=False)


@route("GET", "/downloads/<project>/<path:path>", anonymous=_open_to_all, root=True)
def download(request: V8Request, path: str) -> Response:
    """An original through the proxy of a project that asks for one."""
    if not request.project.config.storage.proxy_downloads:
        raise NotFound()
    found = _original(request, path)
    seconds = _seconds(request, "proxy_downloads_cache_ttl")
    cache = _cache(request, f"max-age={_DOWNLOADS if seconds is None else seconds}")
    return send(request.http, found, cache, attachment=_attached(request, found.media))


def _seconds(request: V8Request, setting: str) -> int | None:
    """A time that a setting tells; None for no number."""
    return natural_number(request.session.settings.get(setting))


@route("GET", "/uploads/<project>/generated/<path:path>", anonymous=_open_to_all, root=True)
def generated(request: V8Request, path: str) -> Response:
    """An image that was made before."""
    _, _, name = path.partition("/")
    row = AssetsService(request.session).find("filename_disk", name, request.query)
    storage = request.project.stores.generated
    stat = _visible(path) and storage.stat(path)
    if not stat:
        raise ItemNotFound()
    found = Asset(storage, path, stat, kinds.by_name(name), str(row["filename_download"]))
    return send(request.http, found, _cache(request, _UPLOADS), named=False)


def _original(request: V8Request, path: str) -> Asset:
    if not _visible(path):
        raise ItemNotFound()
    service = AssetsService(request.session)
    try:
        return service.original(service.find("filename_disk", path, request.query))
    except InvalidName:
        raise ItemNotFound() from None


def _visible(path: str) -> bool:
    return not any(part.startswith(HIDDEN) for part in path.split("/"))
