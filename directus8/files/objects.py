"""Contents in an object store: S3 and its kin, Azure, Google Cloud, through obstore.

A store must not be opened before a fork, so each process opens its own at the first use.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import AzureStore, GCSStore, S3Store

from directus8.config.table import Storage as Told
from directus8.files.slots import slots
from directus8.files.storage import CHUNK, FileMissing, NameTaken, Stat, StorageDown, Stores, segments

#: Parts in which large contents are sent, and how many at once.
_PART, _PARALLEL = 8 * 1024 * 1024, 2


class ObjectStorage:
    """A prefix in a bucket or container."""

    def __init__(self, open_store: Callable[[], Any], prefix: str, cache_control: str = "") -> None:
        self._open = open_store
        self._prefix = [part for part in prefix.split("/") if part not in ("", ".")]
        self._attributes: Any = {"Cache-Control": cache_control} if cache_control else None
        self._store: Any = None
        self._process = 0

    @property
    def store(self) -> Any:
        """The store of this process."""
        if self._process != os.getpid():
            self._store, self._process = self._open(), os.getpid()
        return self._store

    def create(self, path: str, chunks: Iterable[bytes]) -> None:
        """Keeps a new content; it is seen when its last part has arrived. NameTaken."""
        if self.stat(path) is not None:
            raise NameTaken(path=path)
        sent = _Chunks(chunks)
        try:
            with _called(path):
                obstore.put(
                    self.store, self._at(path), sent, attributes=self._attributes, chunk_size=_PART,
                    max_concurrency=_PARALLEL,
                )  # fmt: skip
        except BaseException:
            raise sent.trouble or _current() from None
        if sent.trouble:
            raise sent.trouble

    def stat(self, path: str) -> Stat | None:
        """What is known of a content; None if there is none."""
        try:
            with _called(path):
                return _stat(obstore.head(self.store, self._at(path)))
        except FileMissing:
            return None

    def read(self, path: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content or a part of it. FileMissing, before the first chunk is asked for."""
        if length == 0:
            return iter(())
        options: Any = None
        if start or length is not None:
            options = {"range": {"offset": start} if length is None else [start, start + length]}
        with _called(path):
            found = obstore.get(self.store, self._at(path), options=options)
        return _chunks(path, found)

    def copy(self, source: str, target: str) -> None:
        """The same content under a second name, made by the store itself. FileMissing, NameTaken."""
        if self.stat(target) is not None:
            raise NameTaken(path=target)
        with _called(source):
            obstore.copy(self.store, self._at(source), self._at(target))

    def move(self, source: str, target: str) -> None:
        """Renames: a copy, then the end of the first. FileMissing."""
        with _called(source):
            obstore.copy(self.store, self._at(source), self._at(target))
            obstore.delete(self.store, self._at(source))

    def delete(self, path: str) -> None:
        """Removes a content; none is fine."""
        try:
            with _called(path):
                obstore.delete(self.store, self._at(path))
        except FileMissing:
            return

    def folders(self) -> list[str]:
        """The folders at the top."""
        prefix = "/".join(self._prefix)
        with _called(prefix):
            found = obstore.list_with_delimiter(self.store, prefix or None)
        return sorted(str(p).rstrip("/").rpartition("/")[2] for p in found["common_prefixes"])

    def ages(self, folder: str) -> dict[str, float]:
        """When each content directly in a folder was last changed, by path; nothing for no folder."""
        with _called(folder):
            found = obstore.list_with_delimiter(self.store, self._at(folder))["objects"]
        return {f"{folder}/{str(m['path']).rpartition('/')[2]}": m["last_modified"].timestamp() for m in found}

    def _at(self, path: str) -> str:
        return "/".join([*self._prefix, *segments(path)])


