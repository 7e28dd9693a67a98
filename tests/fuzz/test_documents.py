"""What schemathesis makes of our OpenAPI documents, fitting and not: no 5xx, no leak, no other kind than was promised."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode

from tests.fuzz.judge import COUNT, SEED, Judge, court

#: The document → what its paths are below.
DOCUMENTS = {
    "/demo/openapi.json": "http://localhost",
    "/server/docs/openapi.json": "http://localhost",
    "/demo/v10/server/specs/oas": "http://localhost/demo/v10",
}
SENT = COUNT // 4
CALLERS = ("editor", "editor", "nobody", "admin")
CHECKS = list(HealthCheck)


def test_every_documented_operation_stands_anything(database_vendor: str, tmp_path: Path) -> None:
    """Hardened on one database, as the original on others; few to begin with, for what schemathesis makes takes time."""
    with court(database_vendor, tmp_path, hardened=database_vendor == "postgresql") as judge:
        for address, base in DOCUMENTS.items():
            _try(judge, address, base, SENT // len(DOCUMENTS))
        print(f"{database_vendor}: {judge.sent} requests, {dict(judge.statuses)}")
        assert not judge.wrong, "\n".join(judge.wrong[:20])
        assert judge.sent > SENT / 4


def _try(judge: Judge, address: str, base: str, count: int) -> None:
    """About so many requests, shared by the operations of a document."""
    told = judge.client.get(address, headers={"Authorization": f"Bearer {judge.api.folks.admin}"})
    document = told.get_json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = judge.client.application  # requests are then told as werkzeug's client takes them
    operations = [found.ok() for found in schema.get_all_operations()]
    if count < len(operations):
        operations = random.Random(SEED).sample(operations, count)
    for number, (operation, examples) in enumerate(_shared(operations, count)):
        for mode in GenerationMode:
            _generate(judge, base, document, operation, mode, SEED + number, max(1, examples // 2))


def _shared(operations: list[Any], count: int) -> Iterator[tuple[Any, int]]:
    return ((operation, count // len(operations)) for operation in operations)


def _generate(
    judge: Judge, base: str, document: Any, operation: Any, mode: GenerationMode, number: int, examples: int
) -> None:
    @seed(number)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=CHECKS
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
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
