"""Home realm discovery: which method a person signs in with, and why (T19, T20)."""
