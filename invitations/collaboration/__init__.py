"""External collaboration settings: who may invite, and which domains (COL-1 ff., T15)."""
