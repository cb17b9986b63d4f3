"""Django's settings. Everything that differs between environments comes from `hera.config`."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from hera import config
from hera.delivery.channels import registry
from hera.devserver import embedded

try:
    HERA = config.load(os.environ)
    CHANNELS = registry.load_settings(config.Environment(os.environ), is_local=HERA.is_local)
except config.ConfigError as wrong:
    sys.exit(f"HERA cannot start. {wrong}")

SECRET_KEY = HERA.secret_key
SECRET_KEY_FALLBACKS = HERA.secret_key_fallbacks
DEBUG = False
ALLOWED_HOSTS = HERA.allowed_hosts

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "hera.panel.apps.SiteConfig",  # Django's admin, with HERA's sign-in
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "unfold.contrib.import_export",
    "import_export",
    "corsheaders",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "procrastinate.contrib.django",
    "hera.schema_changes",
    "hera.core",
    "hera.api",
    "hera.texts",
    "hera.user_profile",
    "hera.child_health",
    "hera.health_center",
    "hera.otp_auth",
    "hera.scheduling",
    "hera.events",
    "hera.surveys",
    "hera.delivery",
    "hera.people",
    "hera.campaigns",
    "hera.exports",
    "hera.figures",
    "hera.panel",
    "hera.privacy",
    "hera.web",
    "hera.operations",
    "hera.devserver",
]

MIDDLEWARE = [
    "hera.operations.middleware.HealthCheckMiddleware",  # before host checks: a load balancer calls by address
    "django.middleware.security.SecurityMiddleware",
    "hera.core.security_headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "hera.core.middleware.LanguageMiddleware",
    "hera.core.middleware.CountryClockMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hera.api.middleware.OwnListsMiddleware",  # what phones ask for at each start passes nothing that is below
    # Sessions are for staff: nothing in the API touches one, so phone apps are never given a cookie.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hera.operations.middleware.LargestRequestMiddleware",
    "hera.core.middleware.NullCharacterMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "hera.urls"
WSGI_APPLICATION = "hera.wsgi.application"
APPEND_SLASH = False  # a redirect loses a POST; the two slashless calls of shipped clients have routes

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [config.REPOSITORY / "hera" / "panel" / "templates" / "over"],  # before those of Unfold
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _databases() -> dict[str, Any]:
    # manage.py, gunicorn.conf.py and the tests start the embedded server and set DATABASE_URL; without it
    # we are in a command that never connects.
    database = HERA.database or embedded.placeholder(HERA.data_dir)
    # The service's user owns its database: in a schema of its own name it could put views before HERA's tables, the
    # audit trail's among them, which would be found first.
    options = f"{database.options.get('options', '')} -c search_path=public".strip()
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": database.host,
            "PORT": database.port,
            "NAME": database.name,
            "USER": database.user,
            "PASSWORD": database.password,
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            # `core.prepared` says which statements are prepared; none is so by how often it was put.
            "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 2**31, **database.options, "options": options},
        }
    }


DATABASES = _databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("tr", "Türkçe"), ("ar", "العربية"), ("ps", "پښتو"), ("prs", "دری")]
LANGUAGES_BIDI = ["ar", "ps", "prs"]
FORMAT_MODULE_PATH = "hera.formats"
LOCALE_PATHS = [config.REPOSITORY / "hera" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

HERA_OUTBOX = "hera.delivery.outbox"
HERA_ANNOUNCEMENTS = "hera.delivery.withdrawing"
HERA_AUDIT_TRAIL = "hera.panel.audit"

STATIC_URL = "static/"
# Of django-leaflet its files for browsers only: as an app it wants GDAL.
# Its files are ours to serve, its code is not wanted: it is not imported.
_LEAFLET = find_spec("leaflet")
assert _LEAFLET is not None
assert _LEAFLET.origin is not None
STATICFILES_DIRS = [Path(_LEAFLET.origin).parent / "static"]
STATIC_ROOT = config.REPOSITORY / "staticfiles"
WHITENOISE_USE_FINDERS = HERA.is_local
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if HERA.is_local
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

UNFOLD = {
    "SITE_TITLE": "HERA",
    "SITE_HEADER": "HERA",
    "SITE_SUBHEADER": HERA.environment,
    "SITE_URL": None,  # what stands at / is for phones
    "LOGIN": {"form": "hera.panel.sign_in.PasswordForm"},
    "SIDEBAR": {"navigation": "hera.panel.menu.navigation"},
    "STYLES": [lambda _request: static("panel/panel.css")],
    "ACCOUNT": {
        "navigation": [
            {"title": gettext_lazy("My second factor"), "link": reverse_lazy("admin:my_second_factor")},
            {"title": gettext_lazy("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("panel/icon.svg")}],
}

CORS_ALLOWED_ORIGINS = HERA.cors_origins
CORS_ALLOW_CREDENTIALS = bool(HERA.cors_origins)
CSRF_FAILURE_VIEW = "hera.panel.dead_ends.stale_form"
CSRF_TRUSTED_ORIGINS = HERA.csrf_trusted_origins
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HERA.https
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())  # a working day, then sign in anew
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=3).total_seconds())
SECURE_SSL_REDIRECT = HERA.https
SECURE_REDIRECT_EXEMPT = [r"^infra/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HERA.trusted_proxies else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HERA.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HERA.https
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["hera.api.authentication.PhoneTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "hera.api.parsers.TolerantJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "hera.api.negotiation.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # What an address takes is in the schema; what browsers ask before a call, the middleware answers.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "hera.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "HERA",
    "VERSION": "2",
    "DESCRIPTION": "Reminders of vaccinations and antenatal visits: the calls that the phone apps make.",
    "SERVE_INCLUDE_SCHEMA": False,
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"LanguageCodeEnum": "hera.core.languages.CHOICES"},
    "SECURITY": [{"tokenAuth": []}],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hera.api.schema.document_refusals",
    ],
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 600}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{levelname} {name} {message}", "style": "{"},
        "json": {"()": "hera.operations.logs.PrivateJsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": HERA.log_format}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "hera": {"level": "INFO"},
        # One line a request and the address in it: who is pregnant is nobody's log's business.
        "httpx": {"level": "WARNING"},
        "apprise": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}

if HERA.sentry_dsn:
    from hera.operations import error_reports

    error_reports.start(HERA.sentry_dsn, HERA.environment)
