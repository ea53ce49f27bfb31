"""The words of the house: events come out, commands go in. See docs/architecture.md."""
