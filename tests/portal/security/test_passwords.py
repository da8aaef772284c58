"""Passwords of members (SEC-75)."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

pytestmark = pytest.mark.rule("SEC-75")


def test_hashes_are_argon2id_with_19_mebibytes(real_hashes: None) -> None:
    encoded = make_password("correct horse battery")

    assert encoded.startswith("argon2$argon2id$")
    assert "m=19456,t=2,p=1" in encoded
    assert check_password("correct horse battery", encoded)
    assert not check_password("correct horse batterY", encoded)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("only 14 chars.", "password_too_short"),
        ("x7" * 65, "password_too_long"),
        ("unbelievable1234", None),
        ("fifteen letters", None),
        ("x7" * 64, None),
    ],
)
def test_length(password: str, code: str | None) -> None:
    if code is None:
        validate_password(password)
        return
    with pytest.raises(ValidationError) as caught:
        validate_password(password)
    assert [error.code for error in caught.value.error_list] == [code]


def test_common_passwords_are_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        validate_password("123456789123456789")
    assert [error.code for error in caught.value.error_list] == ["password_too_common"]
