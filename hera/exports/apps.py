from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "hera.exports"
    label = "exports"
    verbose_name = "Exports"

    def ready(self) -> None:
        """The list of people offers a file of whom it shows."""
        from hera.exports import views  # noqa: PLC0415  (models are there only now)
        from hera.people import offers  # noqa: PLC0415

        offers.register(views.OFFER)
