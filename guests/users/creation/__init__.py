"""Create a user in the console or from a file (CRE-1 to CRE-4, BLK-7)."""
