"""The rules of the house that import-linter cannot see: which words stand in which rooms.

Only code counts: names and texts. Comments and docstrings may say what they like.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "directus8"

# word: the rooms (or files) of directus8/ that may use it
VENDOR_ROOMS = ("db/", "types/", "config/")  # config: the kinds of databases one may choose
SYSTEM_ROOMS = ("system/", "names.py", "db/migrate.py", "api/v8/routes.py", "api/v1/routes.py", "api/v10/routes.py")
RULES = {
    **dict.fromkeys(("sqlite", "mysql", "mariadb", "postgres", "psycopg"), (re.IGNORECASE, VENDOR_ROOMS)),
    "directus_": (re.NOFLAG, SYSTEM_ROOMS),  # in small letters: DIRECTUS_ begins names of settings
}
# (file, word): why it may stand there although the rule says otherwise. Keep it short.
ALLOWED = {
    **{("cli/project.py", word): "help of --database-url" for word in ("sqlite", "mysql", "postgres")},
    ("api/v8/server.py", "mysql"): "a fact that the installer page asks for",
    ("api/v10/auth.py", "directus_"): "names of the cookies of v10 clients",
}


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    """The nodes that are docstrings."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def _words(node: ast.AST) -> Iterator[str]:
    """Every name and text of one node."""
    for _, value in ast.iter_fields(node):
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes):
            yield value.decode("latin-1")
        elif isinstance(value, list):
            yield from (entry for entry in value if isinstance(entry, str))


def violations(source: str, file: str) -> Iterator[str]:
    """Each word that stands in a room where it may not, with its line."""
    tree = ast.parse(source)
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        for text in _words(node):
            for word, (flags, rooms) in RULES.items():
                if re.search(word, text, flags) and not file.startswith(rooms) and (file, word) not in ALLOWED:
                    yield f"directus8/{file}:{getattr(node, 'lineno', '?')}: {word!r} in {text[:60]!r}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_words_stay_in_their_rooms(path: Path) -> None:
    assert list(violations(path.read_text(), path.relative_to(PACKAGE).as_posix())) == []


@pytest.mark.parametrize(
    ("source", "file", "found"),
    [
        ('"""About sqlite."""\n# and mysql', "query/sql.py", 0),
        ("import sqlite3", "query/sql.py", 1),
        ("from sqlalchemy.dialects import postgresql", "query/sql.py", 1),
        ("if name == 'MySQL': pass", "query/sql.py", 1),
        ("import sqlite3", "db/sqlite.py", 0),
        ("mysql = 1", "types/text.py", 0),
        ('f"directus_{name}"', "services/items.py", 1),
        ('TABLE = "directus_users"', "system/tables.py", 0),
        ('def f():\n    """directus_users"""\n    return "directus_users"', "auth/login.py", 1),
        ("call(directus_version=1)", "auth/login.py", 1),
        ("PREFIX = 'DIRECTUS_'", "auth/login.py", 0),
    ],
)
def test_the_rules_see_code_only(source: str, file: str, found: int) -> None:
    assert len(list(violations(source, file))) == found


#: What opens connections: the files that may use it.
NETWORK = {
    **dict.fromkeys(("requests", "httpx", "urllib3", "urllib.request", "http.client", "aiohttp"), ("net.py",)),
    "socket": ("net.py",),
    "smtplib": ("mail/transports.py",),
    "obstore": ("files/objects.py",),
}


def outgoing(source: str, file: str) -> Iterator[str]:
    """Each import of a module that opens connections, where another file is the one place for them."""
    for node in ast.walk(ast.parse(source)):
        found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            found = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in found:
            for module, files in NETWORK.items():
                if (name == module or name.startswith(f"{module}.")) and file not in files:
                    yield f"directus8/{file}:{node.lineno}: {name}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_connections_are_opened_in_one_place(path: Path) -> None:
    assert list(outgoing(path.read_text(), path.relative_to(PACKAGE).as_posix())) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import requests", True),
        ("from urllib import request", True),
        ("import urllib.request as r", True),
        ("from urllib.parse import quote", False),
        ("def f():\n    from httpx import get", True),
        ("from directus8.net import fetch", False),
    ],
)
def test_the_rule_sees_every_import(source: str, found: bool) -> None:
    assert bool(list(outgoing(source, "services/items.py"))) is found
