"""A person's surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.surveys import selectors, services
from hera.surveys.api import lists
from hera.surveys.api.serializers import AnswerSerializer, SurveySerializer

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

ID = [OpenApiParameter("id", int, "path")]


class SurveyViewSet(PersonViewSet):
    serializer_class = SurveySerializer
    list_actions = frozenset({"list", "pending"})

    def list(self, request: Request) -> HttpResponse:
        """All surveys, answered ones too, in the order in which they were put."""
        return self.answer(request, lists.SURVEYS)

    @extend_schema(parameters=ID)
    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return self.answer(request, lists.SURVEY, self.wanted_id())

    @extend_schema(responses=SurveySerializer(many=True))
    @action(detail=False)
    def pending(self, request: Request) -> HttpResponse:
        """Those that wait for an answer, are still true, and that the app can show."""
        return self.answer(request, lists.PENDING)

    @extend_schema(request=AnswerSerializer, responses={200: None}, parameters=ID)
    @action(detail=True, methods=["post"], url_path="response")
    def respond(self, request: Request, pk: str) -> Response:
        """Answer. What an answer does besides is a property of its option: doses are recorded, a pregnancy ends."""
        survey = selectors.survey_of(self.person, self.wanted_id())
        if survey is None:
            raise Http404
        serializer = AnswerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            services.answer(survey, serializer.validated_data["response"])
        except services.InvalidAnswer as problem:
            raise serializers.ValidationError({"response": [str(problem)], "detail": str(problem)}) from None
        return Response()
