"""The mail of an invitation: when it goes, what it says, reminders (EML-1 to EML-19)."""
