from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "hera.delivery"
    label = "delivery"
    verbose_name = "Delivery"
