from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "hera.operations"
    label = "operations"
    verbose_name = "Health and readiness"
