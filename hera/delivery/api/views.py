from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hera.delivery import receipts
from hera.delivery.channels.messagebird import receipts as messagebird


@require_GET
def messagebird_receipt(request: HttpRequest) -> HttpResponse:
    """A status report of MessageBird; its address is entered in their dashboard."""
    if settings.CHANNELS.kind_for("sms") != "messagebird":
        return HttpResponse(status=404)
    try:
        arrival = messagebird.read(
            settings.CHANNELS.by_role["sms"],
            request.build_absolute_uri(),
            request.GET.dict(),
            request.headers.get(messagebird.SIGNATURE, ""),
        )
    except messagebird.NotFromTheProvider:
        return HttpResponse(status=403)
    if arrival is not None:
        receipts.take("messagebird", arrival)
    return HttpResponse(status=200)
