"""Routes that cost little to mount."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from werkzeug.routing import Rule


class LazyRule(Rule):
    """A rule that compiles its maker of URLs when the first one is asked for: that was most of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)
        return lambda self, **values: compiled(append_unknown)(self, **values)
