"""Layers, faults, names and files of the configuration."""

from __future__ import annotations

import dataclasses
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from directus8.config import (
    ConfigError,
    Home,
    ProjectConfig,
    build_project,
    every_fault,
    find_project,
    load_project,
    load_server,
    options_table,
    project_keys,
    valid_key,
    write_project,
    write_super_admin_token,
)
from directus8.config.options import legacy_name_of, name_of, project_options, server_options
from directus8.config.toml import to_toml

ROOT = Path(__file__).parents[2]
SECRET = {"auth": {"secret_key": "k"}}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "config").mkdir()
    return Home(tmp_path)


def put(home: Home, name: str, text: str) -> Path:
    path = home.config / name
    path.write_text(text)
    return path


def project(home: Home, table: Mapping[str, Any] | None = None, **environ: str) -> ProjectConfig:
    """The configuration of "demo" with a secret key and what is given."""
    return build_project(home, "demo", {**SECRET, **(table or {})}, environ=environ)


def faults(home: Home, table: Mapping[str, Any] | None = None, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        project(home, table, **environ)
    return [str(fault) for fault in caught.value.faults]


# --- layers ----------------------------------------------------------------------------------------------------


def test_defaults_are_those_of_the_original(home: Home) -> None:
    config = project(home)
    assert (config.env, config.cookie.same_site, config.cookie.secure) == ("production", "Lax", False)
    assert (config.cors.enabled, config.cors.origin, config.cors.max_age) == (True, ("*",), None)
    assert (config.rate_limit.limit, config.rate_limit.interval) == (100, 60)
    assert config.mail.default.from_ == "admin@example.com"
    assert config.security.hardened is config.storage.private is False


def test_defaults_of_a_project_lie_in_its_own_folder(home: Home) -> None:
    config, folder = project(home), home.root / "projects" / "demo"
    assert config.folder == folder
    assert config.extensions == folder / "extensions"
    assert config.database.url == f"sqlite:///{folder}/data.sqlite3"
    assert config.storage.root == f"{folder}/uploads/originals"
    assert config.storage.thumb_root == f"{folder}/uploads/generated"
    assert config.storage.root_url == "/uploads/demo/originals"


def test_each_layer_beats_the_one_before(home: Home, tmp_path: Path) -> None:
    put(home, "server.toml", '[project.mail.default]\nhost = "1"')
    put(home, "demo.toml", '[auth]\nsecret_key = "k"\n')
    secret = tmp_path / "secret"
    secret.write_text("6\n")
    environ: dict[str, str] = {}
    seen = [load_project(home, "demo", environ).mail.default.host]
    environ["DIRECTUS8_MAIL_DEFAULT_HOST"] = "2"
    seen.append(load_project(home, "demo", environ).mail.default.host)
    secret_of_all = tmp_path / "all"
    secret_of_all.write_text("3")
    environ["DIRECTUS8_MAIL_DEFAULT_HOST_FILE"] = str(secret_of_all)
    seen.append(load_project(home, "demo", environ).mail.default.host)
    put(home, "demo.toml", '[auth]\nsecret_key = "k"\n[mail.default]\nhost = "4"')
    seen.append(load_project(home, "demo", environ).mail.default.host)
    environ["DIRECTUS8_PROJECT_DEMO__MAIL_DEFAULT_HOST"] = "5"
    seen.append(load_project(home, "demo", environ).mail.default.host)
    environ["DIRECTUS8_PROJECT_DEMO__MAIL_DEFAULT_HOST_FILE"] = str(secret)
    seen.append(load_project(home, "demo", environ).mail.default.host)
    assert seen == ["1", "2", "3", "4", "5", "6"]


def test_the_name_of_a_project_in_the_environment(home: Home) -> None:
    environ = {"DIRECTUS8_PROJECT_MY_SHOP__ENV": "staging", "DIRECTUS8_PROJECT_MY__ENV": "other"}
    assert build_project(home, "my-shop", SECRET, environ=environ).env == "staging"


def test_a_config_may_be_built_without_any_file(tmp_path: Path) -> None:
    assert load_server(Home(tmp_path / "nothing"), {}).port == 8055


# --- kinds -----------------------------------------------------------------------------------------------------

FROM_ENVIRONMENT = [
    ("CORS_ENABLED", "off", lambda c: c.cors.enabled, False),
    ("CORS_ENABLED", "False", lambda c: c.cors.enabled, False),
    ("CORS_ENABLED", "no", lambda c: c.cors.enabled, False),
    ("CORS_ENABLED", "", lambda c: c.cors.enabled, False),
    ("CORS_CREDENTIALS", "Yes", lambda c: c.cors.credentials, True),
    ("CORS_MAX_AGE", "600", lambda c: c.cors.max_age, 600),
    ("CORS_MAX_AGE", "", lambda c: c.cors.max_age, None),
    ("CORS_ORIGIN", "https://a.example, https://b.example", lambda c: c.cors.origin, ("https://a.example", "https://b.example")),
    ("CORS_ORIGIN", '["https://a.example"]', lambda c: c.cors.origin, ("https://a.example",)),
    ("CORS_ORIGIN", "", lambda c: c.cors.origin, ()),
    ("EXT", '{"colour": {"name": "red"}}', lambda c: dict(c.ext), {"colour": {"name": "red"}}),
    ("EXT_COLOUR", "red", lambda c: dict(c.ext), {"colour": "red"}),
    ("STORAGE_OPTIONS_ACL", "private", lambda c: c.storage.options.acl, "private"),
    ("RATE_LIMIT_LIMIT", "7", lambda c: c.rate_limit.limit, 7),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "get", "value"), FROM_ENVIRONMENT)
