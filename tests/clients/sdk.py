"""What the tests of the JavaScript SDKs share: a server with its mails, and a Node program that calls every method."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.clients.npm import node
from tests.conformance.workshop import MailBox, Workshop, environ, environment, mail_server


@dataclass(frozen=True)
class Place:
    """A running server, the maker of its projects, and the folder of its mails."""

    base: str
    shop: Workshop
    mails: Path


@contextmanager
def serving(vendor: str, folder: Path, more: Mapping[str, str] | None = None) -> Iterator[Place]:
    """A server without projects; ``more`` are settings of its environment."""
    with ExitStack() as stack:
        home, box = folder / "home", MailBox(folder / "mails")
        for part in ("config", "projects"):
            (home / part).mkdir(parents=True)
        mail_port, port = servers.free_port(), servers.free_port()
        stack.enter_context(mail_server(box, mail_port))
        stack.enter_context(environ({**environment(home, mail_port), **(more or {})}))
        server = stack.enter_context(servers.running(servers.directus8(port, 1), port, folder / "server.log"))
        yield Place(server.base, Workshop(vendor, home), box.folder)


def call_every_method(folder: Path, *command: str) -> Counter[str]:
    """Runs a program that tells each call as a line of JSON; how many calls had which result. None may have failed."""
    run = subprocess.run([node(folder), *command], cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    calls = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    failed = [call for call in calls if call["result"] not in ("passed", "skipped")]
    assert not failed, "\n\n".join(f"{call['call']}: {call['why']}" for call in failed)
    assert run.returncode == 0, run.stderr
    return Counter(call["result"] for call in calls)
