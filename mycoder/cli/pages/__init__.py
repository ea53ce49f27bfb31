"""The reference pages of the documentation, made from the code: one file a page, found by `catalog.py`."""
