"""Pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.child_health import selectors, services
from hera.child_health.api.serializers import (
    CalendarEventSerializer,
    ChildSerializer,
    PregnancySerializer,
    VaccineSerializer,
)
from hera.child_health.models import Child, Pregnancy
from hera.core import digits
from hera.user_profile.number_changes import ErasureHeld

if TYPE_CHECKING:
    from rest_framework.request import Request

ID = [OpenApiParameter("id", int, "path")]


BOUNDS = [OpenApiParameter(name, OpenApiTypes.DATE) for name in ("min_delivery_date", "max_delivery_date")]


def parse_date_or_none(text: str) -> dt.date | None:
    """An ISO date; None for what is none, which a filter then leaves out as the earlier HERA did."""
    try:
        return dt.date.fromisoformat(digits.plain(text))
    except ValueError:
        return None


class PregnancyViewSet(PersonViewSet):
    serializer_class = PregnancySerializer

    def _pregnancy(self) -> Pregnancy:
        found = Pregnancy.objects.select_related("user__profile").filter(pk=self.wanted_id(), user=self.person)
        pregnancy = found.first()
        if pregnancy is None:
            raise Http404
        return pregnancy

    @extend_schema(parameters=BOUNDS)
    def list(self, request: Request) -> Response:
        """The active pregnancy first, then the newest: clients look at the first only."""
        found = selectors.pregnancies_of(self.person, services.today_of(self.person))
        for name, lookup in (("min_delivery_date", "gte"), ("max_delivery_date", "lte")):
            day = parse_date_or_none(request.query_params.get(name, ""))
            found = found.filter(**{f"estimated_delivery_date__{lookup}": day}) if day else found
        return Response(self.get_serializer(found, many=True).data)

    def create(self, request: Request) -> Response:
        serializer = self._validated(request, None)
        try:
            pregnancy = services.declare_pregnancy(self.person, serializer.declaration())
        except services.TooMany as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(self.get_serializer(pregnancy).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=ID)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self._pregnancy()).data)

    @extend_schema(parameters=ID)
    def update(self, request: Request, pk: str) -> Response:
        return self._edit(request, partial=False)

    @extend_schema(parameters=ID)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Other values than before are a new declaration of today; the calendar moves with them."""
        return self._edit(request, partial=True)

    @extend_schema(parameters=ID, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        try:
            services.delete_pregnancy(self._pregnancy())
        except ErasureHeld as held:
            raise ValidationError({"detail": str(held)}) from None
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=False)
    def active(self, request: Request) -> Response:
        """The newest pregnancy whose estimated delivery date is today or later."""
        pregnancy = selectors.active_pregnancy_of(self.person, services.today_of(self.person))
        if pregnancy is None:
            raise Http404
        return Response(self.get_serializer(pregnancy).data)

    def _edit(self, request: Request, *, partial: bool) -> Response:
        pregnancy = self._pregnancy()
        serializer = self._validated(request, pregnancy, partial=partial)
        services.redeclare_pregnancy(pregnancy, serializer.declaration())
        return Response(self.get_serializer(pregnancy).data)

    def _validated(
        self, request: Request, pregnancy: Pregnancy | None, *, partial: bool = False
    ) -> PregnancySerializer:
        serializer = PregnancySerializer(
            pregnancy, data=request.data, partial=partial, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return serializer


class ChildViewSet(PersonViewSet):
    serializer_class = ChildSerializer

    def _child(self, pk: int) -> Child:
        child = selectors.child_of(self.person, pk)
        if child is None:
            raise Http404
        return child

    def list(self, request: Request) -> Response:
        return Response(self.get_serializer(selectors.children_of(self.person), many=True).data)

    def create(self, request: Request) -> Response:
        return self._save(request, Child(user=self.person), status.HTTP_201_CREATED)

    @extend_schema(parameters=ID)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self._child(self.wanted_id())).data)

    @extend_schema(parameters=ID)
    def update(self, request: Request, pk: str) -> Response:
        return self._save(request, self._child(self.wanted_id()), status.HTTP_200_OK)

    @extend_schema(parameters=ID)
    def partial_update(self, request: Request, pk: str) -> Response:
        return self._save(request, self._child(self.wanted_id()), status.HTTP_200_OK, partial=True)

    @extend_schema(parameters=ID, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        try:
            services.delete_child(self._child(self.wanted_id()))
        except ErasureHeld as held:
            raise ValidationError({"detail": str(held)}) from None
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, request: Request, child: Child, code: int, *, partial: bool = False) -> Response:
        """Save what was sent; `past_vaccinations` replaces the whole set of ticks, unless it is absent."""
        serializer = ChildSerializer(child, data=request.data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        ticked = values.pop("past_vaccinations", None)
        for name, value in values.items():
            setattr(child, name, value)
        try:
            services.save_child(child, ticked)
        except services.TooMany as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(self.get_serializer(self._child(child.pk)).data, status=code)


class VaccineViewSet(PersonViewSet):
    serializer_class = VaccineSerializer

    def list(self, request: Request) -> Response:
        """Active vaccines, by id."""
        return Response(self.get_serializer(selectors.active_vaccines(), many=True).data)


class CalendarViewSet(PersonViewSet):
    serializer_class = CalendarEventSerializer

    def list(self, request: Request) -> Response:
        """All vaccinations and antenatal visits of the person, past ones too, in date order."""
        return Response([event.fields() for event in selectors.calendar_of(self.person)])
