"""Measures the server CPU of a request as a multiple of what a bare Flask hello takes in the same run.

CPU time and statement counts survive a noisy machine, requests per second do not.
"""
