from django.apps import AppConfig


class CustomUserConfig(AppConfig):
    name = "hera.custom_user"
    label = "custom_user"
    verbose_name = "Staff view of people"