def test_values_of_the_environment(home: Home, name: str, text: str, get: Any, value: Any) -> None:
    assert get(project(home, None, **{f"DIRECTUS8_{name}": text})) == value


def test_numbered_names_make_a_list_in_the_order_of_the_numbers(home: Home) -> None:
    environ = {f"DIRECTUS8_CORS_ORIGIN_{number}": f"https://{number}.example" for number in (10, 9, 0)}
    assert project(home, None, **environ).cors.origin == (
        "https://0.example",
        "https://9.example",
        "https://10.example",
    )


def test_social_providers_have_free_names(home: Home) -> None:
    table = {**SECRET, "auth": {"secret_key": "k", "social_providers": {"github": {"client_id": "1"}}}}
    environ = {
        "DIRECTUS8_AUTH_SOCIAL_PROVIDERS_GITHUB_CLIENT_SECRET": "2",
        "DIRECTUS8_AUTH_SOCIAL_PROVIDERS_MY_OWN_DISCOVERY_URL": "https://id.example",
    }
    providers = project(home, table, **environ).auth.social_providers
    assert set(providers) == {"github", "my_own"}
    assert (providers["github"].client_id, providers["github"].client_secret) == ("1", "2")
    assert providers["my_own"].discovery_url == "https://id.example"


# --- the database ----------------------------------------------------------------------------------------------

DATABASES = [
    ({"url": "mysql://u:p%40@db/shop"}, "mysql://u:p%40@db/shop"),
    ({"url": "mysql+pymysql://u@db/shop"}, "mysql+pymysql://u@db/shop"),
    ({"url": "postgres://u@db/shop"}, "postgresql://u@db/shop"),
    ({"url": "postgresql://db/d_{project}"}, "postgresql://db/d_demo"),
    ({"url": "sqlite:////var/x.db"}, "sqlite:////var/x.db"),
    ({"url": "sqlite:///data/x.db"}, "sqlite:///{root}/data/x.db"),
    ({"url": "sqlite://"}, "sqlite://"),
    ({"name": "shop"}, "mysql://root:root@localhost/shop"),
    ({"type": "pgsql", "port": 5433, "username": "u", "password": "a/b"}, "postgresql://u:a%2Fb@localhost:5433/directus"),
    ({"socket": "/run/mysqld.sock"}, "mysql://root:root@/directus?unix_socket=%2Frun%2Fmysqld.sock"),
    ({"type": "postgresql", "socket": "/run/pg"}, "postgresql://root:root@/directus?host=%2Frun%2Fpg"),
    ({"type": "sqlite", "name": "x.db"}, "sqlite:///{root}/x.db"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "url"), DATABASES)
def test_where_the_database_is(home: Home, told: dict[str, Any], url: str) -> None:
    assert project(home, {"database": told}).database.url == url.replace("{root}", str(home.root))


def test_the_strongest_layer_that_names_a_database_wins(home: Home) -> None:
    environ = {"DIRECTUS8_DATABASE_URL": "postgresql://all/{project}"}
    assert project(home, None, **environ).database.url == "postgresql://all/demo"
    assert project(home, {"database": {"name": "own"}}, **environ).database.url == "mysql://root:root@localhost/own"
    environ["DIRECTUS8_PROJECT_DEMO__DATABASE_URL"] = "mysql://x/y"
    assert project(home, {"database": {"name": "own"}}, **environ).database.url == "mysql://x/y"


