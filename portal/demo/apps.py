"""The Django app of the demo, installed only with PORTAL_DEMO (SEC-100)."""

import os
import warnings
from functools import partial
from typing import Any

from celery.platforms import SecurityWarning
from celery.signals import beat_embedded_init
from django.apps import AppConfig

from portal.demo.parent_death import die_with_parent


class DemoConfig(AppConfig):
    """Mail sink and mailbox of a demonstration on one machine."""

    name = "portal.demo"
    label = "demo"

    def ready(self) -> None:
        """Let the clock inside a worker die with the worker; root may run a demo."""
        bind = partial(_bind_clock, os.getpid())  # the worker, which the clock is forked from
        beat_embedded_init.connect(bind, weak=False, dispatch_uid="demo-clock")
        warnings.filterwarnings("ignore", category=SecurityWarning)


def _bind_clock(worker: int, **kwargs: Any) -> None:
    die_with_parent(worker)
