"""Email one-time passcode of a tenant: its setting, its rules, its state at a date (T12, T13)."""
