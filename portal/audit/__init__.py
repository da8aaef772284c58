"""The audit log and the sign-in log (AUD-1, LOG-1)."""
