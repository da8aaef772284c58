"""Every citation of a rule leads to its text in docs/rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.rule_coverage import KNOWN_RULES, RULES

ROOT = Path(__file__).resolve().parents[2]
CITING = ("portal", "guests", "identityproviders", "invitations", "applications", "templates")
PREFIXES = sorted({rule.split("-")[0] for rule in KNOWN_RULES if "-" in rule})
CITATION = re.compile(rf"\b(?:{'|'.join(PREFIXES)})-\d+\b")


def test_the_specification_defines_its_rules() -> None:
    assert len(KNOWN_RULES) > 550
    assert {"OTP-3", "SEC-14", "REL-4", "FI-9", "AB-1", "APL-1", "T17", "T25"} <= KNOWN_RULES


@pytest.mark.parametrize("folder", CITING)
def test_a_cited_rule_has_its_text(folder: str) -> None:
    files = [p for p in (ROOT / folder).rglob("*") if p.suffix in {".py", ".html", ".txt"}]
    assert files
    cited = {rule for path in files for rule in CITATION.findall(path.read_text())}

    assert cited - KNOWN_RULES == set()


def test_the_index_names_every_page() -> None:
    index = (RULES / "README.md").read_text()
    pages = {str(p.relative_to(RULES)) for p in RULES.rglob("*.md")} - {"README.md"}

    assert {page for page in pages if f"]({page})" not in index} == set()
