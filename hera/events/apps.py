from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "hera.events"
    label = "events"
    verbose_name = "Notifications"
