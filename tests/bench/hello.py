"""The unit of measure: the least that Flask can do."""

from __future__ import annotations

from flask import Flask

application = Flask(__name__)


@application.get("/")
def hello() -> str:
    """Answer one word."""
    return "hello"
