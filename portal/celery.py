"""The Celery app, and the set-up of a worker."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.core.exceptions import ImproperlyConfigured
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def _keep_django_logging(**kwargs: Any) -> None:
    """Celery leaves the log to `settings.LOGGING`."""


@celeryd_init.connect
def _become_worker(conf: Any, **kwargs: Any) -> None:
    """Refuse unsafe settings and missing keys, then take a worker's limits (SEC-100, REL-12)."""
    from django.db import connections

    from portal import checks, services

    try:
        checks.refuse_unsafe_start()
        checks.refuse_missing_keys()
        connections.close_all()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error  # Celery goes on after an ordinary exception
    services.become_worker(conf)
