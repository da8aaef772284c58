"""How test files are written: shared helpers, no private names, no patterns over markup."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FILES = sorted(TESTS.rglob("*.py"))
SHARED = ("tests.support", "tests.factories", "tests.settings")
PRODUCT = ("portal", "guests", "identityproviders", "invitations", "applications")
PUBLIC_BY_HABIT = {"_meta"}
"""Django documents it, underscore and all."""

NOT_PAGES = {
    # What these compare is the very markup: two answers may differ in nothing but tokens.
    "identityproviders/passcodes/test_passcode_mail.py",
    "identityproviders/sign_in/test_constant_shape.py",
    # An answer of a SAML provider, the sprite of icons, requirements with their versions.
    "identityproviders/federation/test_answers.py",
    "portal/console/test_icons.py",
    "portal/test_locks.py",
    "rules/test_test_files.py",
}
GROUP = re.compile(r"\(\?(?:P?<\w+>|<[=!])")
MARKUP = re.compile(r"<|\w=\\?[\"']")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each module that a file imports from, with each name."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in packages)


def test_helpers_come_from_support_and_never_from_another_test_file() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}: {module}.{name}"
        for path in FILES
        for module, name in imports(path)
        if is_in(module, ("tests",))
        and not is_in(module, SHARED)
        and not is_in(f"{module}.{name}", SHARED)
    ]

    assert wrong == []


def test_nothing_private_of_the_product_is_imported() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}: {module}.{name}"
        for path in FILES
        for module, name in imports(path)
        if is_in(module, PRODUCT)
        and any(part.startswith("_") for part in [*module.split("."), name])
    ]

    assert wrong == []


def imported_names(path: Path) -> set[str]:
    """The names by which a file knows modules, classes and functions of the product."""
    return {
        alias.asname or alias.name
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and is_in(node.module or "", PRODUCT)
        for alias in node.names
    }


def test_nothing_private_of_the_product_is_used() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}:{node.lineno}: {ast.unparse(node)}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in PUBLIC_BY_HABIT
        and isinstance(node.value, ast.Name)
        and node.value.id in imported_names(path)
    ]

    assert wrong == []


def patterns(path: Path) -> Iterator[tuple[int, str]]:
    """Each regular expression that a file writes, with its line."""
    for node in nodes(path):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if ast.unparse(node.func.value) == "re" and node.args:
            texts = [one for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            yield node.lineno, "".join(str(one.value) for one in texts)


def reads_markup(pattern: str) -> bool:
    return bool(MARKUP.search(GROUP.sub("(", pattern)))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"<h1>(.*?)</h1>", True),
        (r'name="edition" value="([^"]*)"', True),
        (r"(?P<code>\d{8})", False),
        (r"(?<!\r)\n", False),
        (r"userType=Member&search=g", False),
    ],
)
def test_a_pattern_over_markup_is_recognized(pattern: str, expected: bool) -> None:
    assert reads_markup(pattern) is expected


def test_pages_are_read_by_role_and_name_and_not_by_patterns() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}:{line}: {pattern}"
        for path in sorted(TESTS.rglob("test_*.py"))
        if path.relative_to(TESTS).as_posix() not in NOT_PAGES
        for line, pattern in patterns(path)
        if reads_markup(pattern)
    ]

    assert wrong == []
