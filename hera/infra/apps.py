from django.apps import AppConfig


class InfraConfig(AppConfig):
    name = "hera.infra"
    label = "infra"
    verbose_name = "Health and readiness"
