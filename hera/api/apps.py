from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "hera.api"
    label = "api"
    verbose_name = "Conventions of the API"
