"""The baseline: how many steps of each family passed on each database. It may only rise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("BASELINE")
HEADER = "# suite family database passed; raised by `make conformance ARGS=--update-baseline`, never lowered\n"


class Cell(NamedTuple):
    """One family of a suite on one database."""

    suite: str
    family: str
    database: str


class BaselineError(Exception):
    """A baseline file that cannot be read."""


def read(path: Path = FILE) -> dict[Cell, int]:
    """The counts of the file; none when there is no file."""
    counts: dict[Cell, int] = {}
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else (), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 4 or not words[3].isdigit():
            raise BaselineError(f"{path}:{number}: expected `suite family database passed`")
        counts[Cell(*words[:3])] = int(words[3])
    return counts


def fallen(baseline: Mapping[Cell, int], counts: Mapping[Cell, int], cells: Iterable[Cell]) -> list[str]:
    """What fell below the baseline, among the cells that were run."""
    return [
        f"{' '.join(cell)}: {counts.get(cell, 0)} passed, the baseline is {baseline[cell]}"
        for cell in sorted(set(cells) & baseline.keys())
        if counts.get(cell, 0) < baseline[cell]
    ]


def raised(baseline: Mapping[Cell, int], counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """The baseline with every higher count of this run."""
    cells = baseline.keys() | counts.keys()
    return {cell: max(baseline.get(cell, 0), counts.get(cell, 0)) for cell in sorted(cells)}


def write(counts: Mapping[Cell, int], path: Path = FILE) -> None:
    """Store the counts, one line each."""
    path.write_text(HEADER + "".join(f"{' '.join(cell)} {count}\n" for cell, count in sorted(counts.items())))
