"""Bulk operations: a file of rows, run as a job (BLK-1 to BLK-21)."""
