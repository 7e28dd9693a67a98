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
