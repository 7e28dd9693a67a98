"""Requests nobody would send: of every route and dialect, by grammar.

DIRECTUS8_FUZZ says how many per database, DIRECTUS8_FUZZ_SEED where to begin, DIRECTUS8_FUZZ_SLOWEST how many seconds
an answer may take.
"""
