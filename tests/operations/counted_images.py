"""The application as wsgi.py has it; each image made leaves a line in the file that COUNTED names."""

from __future__ import annotations

import os
from typing import Any

from directus8.files import images
from wsgi import application

__all__ = ["application"]
_real = images.transform


def _counted(*arguments: Any) -> bytes:
    descriptor = os.open(os.environ["COUNTED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, b"made\n")
    os.close(descriptor)
    return _real(*arguments)


images.transform = _counted
