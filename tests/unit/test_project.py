"""Opening, closing, making and removing projects, with real files and databases."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from directus8 import errors
from directus8.auth.passwords import verify_password
from directus8.config import ConfigError, Home, load_project, maintenance, project_keys
from directus8.db.engine import Database
from directus8.project import Project
from directus8.provisioning import AlreadyInstalled, create, delete
from directus8.registry import ProjectRegistry
from directus8.system import install

ROOT = Path(__file__).parents[2]
ADMIN: dict[str, Any] = {"email": "admin@example.com", "password": "secret"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "config").mkdir()
    (tmp_path / "projects").mkdir()
    return Home(tmp_path)


@pytest.fixture
def registry(home: Home) -> Iterator[ProjectRegistry]:
    opened = ProjectRegistry(home, {})
    yield opened
    opened.close()


def put(home: Home, key: str, more: str = "") -> Path:
    path = home.config / f"{key}.toml"
    path.write_text(f'{more}\n[auth]\nsecret_key = "secret of {key}"\n')
    return path


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.dialect.reflect(connection))


# --- one project -----------------------------------------------------------------------------------------------


def test_parts_are_made_at_first_use_and_once(home: Home) -> None:
    put(home, "demo")
    project = Project(load_project(home, "demo", {}))
    assert not (home.projects / "demo").exists()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(project.database)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {id(each) for each in found} == {id(project.database)}
    with project.database.read() as connection:
        assert connection.rows("SELECT 1") == [(1,)]
    project.close()
    assert project.database is not found[0]
    project.close()


def test_stamps_lie_in_the_folder_of_the_project(home: Home) -> None:
    put(home, "demo")
    project = Project(load_project(home, "demo", {}))
    with project.stamps.change({"schema"}):
        pass
    assert (home.projects / "demo" / "stamps").stat().st_size == 4096
    project.close()


# --- the registry ----------------------------------------------------------------------------------------------


def test_a_project_stays_open_between_uses(home: Home, registry: ProjectRegistry) -> None:
    put(home, "demo")
    with registry.use("demo") as first, registry.use("demo") as second:
        assert first is second is not None
    assert registry.get("demo") is first
    assert registry.open_keys() == ("demo",)


@pytest.mark.parametrize("key", ["nothing", "", "..", "../config/demo", "server", "demo.toml", "DEMO", "x" * 5000])
def test_what_is_no_project(home: Home, registry: ProjectRegistry, key: str) -> None:
    put(home, "demo")
    (home.config / "server.toml").touch()
    assert registry.get(key) is None


def test_a_file_is_followed(home: Home, registry: ProjectRegistry) -> None:
    assert registry.get("demo") is None
    path = put(home, "demo")
    first = registry.get("demo")
    assert first and first.config.env == "production"
    put(home, "demo", 'env = "staging"')
    second = registry.get("demo")
    assert second is not first
    assert second and second.config.env == "staging"
    (home.config / "server.toml").write_text("[project.cookie]\nsecure = true")
    third = registry.get("demo")
    assert third and third.config.cookie.secure
    path.rename(home.config / "private.demo.toml")
    fourth = registry.get("demo")
    assert fourth and fourth.config.private
    (home.config / "private.demo.toml").unlink()
    assert registry.get("demo") is None
    assert registry.open_keys() == ()


def test_what_directus8_changes_is_seen_at_once_and_the_rest_within_the_trusted_time(home: Home) -> None:
    create(home, "demo", **ADMIN, environ={})
    registry = ProjectRegistry(home, {}, trust=1000)
    assert registry.known("demo") is None
    first = registry.acquire("demo")
    assert first and registry.known("demo") is first
    path = home.config / "demo.toml"
    path.write_text(path.read_text() + "[security]\nhardened = true\n")  # by hand
    assert registry.known("demo") is first
    maintenance.switch(home, True, "demo")
    assert registry.known("demo") is None
    maintenance.switch(home, False, "demo")
    assert registry.known("demo") is None  # until its files have been looked at
    second = registry.acquire("demo")
    assert second is not first and registry.known("demo") is second
    delete(home, "demo", environ={})
    assert registry.known("demo") is None
    registry.close()


def test_a_project_in_use_is_closed_by_its_last_user(home: Home, registry: ProjectRegistry) -> None:
    path = put(home, "demo")
    with registry.use("demo") as project:
        assert project
        database = project.database
        path.unlink()
        assert registry.get("demo") is None
        with registry.use("demo") as gone:
            assert gone is None
        assert project.database is database
    assert project.made == {}


def test_a_faulty_change_leaves_the_open_project_as_it_is(
    home: Home, registry: ProjectRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    put(home, "demo")
    project = registry.get("demo")
    put(home, "demo", 'nonsense = "x"')
    assert registry.get("demo") is registry.get("demo") is project
    errors_told = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert [message for message in errors_told if "nonsense: unknown key" in message] == [errors_told[0]]
    put(home, "demo", 'env = "staging"')
    changed = registry.get("demo")
    assert changed and changed.config.env == "staging"


def test_a_faulty_project_that_is_not_open_says_so_every_time(home: Home, registry: ProjectRegistry) -> None:
    put(home, "demo", 'nonsense = "x"')
    for _ in range(2):
        with pytest.raises(ConfigError, match="nonsense: unknown key"):
            registry.get("demo")


def test_the_longest_unused_are_closed_but_none_in_use(home: Home) -> None:
    for key in "abcd":
        put(home, key)
    registry = ProjectRegistry(home, {}, limit=2)
    with registry.use("a") as a:
        assert a and a.database
        for key in "bcd":
            registry.get(key)
        assert registry.open_keys() == ("a", "d")
        with ExitStack() as users:
            for key in "bcd":
                users.enter_context(registry.use(key))
            assert len(registry.open_keys()) == 4  # more than the limit, but all in use
        assert len(registry.open_keys()) == 2
        assert "database" in a.made
    registry.get("b")
    registry.get("c")
    assert registry.open_keys() == ("b", "c")
    assert a.made == {}
    registry.close()


def test_a_project_that_opens_slowly_stops_no_other(home: Home) -> None:
    """A named pipe as secret file: reading it blocks until someone writes."""
    put(home, "fast")
    put(home, "slow")
    pipe = home.root / "pipe"
    os.mkfifo(pipe)
    registry = ProjectRegistry(home, {"DIRECTUS8_PROJECT_SLOW__AUTH_SECRET_KEY_FILE": str(pipe)})
    opening = threading.Thread(target=lambda: registry.get("slow"), daemon=True)
    opening.start()
    time.sleep(0.05)
    assert registry.get("fast")
    assert registry.open_keys() == ("fast",)
    pipe.write_text("secret")
    opening.join(5)
    assert registry.open_keys() == ("fast", "slow")
    registry.close()


def test_threads_open_a_project_once(home: Home, registry: ProjectRegistry) -> None:
    put(home, "demo")
    found: list[Project | None] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        with registry.use("demo") as project:
            found.append(project)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in found}) == 1


def test_projects_come_and_go_under_load(home: Home) -> None:
    """Threads use more projects than may be open while files change: nobody ever holds a closed one."""
    keys = [f"p{number}" for number in range(6)]
    for key in keys:
        put(home, key)
    registry, wrong, end = ProjectRegistry(home, {}, limit=2), [], time.monotonic() + 1.0

    def work(seed: int) -> None:
        choice = random.Random(seed)
        while time.monotonic() < end:
            key = choice.choice(keys)
            with registry.use(key) as project:
                if project is None or project.key != key:
                    wrong.append(key)
                    continue
                stamps = project.stamps
                stamps.read(["schema"])
                if choice.random() < 0.1:
                    write_anew(home, key, choice.random())
                try:
                    stamps.read(["schema"])
                except ValueError:  # released memory: closed under our hands
                    wrong.append(f"{key} was closed")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(registry.open_keys()) <= 2
    registry.close()


def write_anew(home: Home, key: str, value: float) -> None:
    """Replace a configuration file, whole."""
    path = home.config / f"{key}.{threading.get_ident()}.tmp"
    path.write_text(f'env = "{value}"\n[auth]\nsecret_key = "x"\n')
    path.rename(home.config / f"{key}.toml")


def test_a_thousand_projects_cost_nothing_until_used(home: Home) -> None:
    for number in range(1000):
        put(home, f"p{number}")
    registry = ProjectRegistry(home, {})
    assert registry.open_keys() == ()
    assert registry.get("p999")
    assert registry.open_keys() == ("p999",)
    assert [each.name for each in home.projects.glob("[!.]*")] == []
    assert len(registry.keys()) == 1000
    registry.close()


def test_asking_for_an_open_project_costs_a_few_looks_at_files(home: Home, registry: ProjectRegistry) -> None:
    put(home, "demo")
    registry.get("demo")
    path = home.config / "demo.toml"

    def use() -> None:
        with registry.use("demo"):
            pass

    pairs = [(_seconds(use), _seconds(lambda: os.stat(path))) for _ in range(50)]
    assert min(used for used, _ in pairs) < 20 * min(looked for _, looked in pairs)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(100):
        call()
    return time.perf_counter() - start


def test_listed_are_the_public_ones_in_order(home: Home, registry: ProjectRegistry) -> None:
    for name in ("b", "a", "private.c", "_hidden", "_"):
        put(home, name)
    assert registry.keys() == ("_", "a", "b")
    hidden = registry.get("_hidden")
    assert hidden and hidden.key == "_hidden"


def test_one_configuration_for_every_key_under_environment_configuration(home: Home) -> None:
    put(home, "demo")
    environ = {"DIRECTUS_USE_ENV": "1", "DIRECTUS_AUTH_SECRETKEY": "s"}
    registry = ProjectRegistry(home, environ)
    one = registry.get("demo")
    assert one and one is registry.get("other") is registry.get("_")
    assert (one.key, one.config.auth.secret_key) == ("_", "s")
    assert registry.get("server") is registry.get("..") is None
    assert registry.keys() == ("_",)
    with pytest.raises(errors.Forbidden, match="Project creation is disabled"):
        registry.create("new", **ADMIN)
    with pytest.raises(errors.Forbidden):
        registry.delete("demo")
    registry.close()


# --- making and removing ---------------------------------------------------------------------------------------


def test_a_created_project_is_served_at_once(home: Home, registry: ProjectRegistry) -> None:
    registry.create("demo", **ADMIN, name="Demo", token="t", private=True)
    assert registry.keys() == ()
    with registry.use("demo") as project:
        assert project
        assert install.state(project.database) == "installed"
        with project.database.read() as connection:
            [(email, hashed, token)] = connection.rows("SELECT email, password, token FROM directus_users")
            names = connection.rows("SELECT value FROM directus_settings WHERE key = 'project_name'")
        assert (email, token, names) == ("admin@example.com", "t", [("Demo",)])
        assert verify_password("secret", hashed)
        assert len(project.config.auth.secret_key) >= 64
        assert len(project.config.auth.public_key) == 36
    folder = home.projects / "demo"
    assert stat.S_IMODE((folder / "data.sqlite3").stat().st_mode) == 0o600
    assert {each.name for each in folder.iterdir()} >= {"data.sqlite3", "extensions", "uploads"}
    assert {each.name for each in (folder / "uploads").iterdir()} == {"originals", "generated"}


def test_every_project_has_secrets_of_its_own(home: Home) -> None:
    for key in ("a", "b"):
        create(home, key, **ADMIN, environ={})
    first, second = (load_project(home, key, {}).auth for key in ("a", "b"))
    assert first.secret_key != second.secret_key
    assert first.public_key != second.public_key


def test_values_go_into_the_file(home: Home) -> None:
    values = {"auth": {"secret_key": "given"}, "cors": {"max_age": 600}, "database": {"url": "sqlite:///other.db"}}
    create(home, "demo", **ADMIN, values=values, environ={})
    config = load_project(home, "demo", {})
    assert (config.auth.secret_key, config.cors.max_age) == ("given", 600)
    assert (home.root / "other.db").exists()


def snapshot(home: Home) -> list[str]:
    return sorted(str(each.relative_to(home.root)) for each in home.root.rglob("*") if each.name != ".projects.lock")


FAILURES = [
    ("server", {}, errors.InvalidRequest),
    ("a b", {}, errors.InvalidRequest),
    ("demo", {"values": {"nonsense": 1}}, ConfigError),
    ("demo", {"values": {"database": {"url": "sqlite:////proc/nowhere/x.db"}}}, errors.InvalidDatabaseConnection),
    ("demo", {"values": {"database": {"url": "mysql://root:x@127.0.0.1:1/x"}}}, errors.InvalidDatabaseConnection),
    ("demo", {"token": "t" * 256}, errors.ValueTooLong),
    ("demo", {"values": {"ext": {"a": object()}}}, TypeError),
]


@pytest.mark.parametrize(("key", "how", "error"), FAILURES)
def test_a_failure_leaves_nothing_behind(home: Home, key: str, how: dict[str, Any], error: type[Exception]) -> None:
    before = snapshot(home)
    with pytest.raises(error):
        create(home, key, **ADMIN, **how, environ={})
    assert snapshot(home) == before


def test_a_failure_leaves_a_foreign_database_as_it_was(home: Home) -> None:
    database = Database(f"sqlite:///{home.root}/foreign.db")
    with database.transaction(ddl=True) as connection:
        connection.execute("CREATE TABLE albums (id INTEGER PRIMARY KEY)")
    values = {"database": {"url": "sqlite:///foreign.db"}, "ext": {"a": object()}}
    with pytest.raises(TypeError):
        create(home, "demo", **ADMIN, values=values, environ={})
    assert tables(database) == {"albums"}
    assert project_keys(home) == ()
    database.close()


def test_what_is_there_is_not_overwritten(home: Home) -> None:
    create(home, "demo", **ADMIN, environ={})
    before = snapshot(home)
    with pytest.raises(errors.ProjectAlreadyExists, match='A project named "demo" already exists'):
        create(home, "demo", **ADMIN, environ={})
    url = load_project(home, "demo", {}).database.url
    with pytest.raises(AlreadyInstalled, match="already contains Directus system tables"):
        create(home, "other", **ADMIN, values={"database": {"url": url}}, environ={})
    assert [each for each in snapshot(home) if "other" in each] == []
    assert snapshot(home) == before


def test_existing_tables_can_be_adopted_or_replaced(home: Home) -> None:
    create(home, "demo", **ADMIN, environ={})
    url = load_project(home, "demo", {}).database.url
    other = {"email": "other@example.com", "password": "x"}
    create(home, "adopted", **other, values={"database": {"url": url}}, existing=True, environ={})
    assert emails(home, "adopted") == ["admin@example.com"]
    create(home, "adopted", **other, values={"database": {"url": url}}, force=True, private=True, environ={})
    assert emails(home, "adopted") == ["other@example.com"]
    assert [each.path.name for each in project_keys(home)] == ["private.adopted.toml", "demo.toml"]


def emails(home: Home, key: str) -> list[str]:
    project = Project(load_project(home, key, {}))
    with project.database.read() as connection:
        found = [row[0] for row in connection.rows("SELECT email FROM directus_users")]
    project.close()
    return found


def test_only_one_of_two_makers_wins(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from directus8.config import Home; from directus8.provisioning import create;"
        "create(Home(Path(sys.argv[1])), 'demo', email=sys.argv[2], password='x', environ={})"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", code, home.root, f"{number}@example.com"], cwd=ROOT, stderr=subprocess.PIPE
        )
        for number in range(3)
    ]
    said = [maker.communicate()[1].decode() for maker in makers]
    assert sorted(maker.returncode for maker in makers) == [0, 1, 1]
    assert sum("ProjectAlreadyExists" in text for text in said) == 2
    winner = next(number for number, maker in enumerate(makers) if maker.returncode == 0)
    assert emails(home, "demo") == [f"{winner}@example.com"]


def test_a_removed_project_leaves_its_own_tables_and_files(home: Home, registry: ProjectRegistry) -> None:
    registry.create("demo", **ADMIN)
    with registry.use("demo") as project:
        assert project
        with project.database.transaction(ddl=True) as connection:
            connection.execute("CREATE TABLE albums (id INTEGER PRIMARY KEY)")
        url = project.config.database.url
    upload = home.projects / "demo" / "uploads" / "originals" / "a.txt"
    upload.write_text("a")
    registry.delete("demo")
    assert registry.get("demo") is None
    assert tables(Database(url)) == {"albums"}
    assert upload.exists()
    registry.create("demo", **ADMIN)
    assert tables(Database(url)) > {"albums", "directus_users"}


def test_a_purged_project_leaves_nothing(home: Home) -> None:
    create(home, "demo", **ADMIN, environ={})
    create(home, "outside", **ADMIN, values={"database": {"url": "sqlite:///outside.db"}}, environ={})
    database = Database(load_project(home, "outside", {}).database.url)
    with database.transaction(ddl=True) as connection:
        connection.execute("CREATE TABLE albums (id INTEGER PRIMARY KEY)")
    for key in ("demo", "outside"):
        delete(home, key, purge=True, environ={})
    assert not any(home.projects.glob("[!.]*"))
    assert tables(database) == set()
    assert project_keys(home) == ()


def test_what_is_not_there_cannot_be_removed(home: Home) -> None:
    with pytest.raises(errors.NotFound, match="Unknown Project: demo"):
        delete(home, "demo", environ={})


def test_a_removed_folder_is_made_again(home: Home, registry: ProjectRegistry) -> None:
    """A test runner or an operator wipes projects/ while the file stays: the next opening works."""
    registry.create("demo", **ADMIN)
    shutil.rmtree(home.projects)
    put(home, "demo", 'env = "x"')
    with registry.use("demo") as project:
        assert project
        assert install.state(project.database) == "empty"


def test_projects_are_made_and_removed_on_every_database(home: Home, database_url: str) -> None:
    values = {"database": {"url": database_url}}
    with pytest.raises(TypeError):
        create(home, "demo", **ADMIN, values={**values, "ext": {"a": object()}}, environ={})
    database = Database(database_url)
    assert tables(database) == set()
    create(home, "demo", **ADMIN, values=values, environ={})
    assert emails(home, "demo") == ["admin@example.com"]
    with database.transaction(ddl=True) as connection:
        connection.execute("CREATE TABLE albums (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE tracks (album INTEGER, FOREIGN KEY (album) REFERENCES albums (id))")
        connection.execute("CREATE VIEW listing AS SELECT id FROM albums")
    delete(home, "demo", environ={})
    assert tables(database) == {"albums", "tracks", "listing"}
    create(home, "demo", **ADMIN, values=values, environ={})
    delete(home, "demo", purge=True, environ={})
    assert tables(database) == set()
    database.close()


def test_addresses_of_databases_are_absolute(home: Home) -> None:
    create(home, "demo", **ADMIN, environ={})
    assert Path(make_url(load_project(home, "demo", {}).database.url).database or "").is_absolute()
