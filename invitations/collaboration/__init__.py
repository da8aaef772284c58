"""External collaboration settings: who may invite whom (COL-1 to COL-14, T15)."""
