"""The WSGI application that gunicorn serves. Refuses to start with unsafe settings (SEC-100)
or without a key that stored rows need (FI-12).
"""

import gc
import os

gc.disable()  # what is loaded now stays for good, so looking for garbage in it only costs time

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal import checks, services  # noqa: E402  settings must be there first

checks.refuse_unsafe_start()
checks.refuse_missing_keys()
connections.close_all()  # the workers that gunicorn forks share no connection
services.become_web()
gc.freeze()  # and the workers that gunicorn forks share it with their parent
gc.enable()
