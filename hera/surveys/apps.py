from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "hera.surveys"
    label = "surveys"
    verbose_name = "Surveys"

    def ready(self) -> None:
        """When an account is taken into another, what she was asked goes along."""
        from hera.surveys import services  # noqa: PLC0415  (models are there only now)
        from hera.user_profile import moved_records  # noqa: PLC0415

        moved_records.register(services.move_to_account)
