"""Errors by kind: what is refused is a Refusal, what no client can help is none."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import directus8
from directus8.errors import Error, RateLimited, Refusal

#: Its status is told by whoever makes one.
OTHERS = ("ScimError",)


def _below(kind: type[Error]) -> Iterator[type[Error]]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)


def test_refusals_are_those_of_4xx() -> None:
    for module in pkgutil.walk_packages(directus8.__path__, "directus8."):
        importlib.import_module(module.name)
    known = [each for each in _below(Error) if each.__module__.startswith("directus8.") and each.__name__ not in OTHERS]
    wrong = [each for each in known if issubclass(each, Refusal) != (each.status < 500 and each is not RateLimited)]
    assert len(known) > 80 and wrong == [Refusal]
