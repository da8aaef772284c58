"""A generated tenant of any size, made by the database itself in a few statements."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from guests.models import SearchTerm, User
from portal.tenants.models import Tenant

_EXPRESSIONS = {
    "display_name": "'Given' || (n % 997) || ' Family' || (n % 9973)",
    "display_name_key": "'given' || (n % 997) || ' family' || (n % 9973)",
    "given_name": "'Given' || (n % 997)",
    "surname": "'Family' || (n % 9973)",
    "user_principal_name": "'user' || n || '_partner' || (n % 200) || '.example#EXT#@big.example'",
    "mail": "'user' || n || '@partner' || (n % 200) || '.example'",
    "invited_address": "'user' || n || '@partner' || (n % 200) || '.example'",
    "invited_address_key": "'user' || n || '@partner' || (n % 200) || '.example'",
    "user_type": "CASE WHEN (n % 5) = 0 THEN 'Member' ELSE 'Guest' END",
    "external_user_state": "CASE WHEN (n % 5) = 0 THEN '' WHEN (n % 3) = 0 THEN 'PendingAcceptance'"
    " ELSE 'Accepted' END",
    "creation_type": "CASE WHEN (n % 5) = 0 THEN '' WHEN (n % 1000) = 1 THEN 'SelfServiceSignUp'"
    " ELSE 'Invitation' END",
    "identity_issuer": "CASE WHEN (n % 5) = 0 THEN 'big.example' WHEN (n % 3) = 0 THEN 'mail'"
    " ELSE 'ExternalAzureAD' END",
    "account_enabled": "(n % 100) <> 0",
    "department": "'Department ' || (n % 50)",
    "company_name": "'Company ' || (n % 5000)",
    "job_title": "'Title ' || (n % 300)",
    "city": "'City ' || (n % 800)",
    "state": "'State ' || (n % 60)",
    "country": "'Country ' || (n % 90)",
    "usage_location": "'DE'",
    "employee_type": "CASE WHEN (n % 500) = 0 THEN 'Contractor' ELSE '' END",
}
_TERMS = ("given_name", "surname", "display_name", "user_principal_name", "mail")


def users(tenant: Tenant, count: int, *, with_terms: bool = True) -> None:
    """Insert `count` users of `tenant` with their search terms, and let the planner know."""
    is_postgresql = connection.vendor == "postgresql"
    numbers = (
        "generate_series(1, %s) AS n"
        if is_postgresql
        else "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %s)"
        " SELECT n FROM c)"
    )
    columns, values, parameters = _columns(tenant, is_postgresql)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO guests_user ({columns}) SELECT {values} FROM {numbers}",  # noqa: S608
            [*parameters, count],
        )
        for column in _TERMS if with_terms else ():
            terms = f"SELECT tenant_id, id, lower({column}) FROM guests_user"  # noqa: S608
            cursor.execute(
                f"INSERT INTO guests_searchterm (tenant_id, user_id, term) {terms}"
                " WHERE tenant_id = %s ON CONFLICT DO NOTHING",
                [_stored(SearchTerm, "tenant", tenant.pk)],
            )
        cursor.execute(
            "INSERT INTO guests_lastsignin (tenant_id, user_id, moment)"
            " SELECT tenant_id, id, created_at FROM guests_user"
            " WHERE tenant_id = %s AND department NOT LIKE '%%4'",
            [_stored(SearchTerm, "tenant", tenant.pk)],
        )
        cursor.execute("ANALYZE")


def _columns(tenant: Tenant, is_postgresql: bool) -> tuple[str, str, list[Any]]:
    """The columns of a user, what stands in each, and the constants among that."""
    since = datetime(2010, 1, 1, tzinfo=UTC)
    plain = User(tenant=tenant, created_at=since, sign_in_sessions_valid_from=since, password="!")
    expressions = {**_EXPRESSIONS, **(_ON_POSTGRESQL if is_postgresql else _ON_SQLITE)}
    columns, values, parameters = [], [], []
    for field in User._meta.concrete_fields:
        columns.append(connection.ops.quote_name(str(field.column)))
        if field.column in expressions:
            values.append(expressions[field.column].replace("%", "%%"))
        else:
            values.append("%s")
            parameters.append(field.get_db_prep_save(getattr(plain, field.attname), connection))
    return ", ".join(columns), ", ".join(values), parameters


_ON_POSTGRESQL = {
    "id": "md5('user' || n)::uuid",
    "created_at": "timestamptz '2026-11-01 00:00Z' - n * interval '30 seconds'",
}
_ON_SQLITE = {
    "id": "lower(hex(randomblob(16)))",
    "created_at": "datetime('2026-11-01', '-' || (n * 30) || ' seconds')",
}


def _stored(model: Any, field: str, value: object) -> Any:
    return model._meta.get_field(field).get_db_prep_value(value, connection)


IS_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")


USERS = int(os.environ.get("BENCH_USERS", "1000000" if IS_POSTGRESQL else "100000"))
