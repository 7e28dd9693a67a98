"""GraphQL as v10 clients know it: ``articles``, ``articles_by_id``, ``create_articles_item``; types as collections.

Whatever is selected becomes the parameters of the same query that REST would send, so that names, values, rules and
errors are those of the rest of v10. ``schema.build`` is pure; ``engine.perform`` of /gql runs it.
"""
