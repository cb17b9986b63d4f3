from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hera.delivery import receipts, replies
from hera.delivery.channels.messagebird import receipts as messagebird
from hera.delivery.channels.messagebird import replies as messagebird_replies
from hera.delivery.channels.messagebird import signature


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
            request.headers.get(signature.HEADER, ""),
        )
    except signature.NotFromTheProvider:
        return HttpResponse(status=403)
    if arrival is not None:
        receipts.take("messagebird", arrival)
    return HttpResponse(status=200)


@csrf_exempt  # the signature proves who calls
@require_http_methods(["GET", "POST"])
def messagebird_reply(request: HttpRequest) -> HttpResponse:
    """A text that somebody sent to a number of ours; whatever it says, and whoever she is, the answer is the same."""
    if settings.CHANNELS.kind_for("sms") != "messagebird":
        return HttpResponse(status=404)
    try:
        signature.check(
            settings.CHANNELS.by_role["sms"],
            request.build_absolute_uri(),
            request.body,
            request.headers.get(signature.HEADER, ""),
        )
    except signature.NotFromTheProvider:
        return HttpResponse(status=403)
    reply = messagebird_replies.read(request.GET.dict(), request.content_type or "", request.body)
    if reply is not None:
        replies.take(reply)
    return HttpResponse(status=200)
