"""How long sessions live, how they end, and who has a second factor (T22, SES-5)."""
