"""The demo project: a music shop, made through the services that every client uses.

The shop's data is the Chinook database, see chinook.LICENSE.md; articles, users and pictures are our own.
"""
