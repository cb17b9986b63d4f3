"""Writes of a signed-in person, sent again with the same `Idempotency-Key`: done once, and answered alike (ADR 31)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from hera.api import kept_answers
from hera.api.kept_answers import KEPT
from hera.api.models import KeptAnswer
from hera.core import clock
from hera.core.deadlocks import once_more_after_a_deadlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from rest_framework.request import Request
    from rest_framework.views import APIView

    Handler = Callable[..., HttpResponse]

HEADER = "Idempotency-Key"
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MOST = 200  # answers kept of one person; older ones give way
SAYS = "A text of the caller's own. The same call with the same key is answered as the first, for 30 days."


class AnotherCall(exceptions.APIException):
    """The key is that of a call with another body, or to another address."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class AnswerLost(exceptions.APIException):
    """What the key stands for was done, but how it was answered cannot be read any more."""

    status_code = status.HTTP_409_CONFLICT


def has_key(request: Request) -> bool:
    """Whether this call is to be done once, however often it is sent."""
    return HEADER in request.headers and request.method in METHODS and bool(_key_of(request))


def once(view: APIView, handler: Handler) -> Handler:
    """The handler of a call that has a key: with the same key it is done once, in one transaction with its answer.

    Repeats at once wait for the first, in the key's unique index. What is refused frees the key; what it wrote stays, a
    wrong guess for one. If something breaks nothing of it was done, and the key is free.

    Raises:
        AnotherCall: if the key came with something else before.
        AnswerLost: if it was done before, and its answer was sealed with another secret key.
    """

    @once_more_after_a_deadlock
    def handled(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            answer, is_first = _claim(int(request.user.pk or 0), _hash(_key_of(request)), _hash(_call_of(request)))
            if not is_first:
                return Response(kept_answers.read(answer), status=answer.status)
            try:
                response = handler(request, *args, **kwargs)
            except Exception as refusal:  # noqa: BLE001  (what is none is raised again, and undoes all of it)
                response = view.handle_exception(refusal)
            if status.is_success(response.status_code) and isinstance(response, Response):
                _keep(answer, response)
            else:
                KeptAnswer.objects.filter(pk=answer.pk).delete()
        return response

    return handled


def _claim(user_id: int, key_hash: str, call_hash: str) -> tuple[KeptAnswer, bool]:
    """The answer that is kept under this key, or a new one that is to be given; and whether it is new."""
    now = clock.now()
    of_key = KeptAnswer.objects.filter(user_id=user_id, key_hash=key_hash)
    of_key.filter(created_at__lte=now - KEPT).delete()
    new = KeptAnswer(user_id=user_id, key_hash=key_hash, call_hash=call_hash, created_at=now)
    KeptAnswer.objects.bulk_create([new], ignore_conflicts=True)  # waits while another makes the same one
    answer = of_key.get()
    if answer.call_hash != call_hash:
        raise AnotherCall(_("This was sent before with other content. Please send it as something new."))
    if answer.status is not None and kept_answers.read(answer) is kept_answers.UNREADABLE:
        raise AnswerLost(_("This has arrived before. Please look whether it is there."))
    return answer, answer.status is None


def _keep(answer: KeptAnswer, response: Response) -> None:
    said = "" if response.data is None else JSONRenderer().render(response.data).decode()
    # Who was erased by the call has no answers any more: her row is gone, and nothing is written.
    KeptAnswer.objects.filter(pk=answer.pk).update(status=response.status_code, sealed_text=kept_answers.seal(said))
    newest = KeptAnswer.objects.filter(user_id=answer.user_id).order_by("-created_at", "-id").values("pk")
    KeptAnswer.objects.filter(pk__in=list(newest.values_list("pk", flat=True)[MOST:])).delete()


def _key_of(request: Request) -> str:
    return request.headers.get(HEADER, "").strip()


def _call_of(request: Request) -> str:
    """What was asked: bodies that say the same are the same, however they are written."""
    body: Any = request.data
    return f"{request.method} {request.path} {json.dumps(body, sort_keys=True, default=str)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
