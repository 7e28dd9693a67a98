"""gunicorn -c gunicorn.conf.py wsgi:application: as `directus8 serve`, for those who run gunicorn themselves.

Settings are those of [server] in config/server.toml and DIRECTUS8_SERVER_*; GUNICORN_CMD_ARGS beats them all.
"""

import os

from directus8.cli.serve import settings, share_metrics
from directus8.config import Home, load_server

server = load_server(Home.find())
share_metrics(server)
globals().update(settings(server, {}))

# Workers are replaced now and then, not all at once: what leaks somewhere does so for a while only.
max_requests = int(os.environ.get("GUNICORN_MAX_REQUESTS") or 100_000)
max_requests_jitter = max_requests // 10

# Each worker opens its own databases: an engine made before a fork would share its connections.
preload_app = False
