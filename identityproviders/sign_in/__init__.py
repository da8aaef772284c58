"""A sign-in from the first address to the open session (SIN-1, SEC-41)."""
