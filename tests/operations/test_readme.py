"""Every command block of the README is run, in order, and must print what the README says it prints."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from directus8.cli import main
from directus8.demo import tour
from tests.operations.conftest import Place, Served, serving

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
README = (ROOT / "README.md").read_text()
MAKE = "make serve"  # stands for its recipe here: no second virtual environment, a port of our own
PUBLISHED = "http://127.0.0.1:8055"
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """A command block and the JSON block that follows it at once, if one does."""

    command: str
    answer: Any = None


def blocks(text: str) -> Iterator[Block]:
    """The command blocks of a Markdown text."""
    for found in re.finditer(r"^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL):
        yield Block(found[1].strip(), json.loads(found[2]) if found[2] else None)


def fits(answer: Any, told: Any) -> bool:
    """Whether an answer is what was told, where … stands for anything."""
    if told == ANYTHING:
        return True
    if isinstance(told, dict) and isinstance(answer, dict):
        return told.keys() == answer.keys() and all(fits(answer[name], told[name]) for name in told)
    if isinstance(told, list) and isinstance(answer, list):
        return len(told) == len(answer) and all(map(fits, answer, told))
    return bool(told == answer)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def served(place: Place) -> Iterator[Served]:
    """What ``make serve`` starts."""
    recipe = subprocess.run(["make", "-n", "serve"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"bin/directus8 demo\n.*bin/directus8 serve --host 127.0.0.1 --port 8055\n", recipe)
    place.directus8("demo")
    with serving(place) as found:
        yield found


def test_every_command_block_does_what_it_says(place: Place, served: Served) -> None:
    script = f'directus8() {{ {sys.executable} -m directus8.cli "$@"; }}\n'
    environment = {**os.environ, **place.variables}
    ran = 0
    for block in blocks(README):
        if block.command == MAKE:
            continue
        ran += 1
        command = block.command.replace(PUBLISHED, served.server.base)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script + command], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block.command}\n{done.stderr}"
        if block.answer is not None:
            answer = json.loads(done.stdout)
            assert fits(answer, block.answer), json.dumps(answer, indent=2, ensure_ascii=False)
        if re.match(r"\w+=", command):  # what it sets is used by those that follow
            script += command + "\n"
    assert ran == README.count("```sh") - 1


def test_what_the_demo_prints_is_what_the_readme_shows() -> None:
    shown = [block.command for block in blocks(README)]
    assert [request in shown for request in tour.requests(PUBLISHED)] == [True, True, True]


def test_every_command_is_listed() -> None:
    listed = re.findall(r"^\| (`directus8 .*?) \| (.*) \|$", README, re.MULTILINE)
    assert {name for names, _ in listed for name in re.findall(r"`directus8 ([a-z-]+)`", names)} == set(main.commands)
    for names, text in listed:
        (name, *_) = re.findall(r"`directus8 ([a-z-]+)`", names)
        inner = getattr(main.commands[name], "commands", None)
        if inner is not None:
            assert set(re.findall(r"`([a-z-]+)`", text)) == set(inner), name


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", README)) <= targets


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_document_is_mentioned() -> None:
    assert [page.name for page in DOCS if f"(docs/{page.name})" not in README] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.stem))
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if not link.startswith("http")]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.stem))
def test_every_command_of_a_document_can_be_given(page: Path) -> None:
    for block in blocks(page.read_text()):
        for line in re.findall(r"(?:^|&& |CONTAINER )(directus8 [^#&\n]*)", block.command, re.MULTILINE):
            words = [word for word in shlex.split(line.replace("[", "").replace("]", ""))[1:] if word != "…"]
            command: click.Command = main
            while isinstance(command, click.Group):
                assert words[0] in command.commands, line
                command = command.commands[words.pop(0)]
            command.make_parser(click.Context(command)).parse_args(words)  # an option that it has not is an error


@pytest.mark.parametrize(
    ("answer", "told", "expected"),
    [
        ({"a": [1, "x"]}, {"a": [1, "…"]}, True),
        ({"a": [1, "x"]}, {"a": [2, "…"]}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, 2], [1], False),
        ({"a": None}, {"a": "…"}, True),
    ],
)
def test_fits(answer: Any, told: Any, expected: bool) -> None:
    assert fits(answer, told) is expected
