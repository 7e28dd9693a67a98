"""The command ``directus8``. Each group of commands is a module of its own; a new one is a line in ``COMMANDS``."""

from __future__ import annotations

import click

from directus8.cli.adopt import adopt_command, import_config
from directus8.cli.check import check
from directus8.cli.demo import demo
from directus8.cli.operate import cache, db, log, maintenance
from directus8.cli.options import options
from directus8.cli.project import create_project, project
from directus8.cli.schema import schema
from directus8.cli.serve import serve
from directus8.cli.shell import shell
from directus8.cli.transfer import clone, export, import_
from directus8.cli.user import user
from directus8.cli.worker import webhooks, worker

__all__ = ["create_project", "main"]

COMMANDS: tuple[click.Command, ...] = (
    serve, demo, project, user, schema, check, options, import_config, adopt_command, maintenance, db, log, cache,
    export, import_, worker, webhooks, shell,
)  # fmt: skip

project.add_command(clone)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="directus8")
def main() -> None:
    """The Directus 8 API on any SQL database. The folder of the installation is DIRECTUS8_HOME, else this folder."""


for command in COMMANDS:
    main.add_command(command)
