"""My Apps: what a person may open in one organization (APP-1, APP-2)."""
