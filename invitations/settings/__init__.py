"""Settings of invitations: lifetime, reminders, redirect targets (INV-4, BET-13, SEC-60)."""
