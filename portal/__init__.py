"""Foyer: the project and what every room stands on."""
