"""Three requests to try on the demo."""

from __future__ import annotations

from directus8.demo.people import ADMIN, PASSWORD

READ = """
curl -g '{base}/demo/items/tracks?fields=*,album.artist.name&filter[album.artist.name][contains]=davis&sort=-milliseconds&limit=2&meta=filter_count'
"""
LOGIN = """
TOKEN=$(curl -s {base}/demo/auth/authenticate -d email={email} -d password={password} |
    sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
"""
WRITE = """
curl -g '{base}/demo/items/albums?fields=*.*' -H "Authorization: Bearer $TOKEN" --json '{
    "title": "Kind of Blue",
    "artist": {"name": "Miles Davis Sextet"},
    "tracks": [
        {"name": "So What", "media_type": 1, "milliseconds": 565000, "unit_price": 0.99},
        {"name": "Blue in Green", "media_type": 1, "milliseconds": 327000, "unit_price": 0.99}
    ]
}'
"""


def requests(base: str) -> tuple[str, ...]:
    """Reading, logging in, writing, as commands of a shell."""
    known = {"{base}": base, "{email}": ADMIN, "{password}": PASSWORD}
    return tuple(_filled(text.strip(), known) for text in (READ, LOGIN, WRITE))


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
