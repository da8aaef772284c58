"""The demo mailbox: every mail that the demo sent."""
