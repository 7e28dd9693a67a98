"""Templates of mails: Jinja2 with the variable names of the original's, in a sandbox; a project's own come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from directus8.errors import MailFailed

#: A project's template may keep the original's ending: what both languages have in common is read alike.
ENDINGS = (".html", ".twig", ".jinja")


class Templates:
    """The built-in templates and those that stand before them."""

    def __init__(self, overrides: Sequence[Path]) -> None:
        loaders: list[BaseLoader] = [*map(FileSystemLoader, overrides), FileSystemLoader(Path(__file__).parent)]
        self._environment = ImmutableSandboxedEnvironment(loader=_AnyEnding(loaders), autoescape=True)

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text of a template. MailFailed when there is none or it is broken."""
        try:
            return self._environment.get_template(name).render(values)
        except TemplateError as error:
            raise MailFailed() from error


class _AnyEnding(ChoiceLoader):
    """Finds ``base`` as well as ``base.twig`` (what an ``extends`` of the original says) under any ending."""

    def get_source(self, environment: Any, template: str) -> Any:
        stem = next((template.removesuffix(e) for e in ENDINGS if template.endswith(e)), template)
        for loader in self.loaders:
            for ending in ENDINGS:
                try:
                    return loader.get_source(environment, stem + ending)
                except TemplateNotFound:
                    continue
        raise TemplateNotFound(template)

    def load(self, environment: Any, name: str, globals: Any = None) -> Any:
        return BaseLoader.load(self, environment, name, globals)
