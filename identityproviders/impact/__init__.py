"""What a change of settings does to the guests of a tenant, before it is saved (BET-2)."""
