"""User flows: become a guest without an invitation (SSU-1, SSU-2)."""
