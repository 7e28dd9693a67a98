"""Which storage a project's configuration names."""

from __future__ import annotations

from directus8.config import ProjectConfig
from directus8.files.local import LocalStorage
from directus8.files.storage import Stores


def open_stores(config: ProjectConfig) -> Stores:
    """The storages of a project; nothing is connected before its first use."""
    told = config.storage
    if told.adapter == "local":
        return Stores(LocalStorage(told.root), LocalStorage(told.thumb_root))
    from directus8.files.objects import open_objects

    return open_objects(told)
