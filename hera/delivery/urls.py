from django.urls import path

from hera.delivery.api.links import LinkViewSet, follow
from hera.delivery.api.views import messagebird_receipt, messagebird_reply

urlpatterns = [
    path("l/<str:code>/", follow, name="link"),
    path("links/<str:code>/opened/", LinkViewSet.as_view({"post": "opened"})),
    path("delivery/receipts/messagebird/", messagebird_receipt),
    path("delivery/replies/messagebird/", messagebird_reply),
]
