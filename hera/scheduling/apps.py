from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "hera.scheduling"
    label = "scheduling"
    verbose_name = "What is due"
