"""The frame of every page: blades, lists, forms, menus, messages."""
