"""Sign-in method and passcode lock of a guest on their Authentication methods page (BET-5)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guests.models import User
from guests.users.page.views import user_of
from identityproviders.discovery.queries import expected_methods_of
from identityproviders.models import PasscodeRule
from identityproviders.passcodes import locks
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import Conflict
from portal.permissions import Capability


def user_sign_in_methods(request: HttpRequest, subject: User) -> str:
    """The actual or expected method of a guest, and whether codes are locked."""
    reader = request.user
    if not subject.is_external or not isinstance(reader, User):
        return ""
    decision = expected_methods_of(subject.tenant, [subject]).get(subject.pk)
    may_see = permissions.may(reader, Capability.PASSCODES_CLEAR_LOCK)
    context = {
        "subject": subject,
        "decision": decision,
        "lock": locks.lock_state(subject) if may_see else None,
        "effects": PasscodeRule.Effect.choices,
        "rule": _rule_of(subject),
        "may_set_rule": permissions.may_act_on(reader, Capability.PASSCODE_POLICY_EDIT, subject),
        "may_clear": permissions.may_act_on(reader, Capability.PASSCODES_CLEAR_LOCK, subject),
    }
    return render_to_string("identityproviders/passcodes/_user_methods.html", context, request)


def _rule_of(subject: User) -> str:
    rules = PasscodeRule.objects.of(subject.tenant).filter(user=subject)
    return rules.values_list("effect", flat=True).first() or ""


@require_POST
@blade(
    service="users",
    page="authentication_methods",
    title=gettext_lazy("Clear lock"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def clear_lock(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Let the guest type codes again at once."""
    found = user_of(request, user_id)
    try:
        locks.clear_lock(found, by=request.user)
    except Conflict as refusal:
        toasts.failed(request, str(refusal))
    else:
        name = {"name": found.display_name}
        toasts.succeeded(request, _("Lock cleared"), _("%(name)s can use a code again.") % name)
    return redirect("guests:user_methods", user_id=found.pk)
