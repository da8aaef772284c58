"""Sponsors: who answers for a guest (DIR-25)."""
