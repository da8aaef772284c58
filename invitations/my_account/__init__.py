"""My account: the organizations of a guest, and the way out of them (ORG-1 to ORG-7)."""