class _Chunks:
    """Chunks on their way into the store; an exception of theirs is kept, not wrapped."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.trouble: BaseException | None = None

    def __iter__(self) -> _Chunks:
        return self

    def __next__(self) -> bytes:
        slots.moved()
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except BaseException as error:
            self.trouble = error
            raise


def _current() -> BaseException:
    import sys

    error = sys.exception()
    assert error is not None
    return error


def _stat(meta: Mapping[str, Any]) -> Stat:
    modified = meta["last_modified"].timestamp()
    tag = str(meta.get("e_tag") or f"{modified:x}-{meta['size']:x}").strip('"')
    return Stat(int(meta["size"]), modified, f"{tag}-{int(modified):x}")


def _chunks(path: str, found: Any) -> Iterator[bytes]:
    coming = iter(found.stream(min_chunk_size=CHUNK))
    while True:
        with _called(path):
            chunk = next(coming, None)
        if chunk is None:
            return
        yield bytes(chunk)


@contextmanager
def _called(path: str) -> Iterator[None]:
    """A call to the store: it has a place to wait in, and its trouble is told in our own words."""
    try:
        with slots.taken():
            yield
    except (NotFoundError, FileNotFoundError):
        raise FileMissing(path=path) from None
    except AlreadyExistsError:
        raise NameTaken(path=path) from None
    except (BaseError, OSError, ValueError) as error:
        raise StorageDown() from error


# --- opening ---------------------------------------------------------------------------------------------------


def open_objects(told: Told) -> Stores:
    """The storages of a project's configuration."""
    openers = {"s3": _s3, "aliyun-oss": _oss, "azure": _azure, "gcs": _gcs}
    opened, cache = openers[told.adapter](told), told.options.cache_control
    return Stores(ObjectStorage(opened, told.root, cache), ObjectStorage(opened, told.thumb_root, cache))


def _calls(told: Told, insecure: bool) -> dict[str, Any]:
    """How any store is called: what fails at once is tried again, what hangs is not."""
    silence = timedelta(seconds=told.timeout)
    times = {"timeout": "600s", "connect_timeout": min(silence, timedelta(seconds=5)), "read_timeout": silence}
    return {
        "client_options": {**times, "allow_http": insecure},
        "retry_config": {"max_retries": 3, "retry_timeout": silence},
    }


def _s3(told: Told) -> Callable[[], Any]:
    return _aws(told, told.bucket, told.region or "us-east-1", told.endpoint, told.key, told.secret, False)


def _oss(told: Told) -> Callable[[], Any]:
    """Aliyun OSS speaks S3 where the bucket is part of the host's name."""
    host = told.oss_endpoint.removeprefix("https://").removeprefix("http://").strip("/")
    scheme = "http" if told.oss_endpoint.startswith("http://") else "https"
    address = f"{scheme}://{told.oss_bucket}.{host}"
    return _aws(told, told.oss_bucket, "oss", address, told.oss_access_id, told.oss_access_key, True)


def _aws(
    told: Told, bucket: str, region: str, endpoint: str, key: str, secret: str, in_host: bool
) -> Callable[[], Any]:
    options: dict[str, Any] = {"region": region, "virtual_hosted_style_request": in_host}
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    if key:
        options.update(access_key_id=key, secret_access_key=secret)
    calls = _calls(told, endpoint.startswith("http://"))
    return lambda: S3Store(bucket, **calls, **options)


def _azure(told: Told) -> Callable[[], Any]:
    options, insecure = azure_options(told.azure_connection_string)
    calls = _calls(told, insecure)
    return lambda: AzureStore(told.azure_container, **calls, **options)


def azure_options(connection: str) -> tuple[dict[str, Any], bool]:
    """A connection string as options, and whether it goes without encryption."""
    parts = dict(p.split("=", 1) for p in connection.split(";") if "=" in p)
    name, key, endpoint = parts.get("AccountName"), parts.get("AccountKey"), parts.get("BlobEndpoint")
    options: dict[str, Any] = {"account_name": name} if name else {}
    if key:
        options["account_key"] = key
    if token := parts.get("SharedAccessSignature"):
        options["sas_key"] = token
    scheme = parts.get("DefaultEndpointsProtocol", "https")
    if not endpoint and (suffix := parts.get("EndpointSuffix")) not in (None, "core.windows.net"):
        endpoint = f"{scheme}://{name}.blob.{suffix}"
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    return options, bool(endpoint and endpoint.startswith("http://"))


def _gcs(told: Told) -> Callable[[], Any]:
    """``key`` is the service account: a file, or its JSON; empty for that of the machine."""
    given = told.key.strip()
    options: dict[str, Any] = {"service_account_key": given} if given.startswith("{") else {}
    if given and not options:
        options["service_account_path"] = given
    calls = _calls(told, '"http://' in given)  # a server of one's own, named in the account
    return lambda: GCSStore(told.bucket, **calls, **options)
