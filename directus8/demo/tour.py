"""Three requests to try on the demo: reading, logging in, writing."""

from __future__ import annotations

from directus8.demo.people import ADMIN, PASSWORD

_READ = """
curl -g 'BASE/demo/items/tracks?fields=*,album.artist.name&filter[album.artist.name][contains]=davis' \\
    -d sort=-milliseconds -d limit=2 -d meta=filter_count -G
"""
_LOGIN = """
TOKEN=$(curl -s BASE/demo/auth/authenticate -d email=EMAIL -d password=PASSWORD | sed 's/.*"token":"\\([^"]*\\).*/\\1/')
"""
_WRITE = """
curl -g 'BASE/demo/items/albums?fields=*.*' -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{
    "title": "Kind of Blue",
    "artist": {"name": "Miles Davis Sextet"},
    "tracks": [
        {"name": "So What", "media_type": 1, "milliseconds": 565000, "unit_price": 0.99},
        {"name": "Blue in Green", "media_type": 1, "milliseconds": 327000, "unit_price": 0.99}
    ]
}'
"""


def requests(base: str) -> tuple[str, ...]:
    """The requests as commands of a shell, for a server at this address."""
    known = {"BASE": base, "EMAIL": ADMIN, "PASSWORD": PASSWORD}
    return tuple(_filled(text.strip(), known) for text in (_READ, _LOGIN, _WRITE))


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
