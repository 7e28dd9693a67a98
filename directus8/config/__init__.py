"""Layered settings: defaults < files < environment < secret files, as frozen dataclasses.

The dataclasses of ``table`` *are* the table of settings: each ``option`` gives a default, its kind (the annotation) and
one line of help; environment names, checks, messages and the page docs/configuration.md follow from them. A new
setting is one new line there.

Layers, weakest first. What is said of one project beats what is said of all of them; within each, the environment
beats the file and a ``*_FILE`` secret beats both:

1. defaults
2. ``[project]`` of config/server.toml, ``DIRECTUS8_<PATH>``, ``DIRECTUS8_<PATH>_FILE``: for every project
3. config/<key>.toml, ``DIRECTUS8_PROJECT_<KEY>__<PATH>``, the same with ``_FILE``: for one project
   (with ``DIRECTUS_USE_ENV=1`` there are no project files and the original's ``DIRECTUS_<PATH>`` stand here)

A loader returns a complete configuration or raises one ``ConfigError`` that names every fault.
"""

from __future__ import annotations

from directus8.config.database import is_file_database
from directus8.config.faults import ConfigError, Fault
from directus8.config.load import build_project, every_fault, load_project, load_server
from directus8.config.options import options_table
from directus8.config.projects import (
    ENV_KEY,
    ProjectFile,
    find_project,
    project_keys,
    single_project,
    valid_key,
    write_project,
    write_super_admin_token,
)
from directus8.config.table import Environ, Home, ProjectConfig, ServerConfig

__all__ = [
    "ENV_KEY",
    "ConfigError",
    "Environ",
    "Fault",
    "Home",
    "ProjectConfig",
    "ProjectFile",
    "ServerConfig",
    "build_project",
    "every_fault",
    "find_project",
    "is_file_database",
    "load_project",
    "load_server",
    "options_table",
    "project_keys",
    "single_project",
    "valid_key",
    "write_project",
    "write_super_admin_token",
]
