"""GraphQL over the same items, rules and plans as every other dialect.

``engine.execute`` is the whole of it: a caller's session and a document go in, an answer comes out. It knows nothing
of HTTP, nor where it is mounted; ``v8.py`` mounts it at /{project}/gql.
"""
