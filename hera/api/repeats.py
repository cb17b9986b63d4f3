"""Calls that make something, sent again with the same `Idempotency-Key`: they make it once and are answered alike."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from hera.api.kept_answers import KEPT
from hera.api.models import KeptAnswer
from hera.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request

    from hera.api.viewsets import PersonViewSet

    Action = TypeVar("Action", bound=Callable[..., Response])

HEADER = "Idempotency-Key"
MOST = 200  # answers kept of one person; older ones give way
_SAYS = "A text of the caller's own. The same call with the same key is answered as the first, for 7 days."


class AnotherCall(exceptions.APIException):
    """The key is that of a call with another body, or to another address."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


def once_per_key(action: Action) -> Action:
    """An action of the signed-in person that makes something: with a key, it is done once however often it is sent.

    What is refused makes nothing, and frees the key. Repeats at once wait for the first, in the key's unique index.

    Raises:
        AnotherCall: if the key came with something else before.
    """

    @functools.wraps(action)
    def once(view: PersonViewSet, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "").strip()
        if not key or request.method != "POST":
            return action(view, request, *args, **kwargs)
        with transaction.atomic():
            answer, is_first = _claim(view.person.pk, _hash(key), _hash(_call_of(request)))
            if not is_first:
                return Response(json.loads(answer.body), status=answer.status)
            response = action(view, request, *args, **kwargs)
            if status.is_success(response.status_code):
                _keep(answer, response)
            else:
                answer.delete()
        return response

    described = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description=_SAYS)
    return cast("Action", extend_schema(parameters=[described])(once))


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
    return answer, answer.status is None


def _keep(answer: KeptAnswer, response: Response) -> None:
    answer.status, answer.body = response.status_code, JSONRenderer().render(response.data).decode()
    answer.save(update_fields=["status", "body"])
    newest = KeptAnswer.objects.filter(user_id=answer.user_id).order_by("-created_at", "-id").values("pk")
    KeptAnswer.objects.filter(pk__in=list(newest.values_list("pk", flat=True)[MOST:])).delete()


def _call_of(request: Request) -> str:
    """What was asked: bodies that say the same are the same, however they are written."""
    body: Any = request.data
    return f"{request.method} {request.path} {json.dumps(body, sort_keys=True, default=str)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
