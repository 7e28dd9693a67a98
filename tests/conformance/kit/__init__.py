"""A black-box HTTP conformance kit: replays recorded requests against a server and compares the answers."""