def test_inside_a_bucket_folders_of_this_host_mean_nothing(home: Home) -> None:
    config = project(home, {"storage": {"adapter": "s3", "bucket": "b"}})
    assert (config.storage.root, config.storage.thumb_root) == ("demo/originals", "demo/generated")
    assert project(home, {"storage": {"adapter": "s3", "root": "x"}}).storage.root == "x"


# --- the original's environment --------------------------------------------------------------------------------


def test_the_environment_of_the_original_is_understood(home: Home) -> None:
    environ = {
        "DIRECTUS_USE_ENV": "1",
        "DIRECTUS_AUTH_SECRETKEY": "s",
        "DIRECTUS_AUTH_PUBLICKEY": "p",
        "DIRECTUS_DATABASE_HOST": "mysql",
        "DIRECTUS_DATABASE_NAME": "shop",
        "DIRECTUS_RATELIMIT_ENABLED": "something",
        "DIRECTUS_CORS_ENABLED": "off",
        "DIRECTUS_CORS_EXPOSEDHEADERS_0": "X-A",
        "DIRECTUS_STORAGE_OSSACCESSID": "oss",
        "DIRECTUS_STORAGE_OPTIONS_CACHECONTROL": "none",
        "DIRECTUS_AUTH_SOCIALPROVIDERS_GOOGLE_CLIENTID": "g",
        "DIRECTUS_MAIL_DEFAULT_FROM": "x@example.com",
        "DIRECTUS_INSTALL_TITLE": "not ours",
        "DIRECTUS_SUPER_ADMIN_TOKEN": "super",
    }
    config = load_project(home, "whatever", environ)
    assert config.key == "_"
    assert config.database.url == "mysql://root:root@mysql/shop"
    assert (config.rate_limit.enabled, config.cors.enabled) == (True, False)
    assert config.cors.exposed_headers == ("X-A",)
    assert (config.storage.oss_access_id, config.storage.options.cache_control) == ("oss", "none")
    assert config.storage.root_url == "/uploads/_/originals"
    assert config.auth.social_providers["google"].client_id == "g"
    assert config.mail.default.from_ == "x@example.com"
    assert load_server(home, environ).super_admin_token == "super"
    assert every_fault(home, environ) == ()


def test_without_the_switch_the_original_s_names_mean_nothing(home: Home) -> None:
    assert project(home, None, DIRECTUS_MAIL_DEFAULT_FROM="x@example.com").mail.default.from_ == "admin@example.com"


@pytest.mark.parametrize("naming", [name_of, legacy_name_of])
@pytest.mark.parametrize("options", [project_options(), server_options()])
def test_no_two_settings_share_an_environment_name(naming: Any, options: Mapping[str, Any]) -> None:
    names = [naming(path) for path in options]
    assert len(names) == len(set(names))
    assert not any(f"{name}_FILE" in names for name in names)


# --- faults ----------------------------------------------------------------------------------------------------


def test_all_faults_are_told_at_once_with_key_kind_and_source(home: Home) -> None:
    put(home, "server.toml", "[project.cookie]\nsecure = 1\n")
    path = put(
        home,
        "demo.toml",
        '[mail.default]\nprot = 25\nport = "25"\n[cors]\norigin = "*"\n'
        '[cookie]\nsame_site = "lax"\n[storage]\nroot = {}',
    )
    environ = {"DIRECTUS8_RATE_LIMIT_LIMIT": "0", "DIRECTUS8_PROJECT_DEMO__AUTH_SECRET_KEY_FILE": "/nowhere/key"}
    with pytest.raises(ConfigError) as caught:
        load_project(home, "demo", environ)
    assert str(caught.value).splitlines() == [
        f"cookie.secure: expected true or false, found 1 ({home.server_file})",
        'rate_limit.limit: expected a whole number of at least 1, found "0" (DIRECTUS8_RATE_LIMIT_LIMIT)',
        f"mail.default.prot: unknown key, did you mean mail.default.port? ({path})",
        f'mail.default.port: expected a whole number of at least 1, found "25" ({path})',
        f'cors.origin: expected a list of texts, found "*" ({path})',
        f"cookie.same_site: expected one of 'Lax', 'Strict', 'None', found \"lax\" ({path})",
        f"storage.root: expected a text, found a table ({path})",
        "auth.secret_key: the secret file cannot be read: No such file or directory"
        " (DIRECTUS8_PROJECT_DEMO__AUTH_SECRET_KEY_FILE=/nowhere/key)",
    ]


