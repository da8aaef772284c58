"""The error codes of table T25: what they mean, and what an administrator does next (BET-24)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ErrorCode:
    """A row of T25. `reason` is stored with the sign-in, so it is not translated."""

    code: int
    name: str
    reason: str
    next_step: str | Promise


_INVITE = _("Invite the person, then let them open the link in the mail.")
_PROVIDER = _(
    "Compare the provider’s settings with what the partner sends, and ask the partner’s "
    "administrator."
)
_FORGOTTEN = _("If they have forgotten the password, reset it.")

_ROWS = (
    ErrorCode(
        16000,
        "InteractionRequired",
        "The account of another provider is not known in the tenant",
        _("Let the person choose another account, or invite this one."),
    ),
    ErrorCode(
        16003,
        "SsoUserAccountNotFoundInResourceTenant",
        "The signed-in account was never added to the tenant",
        _INVITE,
    ),
    ErrorCode(20001, "WsFedSignInResponseError", "The WS-Fed response is invalid", _PROVIDER),
    ErrorCode(20012, "WsFedMessageInvalid", "The WS-Fed message is invalid", _PROVIDER),
    ErrorCode(
        50008, "InvalidSamlToken", "The SAML assertion is missing or misconfigured", _PROVIDER
    ),
    ErrorCode(
        5000819,
        "InvalidSamlTokenEmailMissingOrInvalid",
        "The e-mail claim is missing or not of the federated domain",
        _PROVIDER,
    ),
    ErrorCode(
        50012,
        "AuthenticationFailed",
        "The identity provider did not sign the person in",
        _PROVIDER,
    ),
    ErrorCode(
        5001201,
        "SignInCanceledAtProvider",
        "The person canceled the sign-in at the identity provider",
        _("Nothing: the person can begin again."),
    ),
    ErrorCode(
        50049,
        "ProviderMisconfigured",
        "The identity provider and this portal are set up differently",
        _("Test the provider: the failed check says which setting differs."),
    ),
    ErrorCode(
        50014,
        "GuestUserInPendingState",
        "The guest has not accepted the invitation",
        _("Resend the invitation or copy the redemption link for the guest."),
    ),
    ErrorCode(50020, "UserUnauthorized", "The account does not exist in the tenant", _INVITE),
    ErrorCode(
        50027,
        "InvalidJwtToken",
        "The token of the identity provider is invalid",
        _PROVIDER,
    ),
    ErrorCode(
        50034,
        "UserAccountNotFound",
        "The account is not in the directory",
        _("Compare the address with the user’s. If nobody has it, invite the person."),
    ),
    ErrorCode(
        50053,
        "IdsLocked",
        "Too many wrong attempts",
        _(
            "The lock ends by itself after 15 minutes. If the person themselves was locked, clear "
            "the lock under Authentication methods."
        ),
    ),
    ErrorCode(
        50055,
        "InvalidPasswordExpiredPassword",
        "The temporary password has expired",
        _("Reset the password and hand over the new one."),
    ),
    ErrorCode(
        50057,
        "UserDisabled",
        "The account is disabled",
        _("Enable the account if the person should sign in."),
    ),
    ErrorCode(
        50058,
        "UserInformationNotProvided",
        "There was no session to sign in with silently",
        _("Nothing: the person signs in with their own action."),
    ),
    ErrorCode(
        50059,
        "MissingTenantRealmAndNoUserInformationProvided",
        "Nothing named a tenant",
        _("Give the person a link that names your organization."),
    ),
    ErrorCode(
        50128,
        "InvalidDomainName",
        "Nothing named a tenant",
        _("Give the person a link that names your organization."),
    ),
    ErrorCode(
        50089,
        "FlowTokenExpired",
        "The answer of the identity provider belongs to no sign-in that is under way",
        _("Let the person begin again, in one browser, and finish within 10 minutes."),
    ),
    ErrorCode(
        50105,
        "EntitlementGrantsNotFound",
        "The person is not assigned to the application",
        _("Assign the person to the application."),
    ),
    ErrorCode(
        50107,
        "RequestedFederationRealmObjectDoesNotExist",
        "The identity provider was removed",
        _("Set the provider up again, or reset the guest’s redemption status."),
    ),
    ErrorCode(50126, "InvalidUserNameOrPassword", "Wrong user name or password", _FORGOTTEN),
    ErrorCode(
        50140,
        "KmsiInterrupt",
        "Interrupted to ask whether to stay signed in",
        _("Nothing: the person was asked and went on or left."),
    ),
    ErrorCode(
        50173,
        "FreshTokenNeeded",
        "The sessions were revoked",
        _("Nothing: the person signs in again."),
    ),
    ErrorCode(
        50196,
        "LoopDetected",
        "The same request came too often in a short time",
        _("Ask the application’s owner to look for a loop of sign-ins."),
    ),
    ErrorCode(
        500208,
        "DomainNotValidForAccountType",
        "A personal account where only organization accounts are allowed",
        _("Let the person use their organization account, or invite that address."),
    ),
    ErrorCode(
        500212,
        "NotAllowedByOutboundPolicyTenant",
        "The home organization’s outbound policy blocks the access",
        _("Ask the administrators of the home organization to allow it."),
    ),
    ErrorCode(
        500213,
        "NotAllowedByInboundPolicyTenant",
        "Your inbound policy blocks the access",
        _("Change the cross-tenant access settings if the organization should have access."),
    ),
    ErrorCode(
        53003,
        "BlockedByConditionalAccess",
        "A policy blocks the access",
        _("Look at the policies that apply to the person."),
    ),
    ErrorCode(
        54000,
        "MinorUserBlockedLegalAgeGroupRule",
        "The legal age rule blocks a minor",
        _("Correct age group and consent in the user’s properties if they are wrong."),
    ),
    ErrorCode(
        65001,
        "DelegationDoesNotExist",
        "There is no consent to the application",
        _("Consent to the application for your organization, or let the person do it."),
    ),
    ErrorCode(
        65004,
        "UserDeclinedConsent",
        "The guest declined the consent",
        _("Nothing was changed. The guest can open the invitation again and accept."),
    ),
    ErrorCode(
        70018,
        "BadVerificationCode",
        "Wrong passcode",
        _("The person can try again or ask for a new code. Only the newest code counts."),
    ),
    ErrorCode(
        70019,
        "CodeExpired",
        "The passcode has expired",
        _("The person asks for a new code."),
    ),
    ErrorCode(
        90006,
        "ExternalServerRetryableError",
        "The identity provider could not be asked",
        _("Test the provider. If its addresses are right, its server may be down."),
    ),
    ErrorCode(
        90072,
        "PassThroughUserMfaError",
        "The external account is not in the tenant and cannot meet its requirements",
        _INVITE,
    ),
)
ERROR_CODES = {row.code: row for row in _ROWS}


def error_reason(code: int) -> str:
    """What stands in the log beside `code`; empty for 0 and unknown codes."""
    row = ERROR_CODES.get(code)
    return row.reason if row else ""
