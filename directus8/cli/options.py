"""``directus8 options``: every setting there is."""

from __future__ import annotations

import click

from directus8.config import options_table


@click.command()
def options() -> None:
    """Print every setting with its default. As Markdown, with its environment variable."""
    click.echo(options_table())
