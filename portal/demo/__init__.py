"""The demo: one command that runs everything on this machine, its data and its mailbox."""
