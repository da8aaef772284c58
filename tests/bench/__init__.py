"""Measurements: `make bench`. They print a table and assert what the specification asks for."""
