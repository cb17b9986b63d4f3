from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "hera.privacy"
    verbose_name = "What people may ask of their data"
