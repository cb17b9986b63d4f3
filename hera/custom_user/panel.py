"""Django's admin with HERA's site as its own."""

from django.contrib.admin.apps import AdminConfig


class PanelConfig(AdminConfig):
    default_site = "hera.custom_user.site.HeraAdminSite"
