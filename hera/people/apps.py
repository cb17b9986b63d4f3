from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "hera.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """What staff noted of a person goes along when her account is taken into another."""
        from hera.people import contacts  # noqa: PLC0415  (models are there only now)
        from hera.user_profile import moved_records  # noqa: PLC0415

        moved_records.register(contacts.move)
