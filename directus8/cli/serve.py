"""``directus8 serve``: gunicorn in this process, with settings that do not depend on the working folder."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app
from gunicorn.workers.base import Worker

from directus8.config import Home, ServerConfig, every_fault, load_server

HOUR, OLDEST = 3600, 2  # seconds; the generation whose collection is a full one
SHARED_MEMORY = Path("/dev/shm")  # where workers leave their sign of life: never on a slow disk


@click.command()
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (8055).")
@click.option("--workers", type=click.IntRange(1), help="Processes (as many as processors).")
@click.option("--threads", type=click.IntRange(1), help="Threads of each process (4).")
def serve(host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve all projects. Nothing is started if any configuration is faulty."""
    home = Home.find()
    if faults := every_fault(home):
        raise click.ClickException("the configuration is faulty\n" + "\n".join(map(str, faults)))
    os.environ["DIRECTUS8_HOME"] = str(home.root)
    server = load_server(home)
    share_metrics(server)
    given = {"host": host, "port": port, "workers": workers, "threads": threads}
    Server(settings(server, {name: value for name, value in given.items() if value is not None})).run()


def settings(server: ServerConfig, given: dict[str, Any]) -> dict[str, Any]:
    """The gunicorn settings from the configuration and what the command line says instead."""
    said = {name: given.get(name, getattr(server, name)) for name in ("host", "port", "workers", "threads")}
    host = f"[{said['host']}]" if ":" in said["host"] else said["host"]
    return {
        "bind": f"{host}:{said['port']}",
        "workers": said["workers"] or _processors(),
        "threads": said["threads"],
        "worker_class": "gthread",
        "timeout": server.timeout,
        "graceful_timeout": 30,
        "keepalive": 75,
        "loglevel": server.log_level,
        "worker_tmp_dir": str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None,
        "forwarded_allow_ips": "",  # the application itself knows the trusted proxies
        "proc_name": "directus8",
        "limit_request_line": 8190,  # filters stand in the query string
        "control_socket_disable": True,
        "on_starting": imported,
        "post_worker_init": settled,
    }


def imported(arbiter: object) -> None:
    """The code is loaded once, before workers are forked: they start, and are replaced, several times as fast."""
    importlib.import_module("directus8.api.app")


def settled(worker: Worker) -> None:
    """Requests wait neither for their log line nor for a storage that hangs, nor for garbage more than once an hour."""
    from directus8.api.http.lines import lines
    from directus8.files.slots import slots

    lines.gather()
    slots.keep_one_free(worker.cfg.threads)
    let_age()


def let_age() -> None:
    """From now on what has grown old is searched for garbage once an hour only."""
    gc.callbacks.append(Ageing(time.monotonic))
    gc.collect()


class Ageing:
    """Puts aside what a full collection has found alive: the projects that are open, else looked at again and again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.due = clock() + HOUR

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """Called by the collector before and after each collection."""
        if info["generation"] < OLDEST:
            return
        if phase == "stop":
            gc.freeze()
        elif self.clock() >= self.due:
            self.due = self.clock() + HOUR
            gc.unfreeze()


def share_metrics(server: ServerConfig) -> None:
    """Give the workers a folder in which they count together; before any of them is started."""
    if server.metrics_token and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="directus8-metrics-", dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        main = os.getpid()  # workers are forked: only the process that made it takes it away
        atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == main else None)


def _processors() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Server(BaseApplication):
    """gunicorn with our settings; the application is made in each worker."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Nothing is read from files or from GUNICORN_CMD_ARGS."""
        for name, value in self.settings.items():
            if name in self.cfg.settings:  # control_socket_disable is younger than our oldest gunicorn
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application."""
        return import_app("directus8.api.app:create_app()")
