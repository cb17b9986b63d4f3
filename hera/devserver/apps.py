from django.apps import AppConfig


class DevserverConfig(AppConfig):
    name = "hera.devserver"
    label = "devserver"
    verbose_name = "Local server"
