import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hera.settings")
application = get_wsgi_application()
# Now, and not while the first caller waits.
import_module(settings.ROOT_URLCONF)
