from django.apps import AppConfig


class UserProfileConfig(AppConfig):
    name = "hera.user_profile"
    label = "user_profile"
    verbose_name = "People"
