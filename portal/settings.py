"""Django settings, all of them from the environment (`docs/operations.md` lists the variables)."""

import os
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from kombu import Queue

from portal import logging, services
from portal.security import headers

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# What this deployment is

DEBUG = env.bool("DEBUG", default=False)
# Read as they are: django-environ takes a value that starts with $ for another variable's name.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
PORTAL_KEYS = os.environ.get("PORTAL_KEYS", "")
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
PORTAL_PRODUCT_NAME = env.str("PORTAL_PRODUCT_NAME", default="Foyer")
PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)
PORTAL_STATE_DIR = Path(env.str("PORTAL_STATE_DIR", default=str(BASE_DIR / "var")))
PORTAL_OPERATOR_PATH = env.str("PORTAL_OPERATOR_PATH", default="operations").strip("/")
PORTAL_TRUSTED_PROXIES = env.int("PORTAL_TRUSTED_PROXIES", default=0)
PORTAL_DOMAIN_SUFFIX = env.str("PORTAL_DOMAIN_SUFFIX", default="onmicrosoft.com").lower()
PORTAL_PASSCODE_AUTOMATIC_DATE = date.fromisoformat(
    env.str("PORTAL_PASSCODE_AUTOMATIC_DATE", default="2021-11-01")
)
INVITATION_SENDER_BRAND = env.str("INVITATION_SENDER_BRAND", default="Microsoft")

_base = urlsplit(PORTAL_BASE_URL)
_is_https = _base.scheme == "https"
_host = _base.hostname or ""

ALLOWED_HOSTS = [_host, *env.list("PORTAL_EXTRA_HOSTS", default=[])]
USE_X_FORWARDED_HOST = False

# What it is made of

INSTALLED_APPS = [
    "portal.apps.OperationsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_htmx",
    "crispy_forms",
    "csp",
    "django_structlog",
    "django_countries",
    "portal.tenants",
    "portal.audit",
    "portal.outbox",
    "portal.console",
    *(["portal.demo"] if PORTAL_DEMO else []),
    "guests",
    "identityproviders",
    "invitations",
    "applications",
    "portal.apps.PortalConfig",
]

MIDDLEWARE = [
    "portal.security.https.UntrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.security.headers.HeadersMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "guests.sessions.lifetime.SessionPolicyMiddleware",
    "portal.audit.origin.OriginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.console.context_processors.product",
            ],
        },
    }
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "fluent"
CRISPY_TEMPLATE_PACK = "fluent"
CRISPY_FAIL_SILENTLY = False

# Database, cache, broker

DATABASES = {
    "default": services.database_settings(
        env.db_url("DATABASE_URL", default=f"sqlite:///{PORTAL_STATE_DIR}/portal.sqlite3"),
        pool_min=env.int("PORTAL_DATABASE_POOL_MIN", default=0),
        pool_max=env.int("PORTAL_DATABASE_POOL_MAX", default=12),
    )
}
PORTAL_STATEMENT_TIMEOUTS = {"web": 5, "worker": 60}

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {"default": services.cache_settings(REDIS_URL)}

