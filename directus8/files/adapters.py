"""Which storage a project's configuration names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from directus8.config import ProjectConfig
from directus8.errors import Error
from directus8.files.local import LocalStorage
from directus8.files.storage import Stores


class StorageMissing(Error):
    """The storage the configuration names is not there."""

    code = 20
    text = "There is no storage adapter {name}"


def open_stores(config: ProjectConfig, more: Mapping[str, Callable[..., Any]]) -> Stores:
    """The storages of a project; nothing is connected before its first use. ``more``: adapters of extensions."""
    told = config.storage
    if told.extension:
        if told.extension not in more:
            raise StorageMissing(name=told.extension)
        return Stores(*more[told.extension](told))
    if told.adapter == "local":
        return Stores(LocalStorage(told.root), LocalStorage(told.thumb_root))
    from directus8.files.objects import open_objects

    return open_objects(told)
