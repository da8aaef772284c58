"""Profile photos (T2 Photo)."""
