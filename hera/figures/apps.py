from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "hera.figures"
    label = "figures"
    verbose_name = "Figures"
