"""Repair operators: one small class in each file. A new one is a new file and a line in `catalog.py`."""