FAULTS = [
    ({"database": {"url": "oracle://x"}}, {}, "found oracle://"),
    ({"database": {"url": "what"}}, {}, "database.url: expected a database url"),
    ({"auth": {"secret_key": "k", "public_key": "k"}}, {}, "auth.public_key: must not be the secret key"),
    ({"auth": {"secret_key": ""}}, {}, "auth.secret_key: expected a text, found nothing"),
    ({"mail": "smtp"}, {}, "mail: expected a table"),
    ({"auth": {"secret_key": "k", "social_providers": {"x": 1}}}, {}, "auth.social_providers.x: expected a table"),
    ({"auth": {"secret_key": "k", "social_providers": {"x": {"y": 1}}}}, {}, "auth.social_providers.x.y: unknown key"),
    ({}, {"DIRECTUS8_MAIL_DEFUALT_HOST": "x"}, "did you mean DIRECTUS8_MAIL_DEFAULT_HOST?"),
    ({}, {"DIRECTUS8_PROJECT_DEMO__CORS_ORIGN": "x"}, "did you mean DIRECTUS8_PROJECT_DEMO__CORS_ORIGIN?"),
    ({}, {"DIRECTUS8_CORS_ENABLED": "perhaps"}, 'expected true or false, found "perhaps" (DIRECTUS8_CORS_ENABLED)'),
    ({}, {"DIRECTUS8_CORS_MAX_AGE": "1e3"}, "cors.max_age: expected a whole number"),
    ({}, {"DIRECTUS8_EXT": "{"}, "ext: expected a table"),
]


@pytest.mark.parametrize(("table", "environ", "part"), FAULTS)
def test_faults(home: Home, table: dict[str, Any], environ: dict[str, str], part: str) -> None:
    assert any(part in fault for fault in faults(home, table, **environ))


def test_a_secret_is_neither_in_a_fault_nor_in_a_repr(home: Home) -> None:
    table = {
        "auth": {"secret_key": 5150},
        "database": {"url": "mysql://u:hush@h/d"},
        "mail": {"default": {"password": "hush"}},
    }
    assert faults(home, table) == ["auth.secret_key: expected a text, found a whole number (given)"]
    assert "hush" not in repr(project(home, {**table, "auth": {"secret_key": "hush"}, "ext": {"a": "hush"}}))


def test_names_of_others_with_our_prefix_are_left_alone(home: Home) -> None:
    """Kubernetes sets these for a service called directus8; test tools set their own."""
    environ = {"DIRECTUS8_SERVICE_HOST": "10.0.0.1", "DIRECTUS8_PORT": "tcp://10.0.0.1:80", "DIRECTUS8_TEST_MYSQL": "x"}
    project(home, None, **environ)
    load_server(home, environ)


def test_a_broken_file_is_a_fault(home: Home) -> None:
    path = put(home, "demo.toml", "[mail\n")
    with pytest.raises(ConfigError, match="the file is not TOML"):
        load_project(home, "demo", {})
    put(home, "server.toml", "[sever]\nport = 1")
    assert [str(each) for each in every_fault(home, {})] == [
        f"sever: unknown key, did you mean server? ({home.server_file})",
        f"-: the file is not TOML: Expected ']' at the end of a table declaration (at line 1, column 6) ({path})",
    ]


# --- the server ------------------------------------------------------------------------------------------------


def test_the_settings_of_the_server(home: Home) -> None:
    put(home, "server.toml", '[server]\ntrusted_proxies = ["10.0.0.0/8"]\nport = 80\nsuper_admin_token = "a"')
    server = load_server(home, {"DIRECTUS8_SERVER_PORT": "81"})
    assert (server.port, server.trusted_proxies, server.super_admin_token) == (81, ("10.0.0.0/8",), "a")
    assert "super_admin_token" not in repr(server)
    assert load_server(home, {"DIRECTUS8_SUPER_ADMIN_TOKEN": "b"}).super_admin_token == "b"


def test_the_super_admin_token_may_lie_where_the_original_kept_it(home: Home) -> None:
    write_super_admin_token(home, "first")
    assert home.token_file.read_text() == '{"super_admin_token": "first"}\n'
    assert load_server(home, {}).super_admin_token == "first"
    put(home, "server.toml", '[server]\nsuper_admin_token = "second"')
    assert load_server(home, {}).super_admin_token == "second"


