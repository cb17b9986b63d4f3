from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "hera.core"
    label = "core"
    verbose_name = "Core"
