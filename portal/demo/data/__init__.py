"""The people, organizations and history of the demo."""
