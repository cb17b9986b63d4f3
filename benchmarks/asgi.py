"""HERA as an ASGI application, to be measured beside the others."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
