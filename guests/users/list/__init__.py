"""All users: columns, filters, and the list itself (USR-1 to USR-13)."""
