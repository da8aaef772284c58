"""Delete, restore and forget users (DIR-27 to DIR-31, DEL-1 to DEL-4, BLK-9)."""
