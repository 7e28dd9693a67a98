"""How gunicorn serves directus8. The names of the environment variables are those of the [server] settings."""

import os


def _number(name: str, default: int) -> int:
    """A whole number from the environment; what is missing, empty or 0 is the default."""
    return int(os.environ.get(f"DIRECTUS8_SERVER_{name}") or 0) or default


bind = f"{os.environ.get('DIRECTUS8_SERVER_HOST') or '127.0.0.1'}:{_number('PORT', 8055)}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 0) or _number("WORKERS", (os.cpu_count() or 1) + 1)
threads = _number("THREADS", 4)
timeout = _number("TIMEOUT", 60)
graceful_timeout = 30
keepalive = 75  # longer than the balancers in front, which must be the ones that close

# Workers are replaced now and then, not all at once: what leaks somewhere does so for a while only.
max_requests = _number("MAX_REQUESTS", 100_000)
max_requests_jitter = max_requests // 10

# A heartbeat file on a disk may stall a worker; memory never does.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None

# Each worker opens its own databases: an engine made before a fork would share its connections.
preload_app = False

accesslog = os.environ.get("DIRECTUS8_SERVER_ACCESS_LOG") or None
