"""Runs under the project's own interpreter (CPython 3.8 or later): standard library only, no imports of
mycoder."""
