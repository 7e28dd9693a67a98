"""Webhooks, told to a real HTTP server: down for a while, slow, answering 500, while workers are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from directus8.db import trace
from directus8.db.engine import Database
from directus8.services.deliverer import deliver
from directus8.webhooks import outbox
from directus8.webhooks.send import signature
from tests.api.extensions.conftest import ARTICLES, Site
from tests.api.people import people

CONFIG = {
    "security": {"allow_private_addresses": True},
    "webhooks": {"delivery": "worker", "timeout": 1, "retry_after": 1},
}
BY_SERVER = {**CONFIG, "webhooks": {"delivery": "server", "timeout": 30, "retry_after": 1}}


class Receiver:
    """Notes what it is told, and answers as the test wants."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, str], Any]] = []
        self.answer: Callable[[int], int] = lambda count: 200
        self.server = self._server(0)
        self.port = self.server.server_port

    def _server(self, port: int) -> ThreadingHTTPServer:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = receiver.answer(len(receiver.told))
                if status == 200:
                    receiver.told.append((self.command, dict(self.headers), json.loads(body) if body else None))
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            do_GET = do_POST = _any

            def log_message(self, *_: Any) -> None: ...

        made = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        made.daemon_threads = True
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        return made

    def down(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def up(self) -> None:
        self.server = self._server(self.port)

    @property
    def titles(self) -> list[str]:
        return [body["title"] for _, _, body in self.told]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.down()


@pytest.fixture
def hooked(database_vendor: str, tmp_path: Path) -> Iterator[Site]:
    with people(database_vendor, tmp_path, CONFIG) as folks:
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        yield site


def hook(site: Site, receiver: Receiver, action: str = "item.create:after", **more: Any) -> int:
    row = {
        "status": "active", "http_action": "post", "collection": "articles", "directus_action": action,
        "url": f"http://127.0.0.1:{receiver.port}/", **more,
    }  # fmt: skip
    return int(site.ask("POST", "/webhooks", row, site.folks.admin).get_json()["data"]["id"])


def create(site: Site, title: str) -> Any:
    answer = site.ask("POST", "/items/articles", {"title": title}, site.folks.admin)
    assert answer.status_code == 200
    return answer.get_json()["data"]["id"]


def statuses(site: Site) -> list[str]:
    return [row["status"] for row in outbox.log(site.folks.project.database, 100)]


def test_all_matching_webhooks_are_told_as_the_original_did(hooked: Site, receiver: Receiver) -> None:
    for action in ("item.create:after", "item.create:after", "item.update:after", "item.delete:after"):
        hook(hooked, receiver, action)
    hook(hooked, receiver, "item.delete:after", http_action="get")
    hook(hooked, receiver, status="inactive")
    hook(hooked, receiver, collection="others")
    key = create(hooked, "a")
    hooked.ask("PATCH", f"/items/articles/{key}", {"title": "b"}, hooked.folks.admin)
    hooked.ask("DELETE", f"/items/articles/{key}", None, hooked.folks.admin)
    deliver(hooked.folks.project)
    new = {"id": key, "title": "a", "slug": None, "author": None}
    bodies = sorted((method, json.dumps(body, sort_keys=True)) for method, _, body in receiver.told)
    assert bodies == sorted(
        (method, json.dumps(body, sort_keys=True))
        for method, body in (
            ("POST", new), ("POST", new), ("POST", {"id": str(key), "title": "b"}),
            ("POST", {**new, "id": str(key), "title": "b"}), ("GET", None),
        )
    )  # fmt: skip
    assert statuses(hooked) == ["delivered"] * 5
    _, headers, _ = receiver.told[0]
    assert headers["Content-Type"] == "application/json" and headers["webhook-id"].startswith("msg_")


def test_what_is_rolled_back_is_not_told(hooked: Site, receiver: Receiver) -> None:
    hook(hooked, receiver)
    hooked.write(
        "hooks/veto.py",
        'def veto(data):\n    raise ValueError("no")\nhooks = {"actions": {"item.create.articles": veto}}\n',
    )
    assert hooked.ask("POST", "/items/articles", {"title": "x"}, hooked.folks.admin).status_code == 500
    deliver(hooked.folks.project)
    assert receiver.told == [] and statuses(hooked) == []


def test_a_receiver_that_is_down_is_told_everything_later_and_in_order(hooked: Site, receiver: Receiver) -> None:
    hook(hooked, receiver)
    receiver.down()
    try:
        wanted = [f"n{n}" for n in range(5)]
        for title in wanted:
            create(hooked, title)
        project = hooked.folks.project
        due = deliver(project)
        assert receiver.told == [] and statuses(hooked) == ["waiting"] * 5
        assert due is not None and due > time.time() - 1
    finally:
        receiver.up()
    _until(lambda: deliver(project) is None)
    assert receiver.titles == wanted and statuses(hooked) == ["delivered"] * 5


def test_a_receiver_that_answers_500_is_asked_again(hooked: Site, receiver: Receiver) -> None:
    hook(hooked, receiver)
    left = [2]

    def sulky(count: int) -> int:
        left[0] -= 1
        return 500 if left[0] >= 0 else 200

    receiver.answer = sulky
    create(hooked, "a")
    create(hooked, "b")
    _until(lambda: deliver(hooked.folks.project) is None)
    assert sorted(receiver.titles) == ["a", "b"]
    assert sorted(row["attempts"] for row in outbox.log(hooked.folks.project.database, 10)) == [2, 2]


def _until(done: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)


def test_two_workers_never_have_the_same(hooked: Site, receiver: Receiver) -> None:
    hook(hooked, receiver)
    for n in range(20):
        create(hooked, str(n))
    project = hooked.folks.project
    threads = [threading.Thread(target=deliver, args=(project,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _until(lambda: deliver(project) is None)
    assert sorted(receiver.titles, key=int) == [str(n) for n in range(20)]


class Killed:
    """A receiver that keeps some messages waiting for its answer, and has seen who waits."""

    def __init__(self, receiver: Receiver, messages: set[int]) -> None:
        self.messages = messages
        self.asked, self.let_go = threading.Event(), threading.Event()
        receiver.answer = self.answer

    def answer(self, count: int) -> int:
        if count in self.messages:
            self.messages.remove(count)
            self.asked.set()
            assert self.let_go.wait(30)
        return 200

    def worker(self, command: list[str]) -> None:
        """A worker, killed while it waits for an answer. Its lease ends."""
        self.asked.clear()
        self.let_go.clear()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert self.asked.wait(30)
        finally:
            process.kill()
            process.wait()
            self.let_go.set()


def test_nothing_is_lost_when_workers_are_killed(
    hooked: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker was delivering comes once more with the same id, everything else once; all in order."""
    monkeypatch.setenv("DIRECTUS8_HOME", str(hooked.root))
    hook(hooked, receiver)
    count = int(os.environ.get("WEBHOOKS", "6"))
    wanted = [f"n{number}" for number in range(count)]
    answer = hooked.ask("POST", "/items/articles", [{"title": title} for title in wanted], hooked.folks.admin)
    assert answer.status_code == 200
    command = [sys.executable, "-m", "directus8.cli", "worker", "demo"]
    kills = sorted({1, count // 2})
    killed = Killed(receiver, {at + number for number, at in enumerate(kills)})
    project = hooked.folks.project
    for _ in kills:
        killed.worker(command)
        assert outbox.take(project.database, int(time.time()), 9, 64)[1] == []  # still the dead worker's
        _pass(project.database, 60)
    subprocess.run([*command, "--once"], check=True)
    assert receiver.titles == sorted([*wanted, *(wanted[at] for at in kills)], key=wanted.index)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.told}) == count
    assert statuses(hooked) == ["delivered"] * count


def _pass(database: Database, seconds: int) -> None:
    """Time passes: every lease is nearer to its end."""
    with database.transaction() as connection:
        connection.execute(f"UPDATE directus8_outbox SET lease = lease - {seconds}")


def test_who_writes_waits_for_no_receiver(tmp_path: Path, receiver: Receiver) -> None:
    with people("sqlite", tmp_path, BY_SERVER) as folks:
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        hook(site, receiver)
        answers = threading.Event()
        receiver.answer = lambda count: 200 if answers.wait(30) else 500
        for title in ("a", "b", "c"):
            create(site, title)
        assert receiver.told == []
        answers.set()
        _until(lambda: receiver.titles == ["a", "b", "c"])


def test_a_write_takes_one_statement_more_however_many_are_told(hooked: Site, receiver: Receiver) -> None:
    def cost(items: int) -> int:
        body = [{"title": str(number)} for number in range(items)]
        with trace.observe() as seen:
            assert hooked.ask("POST", "/items/articles", body, hooked.folks.admin).status_code == 200
        return len(seen)

    def warm(items: int) -> int:
        cost(items)
        return cost(items)

    alone, several = warm(1), warm(10)
    for hooks in (1, 4):
        for _ in range(hooks):
            hook(hooked, receiver)
        assert (warm(1), warm(10)) == (alone + 1, several + 1)


def test_the_server_delivers_by_itself(tmp_path: Path, receiver: Receiver) -> None:
    with people("sqlite", tmp_path, BY_SERVER) as folks:
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        hook(site, receiver)
        create(site, "a")
        _until(lambda: receiver.titles == ["a"])
        _until(lambda: statuses(site) == ["delivered"])


def test_envelope_headers_and_signature(tmp_path: Path, receiver: Receiver) -> None:
    told = {
        "envelope": True,
        "secret": "whsec_MTIz",
        "headers": {"X-Site": "demo"},
        "hooks": {"2": {"envelope": False}},
    }
    values = {**CONFIG, "webhooks": {**CONFIG["webhooks"], **told}}  # type: ignore[dict-item]
    with people("sqlite", tmp_path, values) as folks:
        site = Site(folks, tmp_path)
        site.context.services.CollectionsService(schema=site.context.get_schema()).create_one(ARTICLES)
        hook(site, receiver)
        hook(site, receiver)
        create(site, "a")
        deliver(folks.project)
        enveloped = next((h, b) for _, h, b in receiver.told if "type" in b)
        headers, body = enveloped
        assert (body["type"], body["collection"], body["user"], body["data"]["title"]) == (
            "item.create:after",
            "articles",
            1,
            "a",
        )
        assert headers["X-Site"] == "demo"
        sent = json.dumps(body, separators=(",", ":")).encode()
        assert headers["webhook-signature"] == signature(
            "whsec_MTIz", headers["webhook-id"], int(headers["webhook-timestamp"]), sent
        )
        assert any(b == {"id": 1, "title": "a", "slug": None, "author": None} for _, _, b in receiver.told)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the reference implementation."""
    secret, id, moment = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert signature(secret, id, moment, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_private_addresses_and_secrets(tmp_path: Path, receiver: Receiver) -> None:
    with people("sqlite", tmp_path, {"webhooks": {"delivery": "worker"}}) as folks:
        site = Site(folks, tmp_path)
        hook(site, receiver, collection="directus_users")
        site.ask("POST", "/users", {"email": "u@example.com", "password": "a secret one", "role": 3}, folks.admin)
        (row,) = folks.rows("SELECT body FROM directus8_outbox")
        assert "u@example.com" in row[0] and "password" not in row[0] and "$2y$" not in row[0]
        deliver(folks.project)
        assert receiver.told == [] and statuses(site) == ["failed"]


def test_without_webhooks_nothing_is_made(plain: Site) -> None:
    create(plain, "a")
    from directus8.system import own

    assert not own.is_there(plain.folks.project.database, own.OUTBOX)
