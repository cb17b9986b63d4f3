from django.urls import path

from hera.delivery.api.views import messagebird_receipt, messagebird_reply

urlpatterns = [
    path("delivery/receipts/messagebird/", messagebird_receipt),
    path("delivery/replies/messagebird/", messagebird_reply),
]
