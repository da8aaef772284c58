"""Passwords of members: temporary ones, resets, the sign-in backend (SIN-2, SEC-75)."""
