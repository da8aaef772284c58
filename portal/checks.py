"""Start-up and deployment checks (SEC-20, SEC-100, SEC-112; decisions 2 and 8).

Errors refuse the start of every process; warnings appear in `check --deploy`.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.security import keyed_rows, keys

FORBIDDEN_APPS = frozenset(
    f"django_otp.plugins.{name}" for name in ("otp_email", "otp_static", "otp_totp", "otp_hotp")
)
MIN_SECRET_KEY_LENGTH = 50
OWN_PACKAGES = frozenset({"portal", "guests", "identityproviders", "invitations", "applications"})
INSECURE_PREFIX = "django-insecure-"


def register() -> None:
    """Add the checks to Django's registry."""
    register_check(check_start, Tags.security)
    register_check(check_deployment, Tags.security, deploy=True)
    register_check(check_migration_history, Tags.database)
    register_check(check_stored_keys, Tags.database)


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured when a process must not start with these settings (SEC-100)."""
    errors = check_start(None)
    if errors:
        raise ImproperlyConfigured("\n".join(f"{e.id}: {e.msg} {e.hint or ''}" for e in errors))


def check_start(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What no process may start with (SEC-20, SEC-62, SEC-96, SEC-98, SEC-100)."""
    return [
        *_base_url_errors(),
        *_secret_key_errors(),
        *_key_ring_errors(),
        *_plugin_errors(),
        *_relay_errors(),
    ]


def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What a deployment should not leave as it is; shown by `check --deploy`."""
    return [*_brand_warnings(), *_demo_warnings(), *_broker_warnings(), *_proxy_warnings()]


def check_migration_history(
    app_configs: Sequence[AppConfig] | None,
    *,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Refuse a database whose migrations this version does not have; `migrate` asks first.

    The migrations of each app were written anew once, so a database from before has tables
    that no migration here leads to.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    unknown = _unknown_migrations()
    if not unknown:
        return []
    name = connection.settings_dict["NAME"]
    text = (
        f"The database {name} holds migrations that this version does not have"
        f" ({unknown[0]}): start with a new, empty database, or run the version that made this one."
    )
    return [Error(text, id="portal.E011")]


def refuse_unknown_migrations() -> None:
    """Raise ImproperlyConfigured when the database holds migrations that have no file here."""
    errors = check_migration_history(None, databases=[DEFAULT_DB_ALIAS])
    if errors:
        raise ImproperlyConfigured(errors[0].msg)


def check_stored_keys(
    app_configs: Sequence[AppConfig] | None,
    *,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Refuse a key ring without a key that stored rows need (FI-12, SEC-98).

    A database that is away, or has no tables yet, is not judged here.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        missing = keyed_rows.list_missing_key_ids()
    except (DatabaseError, ImproperlyConfigured):
        return []
    text = "Stored rows need the key “{}”, which PORTAL_KEYS lacks: put it back, behind the first."
    return [Error(text.format(key_id), id="portal.E012") for key_id in missing]


def refuse_missing_keys() -> None:
    """Raise ImproperlyConfigured when stored rows need a key that the ring lacks (FI-12)."""
    errors = check_stored_keys(None, databases=[DEFAULT_DB_ALIAS])
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg}" for error in errors))


def _unknown_migrations() -> list[str]:
    """The migrations of the portal's own apps that were applied and have no file, by name."""
    loader = MigrationLoader(None)
    own = {c.label for c in apps.get_app_configs() if c.name.split(".")[0] in OWN_PACKAGES}
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(
        f"{app}.{name}"
        for app, name in applied
        if app in own and (app, name) not in loader.disk_migrations
    )


