"""GraphiQL for browsers, from files that came with the package: nothing is loaded from elsewhere.

``make graphiql`` renews the bundle in ``vendor``.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
INDEX = HERE / "index.html"
FILES = {
    **{name: HERE / name for name in ("page.js", "page.css")},
    **{
        name: VENDOR / name
        for name in (
            "graphiql.min.js", "graphiql.min.css", "react.production.min.js", "react-dom.production.min.js",
        )
    },
}  # fmt: skip
HEADERS = (
    ("Referrer-Policy", "same-origin"),
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src data:;"
        " style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)


def is_built() -> bool:
    """Is the bundle there?"""
    return all(file.is_file() for file in FILES.values())
