from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "hera.events"
    label = "events"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """When an account is taken into another, what was announced goes along; what was read says that it is used."""
        from hera.events import selectors, services  # noqa: PLC0415  (models are there only now)
        from hera.user_profile import moved_records, set_aside  # noqa: PLC0415

        moved_records.register(services.move_to_account)
        set_aside.register_use(selectors.read_since)
