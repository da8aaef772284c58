"""What is forgotten, and what the jobs of beat are (OTP-12, REL-32)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from guests.models import User
from identityproviders.models import (
    CountedTry,
    PasscodeDevice,
    PasscodeLock,
    PasscodeRequest,
    SignInTransaction,
    WrongPasscode,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.sign_in import purge
from portal.audit.models import SignInEvent
from portal.celery import app
from tests.support.visitor import PRIYA, Visitor, age, wrong


@pytest.mark.rule("OTP-12", "REL-32")
def test_a_day_later_nothing_is_left_of_a_sign_in_but_device_and_log(
    visitor: Visitor, priya: User
) -> None:
    request = visitor.ask_for_code(PRIYA)
    code = one_time_codes.derive_passcode(request)
    visitor.enter(wrong(code))
    assert purge.purge_sign_ins() == 0
    visitor.enter(code)
    age(timedelta(hours=25))
    past = timezone.now() - timedelta(hours=25)
    SignInTransaction.unscoped.update(expires_at=past)
    CountedTry.objects.update(at=past)
    purge.purge_sign_ins()
    models = (PasscodeRequest, WrongPasscode, SignInTransaction, PasscodeLock)
    assert [model.unscoped.count() for model in models] == [0, 0, 0, 0]
    assert CountedTry.objects.count() == 0
    assert PasscodeDevice.objects.filter(user=priya).exists()
    assert SignInEvent.unscoped.count() > 0
    assert visitor.get("/contoso.com/").status_code == 302
    assert visitor.is_signed_in


@pytest.mark.rule("REL-32", "SEC-10")
def test_what_a_limit_still_counts_is_kept(visitor: Visitor, priya: User) -> None:
    request = visitor.ask_for_code(PRIYA)
    visitor.enter(wrong(one_time_codes.derive_passcode(request)))
    age(timedelta(hours=23))
    purge.purge_sign_ins()
    assert PasscodeRequest.unscoped.count() == 1
    assert WrongPasscode.unscoped.count() == 1


@pytest.mark.rule("SEC-113")
def test_beat_names_tasks_that_exist() -> None:
    app.autodiscover_tasks(force=True)
    for job in settings.CELERY_BEAT_SCHEDULE.values():
        assert job["task"] in app.tasks


@pytest.mark.rule("SEC-20")
def test_the_stock_devices_of_the_library_are_not_installed() -> None:
    assert not [name for name in settings.INSTALLED_APPS if name.startswith("django_otp.plugins")]
