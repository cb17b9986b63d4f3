from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "hera.campaigns"
    label = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        """The list of people offers to write to whom it shows."""
        from hera.campaigns import views  # noqa: PLC0415  (models are there only now)
        from hera.people import offers  # noqa: PLC0415

        for offer in views.OFFERS:
            offers.register(offer)
