from django.apps import AppConfig


class ChildHealthConfig(AppConfig):
    name = "hera.child_health"
    label = "child_health"
    verbose_name = "Pregnancies, children and vaccines"