def test_faults_of_the_server(home: Home) -> None:
    put(home, "server.toml", 'server = 1\n[project.auth]\nsocial_providers = "x"')
    with pytest.raises(ConfigError, match="server: expected a table"):
        load_server(home, {})
    put(home, "server.toml", '[server]\nprot = 1\n[project.auth]\nsocial_providers = "x"')
    with pytest.raises(ConfigError) as caught:
        load_server(home, {"DIRECTUS8_SERVER_PORT": "tcp://10.0.0.1:80"})
    assert [fault.key for fault in caught.value.faults] == ["auth.social_providers", "server.prot", "server.port"]


# --- project files ---------------------------------------------------------------------------------------------


def test_which_files_are_projects(home: Home) -> None:
    names = ["b.toml", "a.toml", "private.c.toml", "private.a.toml", "_hidden.toml", "_.toml", "server.toml"]
    for name in [*names, "x.example.toml", "y.txt", "no way.toml", ".z.toml"]:
        put(home, name, "")
    found = {each.key: (each.private, each.listed) for each in project_keys(home)}
    assert found == {
        "_": (False, True),
        "_hidden": (False, False),
        "a": (True, False),
        "b": (False, True),
        "c": (True, False),
    }
    assert list(found) == sorted(found)
    assert project_keys(Home(home.root / "nowhere")) == ()


def test_the_private_file_of_a_key_wins(home: Home) -> None:
    put(home, "a.toml", '[auth]\nsecret_key = "1"')
    put(home, "private.a.toml", '[auth]\nsecret_key = "2"')
    config = load_project(home, "a", {})
    assert (config.private, config.auth.secret_key) == (True, "2")


@pytest.mark.parametrize("key", ["demo", "_", "my-shop_2", "A", "0", "private", "serverx"])
def test_keys_a_project_may_have(key: str) -> None:
    assert valid_key(key)


@pytest.mark.parametrize(
    "key", ["", "..", "a/b", "a.b", "é", "a b", "a\n", "server", "Types", "admin", "api", "uploads", "projects"]
)
def test_keys_a_project_may_not_have(home: Home, key: str) -> None:
    assert not valid_key(key)
    assert find_project(home, key) is None
    with pytest.raises(ConfigError):
        load_project(home, key, {})
    with pytest.raises(ConfigError):
        write_project(home, key, {})


def test_no_file_no_project(home: Home) -> None:
    with pytest.raises(ConfigError, match="no such project"):
        load_project(home, "demo", {})


def test_a_written_project_reads_back(home: Home) -> None:
    values = {
        "env": 'a "b" \\ \n\t\x7f é €',
        "auth": {"secret_key": "k", "social_providers": {"my own": {"scopes": ["a", "b"]}}},
        "cors": {"enabled": False, "max_age": 5, "origin": []},
        "database": {"url": "mysql://u:p@h/d", "port": None},
        "ext": {"list": [1, {"deep": True, "x y": 1.5}], "empty": {}, "ünï": {"a": "b"}},
    }
    path = write_project(home, "demo", values, private=True)
    assert path == home.config / "private.demo.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = load_project(home, "demo", {})
    assert config.env == values["env"]
    assert dict(config.ext) == values["ext"]
    assert config.auth.social_providers["my own"].scopes == ("a", "b")
    assert (config.cors.enabled, config.cors.max_age, config.cors.origin) == (False, 5, ())
    assert [each.name for each in home.config.iterdir()] == ["private.demo.toml"]


def test_a_file_is_replaced_only_if_that_is_wanted(home: Home) -> None:
    write_project(home, "demo", SECRET)
    with pytest.raises(FileExistsError):
        write_project(home, "demo", {"env": "x"}, replace=False)
    assert load_project(home, "demo", {}).env == "production"
    write_project(home, "demo", {**SECRET, "env": "x"})
    assert load_project(home, "demo", {}).env == "x"
    assert len(list(home.config.iterdir())) == 1


def test_only_toml_can_be_written() -> None:
    with pytest.raises(TypeError):
        to_toml({"a": object()})


# --- the table and its page ------------------------------------------------------------------------------------


def test_configurations_are_frozen(home: Home) -> None:
    config = project(home)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.env = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.ext["a"] = 1  # type: ignore[index]


def test_the_page_has_every_setting() -> None:
    """Else: directus8 options, and put it into the page."""
    assert options_table() in (ROOT / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize("name", ["server.example.toml", "project.example.toml"])
def test_the_examples_are_right(home: Home, name: str) -> None:
    text = (ROOT / "config" / name).read_text()
    uncommented = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and "=" in line else line for line in text.split("\n")
    )
    for each in (text, uncommented):
        tomllib.loads(each)
        put(home, "server.toml" if name.startswith("server") else "demo.toml", each)
        assert every_fault(home, {}) == ()
