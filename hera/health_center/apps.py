from django.apps import AppConfig


class HealthCenterConfig(AppConfig):
    name = "hera.health_center"
    label = "health_center"
    verbose_name = "Health centres"
