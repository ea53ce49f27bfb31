"""The levels at which attack cases run, one module each."""