CELERY_BROKER_URL = services.broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = services.WEB_TRANSPORT
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker sweeps the database meanwhile (REL-15)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue(name) for name in ("passcode", "mail", "bulk", "default")]
CELERY_TASK_ROUTES = {
    "portal.outbox.tasks.send_passcode": {"queue": "passcode"},
    "portal.outbox.tasks.send_mail": {"queue": "mail"},
    "guests.bulk.tasks.run_job": {"queue": "default"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_BEAT_SCHEDULE_FILENAME = str(PORTAL_STATE_DIR / "beat-schedule")
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "purge-bulk-jobs": {
        "task": "guests.bulk.tasks.purge_jobs",
        "schedule": timedelta(hours=1),
    },
    "note-automatic-enablement": {
        "task": "identityproviders.tasks.note_automatic_enablement",
        "schedule": timedelta(minutes=5),
    },
    "purge-sign-ins": {
        "task": "identityproviders.tasks.purge_sign_ins",
        "schedule": timedelta(hours=1),
    },
    "forget-sign-in-events": {
        "task": "portal.audit.tasks.forget_sign_in_events",
        "schedule": timedelta(hours=1),
    },
    "create-log-partitions": {
        "task": "portal.audit.tasks.create_log_partitions",
        "schedule": timedelta(days=1),
    },
    "purge-deleted-users": {
        "task": "guests.tasks.purge_deleted_users",
        "schedule": timedelta(hours=1),
    },
}

# Mail

vars().update(services.mail_settings(env.str("EMAIL_URL", default="smtp://127.0.0.1:25")))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
PORTAL_MAIL_FROM = env.str("PORTAL_MAIL_FROM", default=f"invitations@{_host}")
DEFAULT_FROM_EMAIL = PORTAL_MAIL_FROM
# Where delivery reports go, and the mailbox that `manage.py read_bounces` reads them from
PORTAL_MAIL_RETURN_PATH = env.str("PORTAL_MAIL_RETURN_PATH", default=PORTAL_MAIL_FROM)
PORTAL_BOUNCES_HOST = env.str("PORTAL_BOUNCES_HOST", default="")
PORTAL_BOUNCES_PORT = env.int("PORTAL_BOUNCES_PORT", default=993)
PORTAL_BOUNCES_USER = env.str("PORTAL_BOUNCES_USER", default="")
PORTAL_BOUNCES_PASSWORD = os.environ.get("PORTAL_BOUNCES_PASSWORD", "")
PORTAL_BOUNCES_FOLDER = env.str("PORTAL_BOUNCES_FOLDER", default="INBOX")
# The mail provider whose events say what bounced (extra `anymail`); its secret opens the address
PORTAL_MAIL_PROVIDER = env.str("PORTAL_MAIL_PROVIDER", default="")
ANYMAIL = {
    "WEBHOOK_SECRET": os.environ.get("PORTAL_MAIL_WEBHOOK_SECRET", ""),
    **{
        name.removeprefix("ANYMAIL_"): value
        for name, value in os.environ.items()
        if name.startswith("ANYMAIL_")
    },
}
OUTBOX_BACKOFF_BASE = timedelta(seconds=env.int("OUTBOX_BACKOFF_BASE", default=60))
ADMINS: list[tuple[str, str]] = []

# People

AUTH_USER_MODEL = "guests.User"
AUTHENTICATION_BACKENDS = [
    "identityproviders.accounts.backend.LimitedBackend",
    "guests.passwords.backend.MemberBackend",  # named by sessions; never asked for a password
]
LOGIN_URL = "identityproviders:signin"
LOGIN_REDIRECT_URL = "console:home"
PASSWORD_HASHERS = [
    "portal.security.passwords.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "portal.security.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["user_principal_name", "display_name", "mail"]},
    },
]
OTP_LOGIN_URL = LOGIN_URL

# Limits of sign-in (SEC-9, SEC-10, SEC-13, SEC-75, SEC-109); looser values weaken SEC-11

PORTAL_PASSCODE_TRIES = env.int("PORTAL_PASSCODE_TRIES", default=5)
PORTAL_PASSCODE_WRONG_PER_HOUR = env.int("PORTAL_PASSCODE_WRONG_PER_HOUR", default=10)
PORTAL_PASSCODE_LOCK = timedelta(seconds=env.int("PORTAL_PASSCODE_LOCK", default=15 * 60))
PORTAL_PASSCODE_COOL_DOWN = timedelta(seconds=env.int("PORTAL_PASSCODE_COOL_DOWN", default=60))
PORTAL_PASSCODES_PER_HOUR = env.int("PORTAL_PASSCODES_PER_HOUR", default=5)
PORTAL_PASSCODES_PER_DAY = env.int("PORTAL_PASSCODES_PER_DAY", default=20)
PORTAL_PASSCODES_PER_CLIENT_HOUR = env.int("PORTAL_PASSCODES_PER_CLIENT_HOUR", default=30)
PORTAL_PASSCODES_PER_CLIENT_DAY = env.int("PORTAL_PASSCODES_PER_CLIENT_DAY", default=200)
PORTAL_PASSCODE_WRONG_PER_CLIENT = env.int("PORTAL_PASSCODE_WRONG_PER_CLIENT", default=30)
PORTAL_PASSWORD_FAILURES = env.int("PORTAL_PASSWORD_FAILURES", default=5)
PORTAL_PASSWORD_TRIES_PER_CLIENT = env.int("PORTAL_PASSWORD_TRIES_PER_CLIENT", default=10)
PORTAL_SIGN_INS_PER_CLIENT = env.int("PORTAL_SIGN_INS_PER_CLIENT", default=60)
PORTAL_LOOKUPS_PER_CLIENT = env.int("PORTAL_LOOKUPS_PER_CLIENT", default=10)
PORTAL_SIGN_IN_LOG_DAYS = env.int("PORTAL_SIGN_IN_LOG_DAYS", default=30)
PORTAL_POSTAL_LINE = env.str("PORTAL_POSTAL_LINE", default="")

