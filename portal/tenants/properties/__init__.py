"""The Properties blade (T1, DIR-6, DIR-7)."""