def is_public(base_url: str) -> bool:
    """Whether other machines can reach this address: anything but loopback."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _base_url_errors() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.PORTAL_BASE_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        yield Error(
            "PORTAL_BASE_URL is no address of a site.",
            hint="Set it to scheme and host, for example https://portal.example.com.",
            id="portal.E001",
        )
        return
    if not is_public(settings.PORTAL_BASE_URL):
        return
    if settings.DEBUG:
        yield Error(
            "DEBUG is on although PORTAL_BASE_URL is public.",
            hint="Set DEBUG=false: error pages would show settings and data to everybody.",
            id="portal.E002",
        )
    if settings.PORTAL_DEMO:
        yield Error(
            "PORTAL_DEMO is on although PORTAL_BASE_URL is public.",
            hint="The demo shows every mail and prints passwords. Use it on this machine only.",
            id="portal.E003",
        )
    if parts.scheme != "https":
        yield Error(
            "PORTAL_BASE_URL is public but not https.",
            hint="Put the site behind TLS and start the address with https://.",
            id="portal.E004",
        )


def _secret_key_errors() -> Iterator[CheckMessage]:
    try:
        key = str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        key = ""
    if len(key) < MIN_SECRET_KEY_LENGTH or len(set(key)) < 5 or key.startswith(INSECURE_PREFIX):
        yield Error(
            "SECRET_KEY is missing, too short or a sample.",
            hint=f"Set it to {MIN_SECRET_KEY_LENGTH} or more random characters.",
            id="portal.E005",
        )


def _key_ring_errors() -> Iterator[CheckMessage]:
    try:
        keys.parse_key_ring(settings.PORTAL_KEYS)
    except ImproperlyConfigured as error:
        yield Error(
            f"{error}.",
            hint="Set PORTAL_KEYS to id:base64 of 32 random bytes; the first key is active.",
            id="portal.E006",
        )


def _plugin_errors() -> Iterator[CheckMessage]:
    for app in sorted(FORBIDDEN_APPS & {_app_module(name) for name in settings.INSTALLED_APPS}):
        yield Error(
            f"{app} is installed.",
            hint="It stores codes or keys in clear. Use the device classes of this project.",
            id="portal.E008",
        )


def _relay_errors() -> Iterator[CheckMessage]:
    is_safe = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    is_smtp = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    host = str(settings.EMAIL_HOST)
    url = f"smtp://[{host}]" if ":" in host else f"smtp://{host}"
    if is_smtp and not is_safe and is_public(url):
        yield Error(
            "The mail relay is another machine and is asked without TLS.",
            hint="Start EMAIL_URL with smtp+tls:// or smtps://: mails hold tickets and codes.",
            id="portal.E010",
        )


def _app_module(name: str) -> str:
    return name.partition(".apps.")[0]


def _brand_warnings() -> Iterator[CheckMessage]:
    if settings.INVITATION_SENDER_BRAND == "Microsoft":
        yield Warning(
            "Invitations leave in the name of Microsoft.",
            hint=(
                "Set INVITATION_SENDER_BRAND to your own name: the default is a trademark of"
                " somebody else, and mail filters take such senders for phishing."
            ),
            id="portal.W001",
        )


def _demo_warnings() -> Iterator[CheckMessage]:
    if settings.PORTAL_DEMO:
        yield Error(
            "PORTAL_DEMO is on.",
            hint=(
                "A deployment has no demo mailbox, and its administrators are never exempt"
                " from a second factor."
            ),
            id="portal.E009",
        )


def _proxy_warnings() -> Iterator[CheckMessage]:
    if settings.SECURE_SSL_REDIRECT and not settings.PORTAL_TRUSTED_PROXIES:
        yield Warning(
            "PORTAL_BASE_URL is https and PORTAL_TRUSTED_PROXIES is 0.",
            hint=(
                "Behind a proxy that ends TLS, every page is refused: set PORTAL_TRUSTED_PROXIES to"
                " the number of proxies. It is right only where gunicorn has the certificate."
            ),
            id="portal.W003",
        )


def _broker_warnings() -> Iterator[CheckMessage]:
    if not settings.REDIS_URL and not os.environ.get("PORTAL_WITHOUT_BROKER"):
        yield Warning(
            "REDIS_URL is not set, so web and workers share no broker.",
            hint="Set it, or set PORTAL_WITHOUT_BROKER=1 and run `manage.py run_outbox`.",
            id="portal.W002",
        )
