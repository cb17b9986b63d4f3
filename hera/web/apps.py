from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "hera.web"
    verbose_name = "The web app for mothers"
