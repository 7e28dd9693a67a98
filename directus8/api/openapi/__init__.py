"""Descriptions of the API for machines (OpenAPI 3.1), and a page to try them on."""
