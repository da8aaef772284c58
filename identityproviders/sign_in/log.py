"""Write the sign-in log for a transaction (LOG-1 to LOG-5, T24, T25)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from guests.models import Issuer
from identityproviders.discovery.decide import Method
from identityproviders.models import Federation, SignInTransaction
from portal.audit import error_codes, log
from portal.audit.models import SignInStatus
from portal.tenants.models import Tenant
from portal.values.email_address import mask_address

INTERNAL = "password"
"""The method of a member of the tenant itself, which discovery has no say in (T3)."""

_METHOD_NAMES = {INTERNAL: "Password", Method.PERSONAL: "Password"}
_ISSUERS = {
    Method.PASSCODE: Issuer.PASSCODE,
    Method.ORGANIZATION: Issuer.EXTERNAL_TENANT,
    Method.CHOOSER: Issuer.EXTERNAL_TENANT,
    Method.PERSONAL: Issuer.PERSONAL,
    Method.GOOGLE: Issuer.GOOGLE,
}

ASKED = "Asked for the proof"
PROVEN = "The proof was accepted"
OTHER_ACCOUNT = "Another account was chosen: asked for a code to the invited address"
OTHER_ADDRESS = "Signed in at the provider as %s, which is not the invited address"
OTHER_IDENTITY = "Signed in with another identity than the one that was accepted"
NO_ADDRESS = "The provider named no address"
NOT_CONFIRMED = "The provider does not confirm the address: asked for a code to it"
FORGOTTEN = "The password was forgotten: asked for a code to the account's address"
"""What administrators read beside an interruption."""


def note_sign_in_step(
    txn: SignInTransaction,
    status: SignInStatus,
    code: int = 0,
    *,
    is_final: bool = False,
    remark: str = "",
) -> None:
    """Write one step of the transaction; all of them share its id (LOG-1).

    `remark` says what an interruption waits for.
    """
    user = txn.user
    home_tenant = txn.home_tenant if txn.home_user is not None and txn.proven_at else None
    is_code = txn.method == Method.PASSCODE or bool(txn.code_for)
    fields = {
        "correlation_id": str(txn.pk),
        "application": _application(txn),
        "identity_provider": _issuer(txn),
        "method": "Email OTP" if is_code else _METHOD_NAMES.get(txn.method, txn.method),
        "method_detail": mask_address(txn.proof_key) if is_code else "",
        "is_redemption": user is not None and user.is_pending and txn.method != INTERNAL,
        "discovery_row": txn.discovery_row,
        "status": status,
        "error_code": code,
        "failure_reason": error_codes.error_reason(code),
        "additional_details": remark[:500],
        "is_final": is_final,
    }
    log.record_sign_in(txn.tenant, user=user, identifier=txn.address, **fields)
    if is_final and home_tenant is not None:
        # The home tenant sees it too; the host's row says nothing of the home (LOG-5).
        log.record_sign_in(
            home_tenant,
            user=txn.home_user,
            identifier=txn.address,
            **fields | {"method": "Password", "is_redemption": False, "discovery_row": ""},
            resource_tenant_id=txn.tenant.pk,
        )


def note_sign_in_failed(
    txn: SignInTransaction, code: int, *, is_final: bool = False, remark: str = ""
) -> None:
    """Write a failed step."""
    note_sign_in_step(txn, SignInStatus.FAILURE, code, is_final=is_final, remark=remark)


def note_unattributed_failure(tenant: Tenant, issuer: str, code: int, reason: str) -> None:
    """Write an answer of a provider that belongs to no sign-in and was never asked for (SEC-49)."""
    log.record_sign_in(
        tenant,
        user=None,
        identifier="",
        application=_("My Apps"),
        identity_provider=issuer[:255],
        method=Method.FEDERATION.value,
        status=SignInStatus.FAILURE,
        error_code=code,
        failure_reason=error_codes.error_reason(code),
        additional_details=reason[:500],
    )


def _application(txn: SignInTransaction) -> str:
    return str(settings.PORTAL_PRODUCT_NAME) if txn.method == INTERNAL else _("My Apps")


def _issuer(txn: SignInTransaction) -> str:
    if txn.method == INTERNAL:
        return txn.tenant.initial_domain
    if txn.proven_issuer or not txn.method:
        return str(txn.proven_issuer)
    if txn.provider_key in {Issuer.GOOGLE, Issuer.FACEBOOK}:
        return str(txn.provider_key)
    if txn.method == Method.FEDERATION:
        found = Federation.objects.of(txn.tenant).filter(pk=txn.provider_key or None).first()
        return found.issuer if found else ""
    return str(_ISSUERS.get(Method(txn.method), ""))
