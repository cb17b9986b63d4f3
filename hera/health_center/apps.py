from django.apps import AppConfig


class HealthCenterConfig(AppConfig):
    name = "hera.health_center"
    label = "health_center"
    verbose_name = "Health centres"

    def ready(self) -> None:
        """Where a person goes stays so when her account is taken into another."""
        from hera.health_center import services  # noqa: PLC0415  (models are there only now)
        from hera.user_profile import moved_records  # noqa: PLC0415

        moved_records.register(services.move)
