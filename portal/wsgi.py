"""What gunicorn serves. Refuses to start with unsafe settings (SEC-100)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal import checks, processes  # noqa: E402  settings must be there first

checks.refuse_unsafe_start()
processes.become_web()
