"""Download the logs as CSV and JSON, row by row (AUD-3, SEC-88).

JSON has the names of the Graph resources `directoryAudit` and `signIn`, CSV the same on one line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from portal.audit import origin
from portal.audit.models import AuditEvent, SignInEvent
from portal.console.keyset import keyset_rows
from portal.values.csv_file import csv_lines

ROWS_AT_A_TIME = 2_000
LogEvent = Any
Columns = Mapping[str, Callable[[LogEvent], object]]
"""Headings of the CSV file with what stands under them."""


def written_moment(value: datetime) -> str:
    """A moment as both formats write it: UTC, to the microsecond."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


AUDIT_COLUMNS: Columns = {
    "Date (UTC)": lambda event: written_moment(event.created_at),
    "CorrelationId": lambda event: event.correlation_id,
    "Service": lambda event: event.logged_by_service,
    "Category": lambda event: event.category,
    "Activity": lambda event: event.activity,
    "OperationType": lambda event: event.operation_type,
    "Result": lambda event: event.result,
    "ResultReason": lambda event: event.result_reason,
    "ActorType": lambda event: event.actor_kind,
    "ActorObjectId": lambda event: event.actor_id,
    "ActorUserPrincipalName": lambda event: event.actor_name,
    "IPAddress": lambda event: event.client_address,
    "TargetType": lambda event: event.target_type,
    "TargetObjectId": lambda event: event.target_id,
    "TargetDisplayName": lambda event: event.target_name,
    "ModifiedProperties": lambda event: _json_text(event.modified_properties),
    "AdditionalDetails": lambda event: _json_text(event.additional_details),
}

SIGN_IN_COLUMNS: Columns = {
    "Date (UTC)": lambda event: written_moment(event.created_at),
    "Request ID": lambda event: event.pk,
    "Correlation ID": lambda event: event.correlation_id,
    "User": lambda event: event.user_display_name,
    "Username": lambda event: event.user_principal_name,
    "User ID": lambda event: event.user_id,
    "Sign-in identifier": lambda event: event.sign_in_identifier,
    "User type": lambda event: event.user_type,
    "Home tenant ID": lambda event: event.home_tenant_id,
    "Application": lambda event: event.application,
    "Resource tenant ID": lambda event: event.resource_tenant_id,
    "Client app": lambda event: event.client_app,
    "Event": lambda event: event.event_type,
    "Status": lambda event: event.get_status_display(),
    "Sign-in error code": lambda event: event.error_code,
    "Failure reason": lambda event: event.failure_reason,
    "Additional details": lambda event: event.additional_details,
    "IP address": lambda event: event.client_address,
    "Device": lambda event: origin.parse_user_agent(event.user_agent).device,
    "Browser": lambda event: origin.parse_user_agent(event.user_agent).browser,
    "Operating System": lambda event: origin.parse_user_agent(event.user_agent).system,
    "Authentication requirement": lambda event: event.authentication_requirement,
    "Authentication method": lambda event: event.method,
    "Authentication method detail": lambda event: event.method_detail,
    "Identity provider": lambda event: event.identity_provider,
    "Incoming token type": lambda event: event.incoming_token_type,
    "Cross tenant access type": lambda event: event.cross_tenant_access_type,
    "Redemption": lambda event: event.is_redemption,
}


def csv_parts(events: Any, columns: Columns) -> Iterator[str]:
    """The CSV file line by line; takes events that `narrowed_rows` ordered."""

    def records() -> Iterator[list[object]]:
        yield list(columns)
        for event in keyset_rows(events, rows_at_a_time=ROWS_AT_A_TIME):
            yield [value(event) for value in columns.values()]

    return csv_lines(records())


def json_parts(events: Any, as_object: Callable[[Any], object]) -> Iterator[str]:
    """The JSON file, an array, object by object; takes events that `narrowed_rows` ordered."""
    beginning = "[\n"
    for event in keyset_rows(events, rows_at_a_time=ROWS_AT_A_TIME):
        yield beginning + json.dumps(as_object(event), ensure_ascii=False)
        beginning = ",\n"
    yield "[]\n" if beginning == "[\n" else "\n]\n"


