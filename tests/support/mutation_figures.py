"""Print how many mutants of each module the tests noticed, after `mutmut run`, as a table."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

MUTANTS = Path(__file__).resolve().parents[2] / "mutants"
OUTCOMES = {0: "survived", 5: "survived", 33: "survived", None: "not run"}
"""mutmut's exit codes: 0 is a run without a failure, 5 and 33 say that no test runs the function.

Every other one is a mutant that a test noticed, if only by running into the time limit.
"""


def count_outcomes(path: Path) -> Counter[str]:
    """Count the mutants of one module by what became of them."""
    codes = json.loads(path.read_text())["exit_code_by_key"].values()
    return Counter(OUTCOMES.get(code, "killed") for code in codes)


def format_row(name: str, outcomes: Counter[str]) -> str:
    """Give a row of the table: the module, its mutants, those noticed, survivors, the share."""
    killed, survived = outcomes["killed"], outcomes["survived"]
    share = f"{killed / (killed + survived):.0%}" if killed + survived else "not run"
    total = outcomes.total()
    return f"| {name} | {total} | {killed} | {survived} | {outcomes['not run']} | {share} |"


def main() -> None:
    """Print a row for each module and one for all of them."""
    print("| Module | Mutants | Killed | Survived | Not run | Killed of those run |")
    print("|---|---:|---:|---:|---:|---:|")
    total: Counter[str] = Counter()
    for path in sorted(MUTANTS.glob("**/*.py.meta")):
        outcomes = count_outcomes(path)
        if outcomes:
            module = path.relative_to(MUTANTS).as_posix().removesuffix(".meta")
            print(format_row(f"`{module}`", outcomes))
            total += outcomes
    print(format_row("all", total))


if __name__ == "__main__":
    main()
