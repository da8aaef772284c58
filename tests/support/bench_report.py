"""What the measurements of a run found, as lines of a table."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Report:
    """Lines of a Markdown table: what, measured, wanted."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, measured: str, wanted: str) -> None:
        """Note a measurement and show it at once."""
        self.lines.append((what, measured, wanted))
        print(f"\n{what}: {measured} (wanted {wanted})", flush=True)

    def __str__(self) -> str:
        rows = [("What", "Measured", "Wanted"), ("---", "---", "---"), *self.lines]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine() -> str:
    """Where and on what the measurements were made."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"{_database()}, commit {commit or 'unknown'}"
    )


def _database() -> str:
    if connection.vendor == "postgresql":
        version = connection.pg_version  # type: ignore[attr-defined]
        return f"PostgreSQL {version // 10000}.{version % 10000}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        return f"SQLite {cursor.fetchone()[0]}"
