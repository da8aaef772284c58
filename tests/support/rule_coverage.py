"""Counts the rules of the specifications that have a test (`security.md`, How to use it).

A full run prints `rules covered N/total` and fails when N is below `covered.txt`; raise the
number there when it grows. A marker with an id that no specification has is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.second_run import is_second_run

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "docs" / "rules"
_DEFINITION = re.compile(r"^(?:- |\| ?)?\*{0,2}([A-Z]{2,4}-\d+|T\d+)\b", re.MULTILINE)


def defined_rules() -> frozenset[str]:
    """Read the ids that docs/rules defines: at the start of an item, a row or a table title."""
    pages = (page.read_text() for page in RULES.rglob("*.md") if page.name != "README.md")
    return frozenset(rule for page in pages for rule in _DEFINITION.findall(page))


KNOWN_RULES = defined_rules()
NARROWING_OPTIONS = ("keyword", "markexpr", "lf", "last_failed", "deselect", "ignore")


def required() -> int:
    """How many rules must be covered."""
    return int((ROOT / "tests" / "rules" / "covered.txt").read_text())


class RuleCoverage:
    """Collects `@pytest.mark.rule` ids, on the controller and on every xdist worker."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.covered: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the rules of what will run."""
        for item in items:
            for marker in item.iter_markers("rule"):
                unknown = set(marker.args) - KNOWN_RULES
                if unknown:
                    raise pytest.UsageError(f"{item.nodeid}: no such rule: {sorted(unknown)}")
                self.covered |= set(marker.args)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Report to the controller, or judge."""
        if (output := getattr(self.config, "workeroutput", None)) is not None:
            output["rules"] = sorted(self.covered)
        elif self.is_full_run() and len(self.covered) < required():
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what an xdist worker found."""
        self.covered |= set(getattr(node, "workeroutput", {}).get("rules", ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the figure; a fall is an error."""
        if not self.is_full_run():
            return
        terminalreporter.write_line(f"rules covered {len(self.covered)}/{len(KNOWN_RULES)}")
        if len(self.covered) < required():
            terminalreporter.write_line(
                f"ERROR: {required()} rules were covered before (tests/rules/covered.txt)",
                red=True,
            )

    def is_full_run(self) -> bool:
        """Whether nothing narrows the run down to some tests."""
        option = self.config.option
        narrowed = any(getattr(option, name, None) for name in NARROWING_OPTIONS)
        everything = [Path(a).resolve() for a in self.config.args] == [
            self.config.rootpath / "tests"
        ]
        narrowed = narrowed or is_second_run(self.config)
        return everything and not narrowed and not option.collectonly
