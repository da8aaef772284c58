"""The project's settings under test: the environment of a test run, then `portal.settings`."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

STATE_DIR = Path(tempfile.mkdtemp(prefix="portal-tests-"))
atexit.register(shutil.rmtree, STATE_DIR, ignore_errors=True)
(STATE_DIR / "static").mkdir()

os.environ |= {
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # a started browser leaves an event loop behind
    "PORTAL_BASE_URL": "http://127.0.0.1:8000",
    "PORTAL_DATABASE_POOL_MAX": "0",  # test databases are dropped behind the pool's back
    "PORTAL_DEMO": "false",
    "PORTAL_KEYS": "tests:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "PORTAL_LOG_FORMAT": "text",
    "PORTAL_LOG_LEVEL": "INFO",
    "PORTAL_STATE_DIR": str(STATE_DIR),
    "PORTAL_STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789-0123456789",
}
for name in ("DEBUG", "REDIS_URL", "EMAIL_URL", "ALLOWED_HOSTS", "PORTAL_TRUSTED_PROXIES"):
    os.environ.pop(name, None)

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES  # noqa: E402

_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A file, because worker and server threads of a test open connections of their own.
    _database["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}
else:
    # Several runs can share one server.
    _database["TEST"] = {"NAME": f"test_portal_{os.getpid()}"}
