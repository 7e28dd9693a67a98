"""Finds and loads the extension files of a project. Source: extensions_hooks.md §1–3; design: docs/extensions.md.

A file that can't be loaded is told by name and left out; everything else goes on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from directus8.events.bus import Bus
from directus8.extended import Broken, Endpoint, Extended, fingerprint
from directus8.extensions import metas
from directus8.extensions.context import Context
from directus8.mail.templates import faults
from directus8.project import Project
from directus8.router import Router

log = logging.getLogger("directus8.extensions")
#: Kinds of endpoints by the word in the address.
MODULES, INTERFACES = "modules", "interfaces"


class Faulty(Exception):
    """What an extension says can't be used."""


@dataclass(frozen=True, slots=True)
class Found:
    """One extension: a file, or the main file of a folder."""

    kind: str
    name: str
    path: Path

    @property
    def owner(self) -> str:
        """What it is called in logs and errors."""
        return f"{self.kind}/{self.name}"


def extend(project: Project) -> Extended:
    """Everything the extensions of a project add to it."""
    made = Extended(fingerprint=fingerprint(project.config))
    for found in _listed(project, made):
        _add(project, made, found)
    made.broken += [Broken("mails", path.stem, str(path), why) for path, why in faults(project.mail_folders)]
    made.broken += metas.broken(project.config.app_extensions)
    for broken in made.broken:
        log.error("the extension %s of %s is left out", broken, project.key)
    return made


# --- finding -----------------------------------------------------------------------------------------------------


def _listed(project: Project, made: Extended) -> Iterator[Found]:
    """All extensions, those of the installation first; one of the project replaces one of the same name."""
    common, own = project.config.app_extensions, project.config.extensions
    for kind in LOADERS:
        found: dict[str, Found] = {}
        folders = (common / "core" / kind, common / "custom" / kind, own / kind)
        for folder in folders:
            found.update(_in_folder(kind, folder, made))
        yield from found.values()
    for group in (MODULES, INTERFACES):
        for kind in ("endpoints", "hooks"):
            for file in sorted((common / "core" / group).glob(f"[!_]*/{kind}.py")):
                yield Found(f"{group}:{kind}", file.parent.name, file)


def _in_folder(kind: str, folder: Path, made: Extended) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for path in sorted(folder.glob("[!_.]*")):
        main = path / f"{kind}.py"
        each = Found(kind, path.stem, path) if path.suffix == ".py" else Found(kind, path.name, main)
        if not each.path.is_file():
            continue
        if each.name in found:
            made.broken.append(Broken(kind, each.name, str(path), f"there is another one named {each.name}"))
        else:
            found[each.name] = each
    return found


# --- loading -----------------------------------------------------------------------------------------------------


def _add(project: Project, made: Extended, found: Found) -> None:
    """Loads one extension. What a broken one had registered already does not count."""
    trial = made.bus.copy()
    context = Context(project, found.owner, made.bus)
    kind = found.kind.rpartition(":")[2]
    try:
        module = _module(project, found)
        LOADERS[kind](made, found, module, context)
    except Exception as error:
        made.bus.restore(trial)
        made.broken.append(Broken(found.kind, found.name, str(found.path), f"{type(error).__name__}: {error}"))
        log.debug("%s", found.owner, exc_info=error)


def _module(project: Project, found: Found) -> ModuleType:
    """The module of a file. It is compiled anew each time: an old copy beside it is never taken for it."""
    name = f"directus8_extensions.{project.key}.{found.kind.replace(':', '.')}.{found.name}"
    module = ModuleType(name)
    module.__file__ = str(found.path)
    sys.modules[name] = module
    code = compile(found.path.read_bytes(), str(found.path), "exec")
    exec(code, module.__dict__)
    return module


# --- kinds -------------------------------------------------------------------------------------------------------


def _endpoints(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``register(router, context)``, ``endpoint = {"id": …, "handler": …}``, or ``endpoints = {path: {…}}``."""
    router, id = Router(), found.name
    if isinstance(routes := getattr(module, "endpoints", None), Mapping):
        router.mount(routes)
    elif isinstance(told := getattr(module, "endpoint", None), Mapping):
        id = str(told.get("id") or found.name)
        _called(told.get("handler"), "handler")(router, context)
    else:
        _called(getattr(module, "register", None), "register")(router, context)
    group = found.kind.partition(":")[0] if ":" in found.kind else "custom"
    if (group, id) in made.endpoints:
        raise Faulty(f'There is an endpoint already named "{id}"')
    made.endpoints[group, id] = Endpoint(router, found.owner, context)


def _hooks(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``register(hooks, context)``, or ``hooks = {"actions": {event: …}, "filters": {event: …}}``."""
    if isinstance(told := getattr(module, "hooks", None), Mapping):
        for kind, add in (("actions", made.bus.on), ("filters", made.bus.filter)):
            for event, listeners in (told.get(kind) or {}).items():
                for listener in listeners if isinstance(listeners, (list, tuple)) else [listeners]:
                    add(event, _listener(listener), found.owner)
        return
    _called(getattr(module, "register", None), "register")(Hooks(made.bus, found.owner), context)


def _listener(given: Any) -> Callable[..., Any]:
    """A function, an object with ``handle``, or a class of such objects."""
    made = given() if isinstance(given, type) else given
    return getattr(made, "handle", made)  # type: ignore[no-any-return]


def _called(given: Any, name: str) -> Callable[..., Any]:
    if not callable(given):
        raise Faulty(f"there is no function {name}")
    return given  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What ``register(hooks, context)`` registers with; each also works as a decorator."""

    bus: Bus
    owner: str

    def action(self, event: str, listener: Callable[..., Any] | None = None) -> Any:
        """Tells the listener of an event."""
        return _registered(lambda each: self.bus.on(event, each, self.owner), listener)

    def filter(self, event: str, listener: Callable[..., Any] | None = None) -> Any:
        """Lets the listener change the payloads of an event."""
        return _registered(lambda each: self.bus.filter(event, each, self.owner), listener)


def _registered(add: Callable[[Callable[..., Any]], None], listener: Callable[..., Any] | None) -> Any:
    def register(decorated: Callable[..., Any]) -> Callable[..., Any]:
        add(decorated)
        return decorated

    return register if listener is None else register(listener)


def _hashers(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``hasher``: an object with ``hash(text, options)`` and ``match(text, hash, options)``; perhaps a ``name``."""
    hasher = getattr(module, "hasher", None)
    _called(getattr(hasher, "hash", None), "hasher.hash")
    _called(getattr(hasher, "match", None), "hasher.match")
    made.hashers[str(getattr(hasher, "name", found.name))] = hasher  # type: ignore[assignment]


def _embeds(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``recognise(url)`` → id or None, and ``look_up(id, get)`` → Film."""
    _called(getattr(module, "recognise", None), "recognise")
    _called(getattr(module, "look_up", None), "look_up")
    made.embeds[found.name] = module


def _storages(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``open(config)`` → storage of the originals, storage of the images made of them."""
    made.storages[found.name] = _called(getattr(module, "open_storage", None), "open_storage")


def _providers(made: Extended, found: Found, module: ModuleType, context: Context) -> None:
    """``provider(name, config)`` → Provider."""
    made.providers[found.name] = _called(getattr(module, "provider", None), "provider")


LOADERS: Mapping[str, Callable[[Extended, Found, ModuleType, Context], None]] = {
    "hashers": _hashers,
    "embeds": _embeds,
    "storage": _storages,
    "auth": _providers,
    "hooks": _hooks,
    "endpoints": _endpoints,
}

__all__ = ["Found", "Hooks", "extend"]
