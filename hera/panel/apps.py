from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class PanelConfig(AppConfig):
    """Its label is that of the earlier HERA's app: content types and rights in existing databases carry it."""

    name = "hera.panel"
    label = "custom_user"
    verbose_name = "Staff view of people"


class SiteConfig(django_admin.SimpleAdminConfig):
    """Django's admin with HERA's site as its own. Its pages are loaded with the URLs: jobs and the worker have none."""

    default = False

    default_site = "hera.panel.site.HeraAdminSite"