# Who may do what, where it differs from table T17 (ROL-2, ROL-3)

PORTAL_ROLES_OF_2021 = env.bool("PORTAL_ROLES_OF_2021", default=False)
PORTAL_INVITERS_CHANGE_SETTINGS = env.bool("PORTAL_INVITERS_CHANGE_SETTINGS", default=False)

# The only way out to the internet (SEC-90), and the proof of a partner's domain (IDP-12)

PORTAL_FETCH_NETWORKS = env.list("PORTAL_FETCH_NETWORKS", default=[])
PORTAL_FETCH_PORTS = [int(port) for port in env.list("PORTAL_FETCH_PORTS", default=["443"])]
PORTAL_DNS_SERVERS = env.list("PORTAL_DNS_SERVERS", default=[])
PORTAL_FEDERATION_DNS_PROOF = env.bool("PORTAL_FEDERATION_DNS_PROOF", default=True)

# Google as it is for everybody; another issuer only for tests against a stand-in

PORTAL_GOOGLE_ISSUER = env.str("PORTAL_GOOGLE_ISSUER", default="https://accounts.google.com")

# Facebook as it is for everybody; other addresses only for tests against a stand-in

PORTAL_FACEBOOK_DIALOG_URL = env.str(
    "PORTAL_FACEBOOK_DIALOG_URL", default="https://www.facebook.com/v21.0/dialog/oauth"
)
PORTAL_FACEBOOK_TOKEN_URL = env.str(
    "PORTAL_FACEBOOK_TOKEN_URL", default="https://graph.facebook.com/v21.0/oauth/access_token"
)
PORTAL_FACEBOOK_PROFILE_URL = env.str(
    "PORTAL_FACEBOOK_PROFILE_URL", default="https://graph.facebook.com/v21.0/me"
)

# Sessions and cookies

_cookie_prefix = "__Host-" if _is_https else ""
SESSION_ENGINE = "portal.security.sessions"
SESSION_COOKIE_NAME = f"{_cookie_prefix}portal-session"
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_SAVE_EVERY_REQUEST = False
CSRF_COOKIE_NAME = f"{_cookie_prefix}portal-csrf"
CSRF_COOKIE_SECURE = _is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORTAL_KNOWN_COOKIE_NAME = f"{_cookie_prefix}portal-known"
LANGUAGE_COOKIE_NAME = f"{_cookie_prefix}portal-language"
LANGUAGE_COOKIE_SECURE = _is_https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers

SECURE_SSL_REDIRECT = _is_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if _is_https and PORTAL_TRUSTED_PROXIES else None
)
SECURE_HSTS_SECONDS = headers.HSTS_SECONDS if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": headers.CONTENT_SECURITY_POLICY}
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # SEC-68 fixes the HSTS header, without preload
    "auth.W004",  # a principal name is unique among present users, by a conditional constraint
]

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt-br", "Português (Brasil)"),
    ("sv", "Svenska"),
    ("zh-hans", "简体中文"),
]
"""Each by its own name. Pages for guests and mails speak them, the console speaks English."""
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("PORTAL_STATIC_ROOT", default=str(PORTAL_STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "PORTAL_STATIC_STORAGE",
            default="whitenoise.storage.CompressedManifestStaticFilesStorage",
        )
    },
}
MEDIA_ROOT = PORTAL_STATE_DIR / "media"

# Log

DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL = 20
DJANGO_STRUCTLOG_STATUS_DEFAULT_LOG_LEVEL = 20
LOGGING = logging.logging_configuration(
    env.str("PORTAL_LOG_FORMAT", default="json"), env.str("PORTAL_LOG_LEVEL", default="INFO")
)
