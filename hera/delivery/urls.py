from django.urls import path

from hera.delivery.api.views import messagebird_receipt

urlpatterns = [path("delivery/receipts/messagebird/", messagebird_receipt)]