def audit_object(event: AuditEvent) -> dict[str, object]:
    """An audit event as `directoryAudit` (AUD-2)."""
    return {
        "id": str(event.pk),
        "category": event.category,
        "correlationId": event.correlation_id,
        "result": event.result,
        "resultReason": event.result_reason,
        "activityDisplayName": event.activity,
        "activityDateTime": written_moment(event.created_at),
        "loggedByService": event.logged_by_service,
        "operationType": event.operation_type,
        "initiatedBy": _initiator(event),
        "targetResources": _targets(event),
        "additionalDetails": [
            {"key": key, "value": _text(value)} for key, value in event.additional_details.items()
        ],
    }


def _initiator(event: AuditEvent) -> dict[str, object]:
    if event.actor_kind == "system":
        return {"app": {"appId": None, "displayName": "System"}, "user": None}
    user = {
        "id": _id(event.actor_id),
        "displayName": None,
        "userPrincipalName": event.actor_name or None,
        "ipAddress": event.client_address or None,
    }
    return {"app": None, "user": user}


def _targets(event: AuditEvent) -> list[dict[str, object]]:
    if not event.target_type:
        return []
    is_user = event.target_type == "User"
    target: dict[str, object] = {
        "id": event.target_id,
        "displayName": None if is_user else event.target_name,
        "type": event.target_type,
        "userPrincipalName": event.target_name if is_user else None,
        "groupType": None,
        "modifiedProperties": [
            {
                "displayName": change["name"],
                "oldValue": _value(change["old"]),
                "newValue": _value(change["new"]),
            }
            for change in event.modified_properties
        ],
    }
    return [target]


def sign_in_object(event: SignInEvent) -> dict[str, object]:
    """A sign-in as `signIn` (T24); what we don’t know is null."""
    device = origin.parse_user_agent(event.user_agent)
    return {
        "id": str(event.pk),
        "createdDateTime": written_moment(event.created_at),
        "userDisplayName": event.user_display_name,
        "userPrincipalName": event.user_principal_name,
        "userId": _id(event.user_id),
        "signInIdentifier": event.sign_in_identifier,
        "userType": event.user_type,
        "homeTenantId": _id(event.home_tenant_id),
        "appId": None,
        "appDisplayName": event.application,
        "resourceDisplayName": None,
        "resourceId": None,
        "resourceTenantId": _id(event.resource_tenant_id),
        "clientAppUsed": event.client_app or None,
        "userAgent": event.user_agent,
        "correlationId": event.correlation_id,
        "isInteractive": event.event_type == "interactiveUser",
        "signInEventTypes": [event.event_type],
        "status": {
            "errorCode": event.error_code,
            "failureReason": event.failure_reason or None,
            "additionalDetails": event.additional_details or None,
        },
        "ipAddress": event.client_address,
        "deviceDetail": {
            "deviceId": "",
            "displayName": device.device or None,
            "operatingSystem": device.system or None,
            "browser": device.browser or None,
        },
        "location": {"city": None, "state": None, "countryOrRegion": None},
        "authenticationRequirement": event.authentication_requirement,
        "authenticationMethod": event.method or None,
        "authenticationMethodDetail": event.method_detail or None,
        "identityProvider": event.identity_provider or None,
        "isRedemption": event.is_redemption,
        "incomingTokenType": event.incoming_token_type or None,
        "crossTenantAccessType": event.cross_tenant_access_type,
    }


def _id(value: object) -> str | None:
    return str(value) if value else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(value: object) -> str | None:
    """A value before or after as Graph has it: JSON as text."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def pretty_json(value: Mapping[str, object] | Iterable[object]) -> str:
    """JSON for people to copy."""
    return json.dumps(value, ensure_ascii=False, indent=2)
