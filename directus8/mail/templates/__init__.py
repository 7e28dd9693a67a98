"""Templates of mails: Jinja2 with the variable names of the original's, in a sandbox; a project's own come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from directus8.errors import MailFailed

#: A project's template may keep the original's ending: what both languages have in common is read alike.
ENDINGS = (".html", ".twig", ".jinja")
#: What a file is that is no template.
BROKEN = (TemplateSyntaxError, UnicodeDecodeError)


class Templates:
    """The built-in templates and those that stand before them."""

    def __init__(self, overrides: Sequence[Path]) -> None:
        loaders: list[BaseLoader] = [*map(FileSystemLoader, overrides), FileSystemLoader(Path(__file__).parent)]
        self._environment = _environment(_AnyEnding(loaders))

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text of a template. MailFailed when there is none, or it can't be filled in."""
        try:
            return self._environment.get_template(name).render(values)
        except Exception as error:  # of whatever a template calls
            raise MailFailed() from error


def faults(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """The files that are no templates, and why. They are passed over."""
    environment = _environment()
    for folder in folders:
        for file in sorted(file for ending in ENDINGS for file in folder.glob(f"*{ending}")):
            try:
                environment.compile(file.read_text("utf-8"))
            except BROKEN as error:
                yield file, f"{type(error).__name__}: {error}"


def _environment(loader: BaseLoader | None = None) -> Environment:
    return ImmutableSandboxedEnvironment(loader=loader, autoescape=True)


class _AnyEnding(ChoiceLoader):
    """Finds ``base`` as well as ``base.twig`` (what an ``extends`` of the original says) under any ending.

    A broken template is passed over: the next one of its name is taken.
    """

    def get_source(self, environment: Any, template: str) -> Any:
        stem = next((template.removesuffix(e) for e in ENDINGS if template.endswith(e)), template)
        for loader in self.loaders:
            for ending in ENDINGS:
                try:
                    found = loader.get_source(environment, stem + ending)
                    environment.compile(found[0], template)
                except (TemplateNotFound, *BROKEN):
                    continue
                return found
        raise TemplateNotFound(template)

    def load(self, environment: Any, name: str, globals: Any = None) -> Any:
        return BaseLoader.load(self, environment, name, globals)
