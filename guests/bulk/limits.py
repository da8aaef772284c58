"""How much a bulk file may hold (SEC-87, T21)."""

from datetime import timedelta

MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_ROWS = 50_000
MAXIMUM_COLUMNS = 100
MAXIMUM_CELL_CHARACTERS = 8_192
MAXIMUM_PROBLEMS_SHOWN = 100
RESULTS_KEPT = timedelta(days=7)
"""How long rows and results file of a finished job stay (BLK-16)."""
UNSUBMITTED_KEPT = timedelta(days=1)
"""How long an upload waits for its submission."""
