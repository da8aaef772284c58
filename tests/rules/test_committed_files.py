"""What may stand in the repository (stack 2, SEC-100, SEC-117)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve()

OUTSIDE = (
    r"(?m)^\s*(?:import|from)\s+"
    r"(?:requests|urllib3|httpx|aiohttp|socket|ssl|http\.client|urllib\.request|ftplib|telnetlib"
    r"|smtplib|dns|authlib\.integrations)\b"
)
"""Imports that could talk to somebody outside: only the guard does (SEC-90)."""

needs_git = pytest.mark.skipif(
    not shutil.which("git") or not (ROOT / ".git").exists(), reason="no git checkout here"
)


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


@pytest.mark.rule("SEC-116")
def test_lock_files_pin_by_hash_and_name_no_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))

    assert len(locks) == 3
    for lock in locks:
        text = text_of(lock)
        assert not re.search(r"://|--index|--find-links", text), lock.name
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        pinned = [b for b in blocks if re.match(r"[a-z0-9._-]+==", b)]
        assert pinned, lock.name
        assert all("--hash=sha256:" in b for b in pinned), lock.name


@needs_git
@pytest.mark.rule("SEC-100")
def test_no_file_holds_a_private_key_or_a_password_of_ours() -> None:
    private_key = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")

    assert [p for p in committed() if private_key.search(text_of(p))] == []


@needs_git
@pytest.mark.rule("SEC-117")
@pytest.mark.parametrize(
    "pattern",
    [
        r"\bmark_safe\(",
        r"\|\s*safe\b",
        r"\beval\(",
        r"\bpickle\b",
        r"fail_silently=True",
        r"\bparseaddr\b",
        r"select_for_update\(",
        r"\.raw\(",
        OUTSIDE,
    ],
)
def test_dangerous_calls_stand_only_where_they_were_looked_at(pattern: str) -> None:
    rooms = ("portal", "guests", "identityproviders", "invitations", "applications", "templates")
    found = {
        str(path.relative_to(ROOT))
        for path in committed()
        if path.relative_to(ROOT).parts[0] in rooms and re.search(pattern, text_of(path))
    }

    assert found <= LOOKED_AT.get(pattern, set())


LOOKED_AT: dict[str, set[str]] = {
    # One way to lock; a stranger's code takes as many queries as django-otp's (SEC-14).
    r"select_for_update\(": {"portal/tenants/row_locks.py"},
    OUTSIDE: {
        "portal/net/dns.py",
        "portal/net/fetch.py",
        "portal/net/timed_connection.py",
        # The operator's relay, and the name of this machine.
        "portal/outbox/sending/delivery.py",
        "portal/outbox/sending/relay_connection.py",
        "portal/outbox/sending/smtp.py",
        "portal/outbox/mailcheck.py",
        # The operator's mailbox of delivery reports.
        "portal/outbox/bounces/mailboxes.py",
        # The demo's own processes.
        "portal/demo/environment.py",
        "portal/demo/trial.py",
        "portal/demo/up.py",
    },
}
