from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "hera.people"
    label = "people"
    verbose_name = "People"
