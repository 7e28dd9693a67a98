"""What schemathesis makes of our OpenAPI documents, sent to the projects of all judges.

    python -m tests.fuzz.documents --requests 50000 --seed 1

Making a request costs ten times what answering it does, so a long run makes each once for all databases.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode

from tests import databases
from tests.fuzz.judge import Judge, court

#: The document → what its paths are below.
DOCUMENTS = {
    "/demo/openapi.json": "http://localhost",
    "/server/docs/openapi.json": "http://localhost",
    "/demo/v10/server/specs/oas": "http://localhost/demo/v10",
}
CALLERS = ("editor", "editor", "nobody", "admin")
CHECKS = list(HealthCheck)


def try_all(judges: Sequence[Judge], count: int, number: int) -> None:
    """About so many requests to each judge, shared by the documents; the same ones for the same number."""
    for address, base in DOCUMENTS.items():
        _try(judges, address, base, count // len(DOCUMENTS), number)


def _try(judges: Sequence[Judge], address: str, base: str, count: int, number: int) -> None:
    """About so many requests, shared by the operations of a document."""
    asked = [(judge, _document(judge, address)) for judge in judges]
    schema = schemathesis.openapi.from_dict(asked[0][1])
    schema.app = judges[0].client.application  # requests are then told as werkzeug's client takes them
    operations = [found.ok() for found in schema.get_all_operations()]
    if count < len(operations):
        operations = random.Random(number).sample(operations, count)
    for place, operation in enumerate(operations):
        for mode in GenerationMode:
            examples = max(1, count // len(operations) // 2)
            _generate(asked, base, operation, mode, number + place, examples)


def _document(judge: Judge, address: str) -> Any:
    return judge.client.get(address, headers={"Authorization": f"Bearer {judge.api.folks.admin}"}).get_json()


def _generate(
    asked: Sequence[tuple[Judge, Any]],
    base: str,
    operation: Any,
    mode: GenerationMode,
    number: int,
    examples: int,
) -> None:
    @seed(number)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=CHECKS
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        for judge, document in asked:
            _send(judge, base, document, case)

    try:
        send()
    except Exception as error:  # nothing that does not fit can be made of an operation that takes anything
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise


def _send(judge: Judge, base: str, document: Any, case: Case) -> None:
    if "project" in case.path_parameters:
        case.path_parameters["project"] = "demo"
    more = case.as_transport_kwargs(base_url=base)
    method, path, headers = more.pop("method"), more.pop("path"), dict(more.pop("headers"))
    headers.pop("Authorization", None)
    who = CALLERS[judge.sent % len(CALLERS)]
    answer = judge.ask(case.operation.label, who, method, path, headers, **more)
    promised = document["paths"][case.operation.path][case.operation.method.lower()]["responses"]
    kinds = promised.get(str(answer.status_code), {}).get("content")
    if kinds and answer.data and not _fits(answer.mimetype, kinds):
        judge.wrong.append(f"{case.operation.label} -> {answer.status_code} {answer.mimetype}, promised {list(kinds)}")


def _fits(kind: str, kinds: Any) -> bool:
    return kind in kinds or "*/*" in kinds or f"{kind.partition('/')[0]}/*" in kinds


def main() -> int:
    """Try seed after seed until each database got that many requests; 1 when an answer was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.documents")
    parser.add_argument("--database", action="append", choices=databases.VENDORS, help="only this one (repeatable)")
    parser.add_argument("--requests", type=int, default=1000, help="to each database")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round", type=int, default=5000, help="requests made of one seed")
    options = parser.parse_args()
    os.environ.setdefault("DIRECTUS8_AUTH_BCRYPT_COST", "4")
    vendors = options.database or databases.available()
    number, sent, wrong, started = options.seed, 0, 0, time.monotonic()
    while sent < options.requests:
        with open(os.devnull, "w") as log, redirect_stdout(log):
            judges = _round(vendors, options.round, number)
        number, sent = number + 1_000_000, sent + min(judge.sent for judge in judges.values())
        for vendor, judge in judges.items():
            wrong += len(judge.wrong)
            print(f"{vendor}: {judge.sent} requests, {dict(judge.statuses)}", *judge.wrong, sep="\n  ")
        print(f"{sent} requests to each in {time.monotonic() - started:.0f} s, {wrong} wrong", flush=True)
    return 1 if wrong else 0


def _round(vendors: Sequence[str], count: int, number: int) -> dict[str, Judge]:
    """New projects, hardened on PostgreSQL and as the original elsewhere, and what they answered."""
    with ExitStack() as stack:
        judges = {}
        for vendor in vendors:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            judges[vendor] = stack.enter_context(court(vendor, folder, hardened=vendor == "postgresql"))
        try_all(list(judges.values()), count, number)
        return judges


if __name__ == "__main__":
    sys.exit(main())
