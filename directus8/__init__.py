"""The Directus 8 HTTP API, independent of PHP, on any SQL database."""

__version__ = "0.1.0"

#: The release of the original whose API is spoken.
DIRECTUS_VERSION = "8.8.1"
