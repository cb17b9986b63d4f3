from django.apps import AppConfig


class ChildHealthConfig(AppConfig):
    name = "hera.child_health"
    label = "child_health"
    verbose_name = "Pregnancies, children and vaccines"

    def ready(self) -> None:
        """When an account is taken into another, her children and pregnancies go along; they tell whose one is."""
        from hera.child_health import selectors, services  # noqa: PLC0415  (models are there only now)
        from hera.user_profile import moved_records, set_aside  # noqa: PLC0415

        moved_records.register(services.move_to_account)
        set_aside.register(selectors.records_told)
