"""Pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.child_health import births, doses, endings, not_given, selectors, services, ticks
from hera.child_health.api import lists
from hera.child_health.api.endings import EndSerializer, OutcomeSerializer, PauseSerializer
from hera.child_health.api.serializers import (
    AfterBirthSerializer,
    CalendarEventSerializer,
    ChildSerializer,
    DoseGivenSerializer,
    DosesNotGivenSerializer,
    NotGivenSerializer,
    PregnancySerializer,
    VaccineDoseSerializer,
    VaccineSerializer,
)
from hera.child_health.models import Child, ChildEnd, DoseGiven, Pregnancy
from hera.child_health.possible_dates import NotPossible
from hera.core.ids import id_in
from hera.user_profile.number_changes import ErasureHeld

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from rest_framework.request import Request

T = TypeVar("T")

ID = [OpenApiParameter("id", int, "path")]
REFUSAL = OpenApiResponse(OpenApiTypes.OBJECT, "It cannot be taken back any more; `detail` says why.")


BOUNDS = [OpenApiParameter(name, OpenApiTypes.DATE) for name in ("min_delivery_date", "max_delivery_date")]


class Conflict(APIException):
    """It cannot be done any more."""

    status_code = status.HTTP_409_CONFLICT


def _taken_back(take_back: Callable[[], None]) -> Response:
    try:
        take_back()
    except endings.CannotBeTakenBack as refusal:
        raise Conflict(str(refusal)) from None
    return Response(status=status.HTTP_204_NO_CONTENT)


def _told(found: T | None) -> T:
    if found is None:
        raise NotFound(_("Nothing of this kind was told."))
    return found


class PregnancyViewSet(PersonViewSet):
    serializer_class = PregnancySerializer

    def _pregnancy(self) -> Pregnancy:
        pregnancy = selectors.pregnancy_of(self.person, self.wanted_id())
        if pregnancy is None:
            raise Http404
        return pregnancy

    @extend_schema(parameters=BOUNDS)
    def list(self, request: Request) -> HttpResponse:
        """The active pregnancy first, then the newest: clients look at the first only."""
        return self.answer(request, lists.PREGNANCIES)

    def create(self, request: Request) -> Response:
        """While one is running this is a correction of that one, and answers its id."""
        serializer = self._validated(request, None)
        try:
            pregnancy = services.declare_pregnancy(self.person, serializer.declaration(), serializer.declared_when())
        except (services.TooMany, NotPossible) as refusal:
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
        """Other values than before are a new declaration, of `declared_on` or today; the calendar moves with them."""
        return self._edit(request, partial=True)

    @extend_schema(parameters=ID, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        try:
            services.delete_pregnancy(self._pregnancy())
        except ErasureHeld as held:
            raise ValidationError({"detail": str(held)}) from None
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(methods=["DELETE"], parameters=ID, request=None, responses={204: None, 409: REFUSAL})
    @extend_schema(methods=["GET"], parameters=ID, request=None, responses=OutcomeSerializer)
    @extend_schema(methods=["POST"], parameters=ID, request=OutcomeSerializer, responses={201: OutcomeSerializer})
    @action(detail=True, methods=["get", "post", "delete"], serializer_class=OutcomeSerializer)
    def outcome(self, request: Request, pk: str) -> Response:
        """How it ended. From the moment of a POST nothing of it is announced, asked or sent; a birth makes the children
        that it names. Repeats are harmless. DELETE takes it back for 30 days."""
        pregnancy = self._pregnancy()
        if request.method == "DELETE":
            return _taken_back(lambda: endings.take_outcome_back(pregnancy, endings.By()))
        if request.method == "POST":
            # Of one that a newer one has superseded, the end of that one is meant.
            pregnancy = selectors.pregnancy_to_edit(pregnancy, services.today_of(self.person)) or pregnancy
        if request.method == "GET":
            return Response(OutcomeSerializer.shown(*_told(selectors.outcome_of(pregnancy))))
        serializer = OutcomeSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        told = serializer.told()
        try:
            outcome, children = endings.end_pregnancy(
                pregnancy, told.kind, endings.By(), date=told.date, gestation_weeks=told.weeks, newborns=told.newborns
            )
        except (services.TooMany, NotPossible) as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        except endings.CannotBeTakenBack as refusal:
            raise Conflict(str(refusal)) from None
        return Response(OutcomeSerializer.shown(outcome, children), status=status.HTTP_201_CREATED)

    @action(detail=False)
    def active(self, request: Request) -> Response:
        """The running pregnancy, if its estimated delivery date is today or later."""
        pregnancy = selectors.active_pregnancy_of(self.person, services.today_of(self.person))
        if pregnancy is None:
            raise Http404
        return Response(self.get_serializer(pregnancy).data)

    def _edit(self, request: Request, *, partial: bool) -> Response:
        pregnancy = selectors.pregnancy_to_edit(self._pregnancy(), services.today_of(self.person))
        if pregnancy is None:
            raise Http404
        serializer = self._validated(request, pregnancy, partial=partial)
        try:
            services.redeclare_pregnancy(pregnancy, serializer.declaration(), serializer.declared_when())
        except NotPossible as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
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

    @extend_schema(parameters=[OpenApiParameter("all", bool, description="Those, too, that were ended or are paused.")])
    def list(self, request: Request) -> HttpResponse:
        """Without those that were ended or are paused."""
        return self.answer(request, lists.CHILDREN)

    def create(self, request: Request) -> Response:
        """One with the same name, date of birth and gender as a child added minutes ago is that one: the app did not
        get the answer, or somebody tapped twice."""
        return self._save(request, Child(user=self.person), status.HTTP_201_CREATED)

    @extend_schema(parameters=ID)
    def retrieve(self, request: Request, pk: str) -> Response:
        child = self._child(self.wanted_id())
        if child.unshown:  # type: ignore[attr-defined]
            ticks.mark_shown([child.pk])
        return Response(self.get_serializer(child).data)

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

    @extend_schema(methods=["DELETE"], parameters=ID, request=None, responses={204: None, 409: REFUSAL})
    @extend_schema(methods=["GET"], parameters=ID, request=None, responses=EndSerializer)
    @extend_schema(methods=["POST"], parameters=ID, request=EndSerializer, responses={201: EndSerializer})
    @action(detail=True, methods=["get", "post", "delete"], serializer_class=EndSerializer)
    def end(self, request: Request, pk: str) -> Response:
        """Remind of nothing of this child any more; the lists leave it out. DELETE takes it back for 30 days."""
        child = self._child(self.wanted_id())
        if request.method == "GET":
            return Response(EndSerializer(_told(selectors.end_of(child))).data)
        if request.method == "DELETE":
            return _taken_back(lambda: endings.take_end_back(child, endings.By()))
        serializer = EndSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        told = serializer.validated_data
        try:
            end = endings.end_child(child, ChildEnd.Reason(told["reason"]), endings.By(), date=told.get("date"))
        except NotPossible as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        except endings.CannotBeTakenBack as refusal:
            raise Conflict(str(refusal)) from None
        return Response(EndSerializer(end).data, status=status.HTTP_201_CREATED)

    @extend_schema(methods=["DELETE"], parameters=ID, request=None, responses={204: None, 409: REFUSAL})
    @extend_schema(methods=["GET"], parameters=ID, request=None, responses=PauseSerializer)
    @extend_schema(methods=["POST"], parameters=ID, request=PauseSerializer, responses={201: PauseSerializer})
    @action(detail=True, methods=["get", "post", "delete"], serializer_class=PauseSerializer)
    def pause(self, request: Request, pk: str) -> Response:
        """Tell nothing of this child before that day; the lists leave it out until then. DELETE takes it back."""
        child = self._child(self.wanted_id())
        if request.method == "GET":
            return Response(PauseSerializer(_told(selectors.pause_of(child))).data)
        if request.method == "DELETE":
            return _taken_back(lambda: endings.take_pause_back(child, endings.By()))
        serializer = PauseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            pause = endings.pause_child(child, serializer.validated_data["until"], endings.By())
        except NotPossible as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(PauseSerializer(pause).data, status=status.HTTP_201_CREATED)

    @extend_schema(methods=["GET"], parameters=ID, request=None, responses=DoseGivenSerializer(many=True))
    @extend_schema(methods=["POST"], parameters=ID, request=DoseGivenSerializer, responses={201: DoseGivenSerializer})
    @action(detail=True, methods=["get", "post"], serializer_class=DoseGivenSerializer)
    def doses(self, request: Request, pk: str) -> Response:
        """The doses that this child had, by date; those without one last. A dose that she had is not announced or asked
        about. The same entry sent twice is one."""
        child = self._child(self.wanted_id())
        if request.method == "GET":
            return Response(DoseGivenSerializer(doses.that_count(child.pk), many=True).data)
        serializer = DoseGivenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        entry = serializer.entry(client_key=request.headers.get("Idempotency-Key"))
        try:
            [given] = doses.record(child, [entry], DoseGiven.Source.MOTHER, today=services.today_of(self.person))
        except NotPossible as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(DoseGivenSerializer(given).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[*ID, OpenApiParameter("dose", int, "path")], request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="doses/(?P<dose>[^/.]+)", url_name="dose")
    def dose(self, request: Request, pk: str, dose: str) -> Response:
        """Retract an entry: it counts for nothing from now on."""
        child = self._child(self.wanted_id())
        given = doses.given_to(child, dose)
        if given is None:
            raise Http404
        if given.source == DoseGiven.Source.TICK and given.vaccine_id is not None:
            services.untick(child, given.vaccine_id)
        else:
            doses.retract(given, doses.BY_HER)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(methods=["GET"], parameters=ID, request=None, responses=NotGivenSerializer(many=True))
    @extend_schema(
        methods=["POST"], parameters=ID, request=DosesNotGivenSerializer, responses={201: NotGivenSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], serializer_class=DosesNotGivenSerializer)
    def doses_not_given(self, request: Request, pk: str) -> Response:
        """The doses that this child was told not to have had. What a country's pack takes as given, or has told of on a
        day that is over, is planned again. Repeats are harmless."""
        child = self._child(self.wanted_id())
        if request.method == "GET":
            return Response(NotGivenSerializer(not_given.of(child), many=True).data)
        serializer = DosesNotGivenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            not_given.tell(child, serializer.validated_data["doses"], services.today_of(self.person))
        except NotPossible as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(NotGivenSerializer(not_given.of(child), many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[*ID, OpenApiParameter("dose", int, "path")], request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="doses_not_given/(?P<dose>[^/.]+)", url_name="dose-not-given")
    def dose_not_given(self, request: Request, pk: str, dose: str) -> Response:
        """It was a mistake: nobody has told of this dose."""
        child = self._child(self.wanted_id())
        if not not_given.take_back(child, id_in(dose)):
            raise Http404
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
            child = births.save_child(child, ticked) if child.pk else births.add_child(child, ticked)
        except services.TooMany as refusal:
            raise ValidationError({"detail": str(refusal)}) from None
        return Response(self.get_serializer(self._child(child.pk)).data, status=code)


class VaccineViewSet(PersonViewSet):
    serializer_class = VaccineSerializer

    def list(self, request: Request) -> HttpResponse:
        """Active vaccines, by id."""
        return self.answer(request, lists.VACCINES)


class VaccineDoseViewSet(PersonViewSet):
    serializer_class = VaccineDoseSerializer

    def list(self, request: Request) -> HttpResponse:
        """The doses of active vaccines, by vaccine, in the order in which they are due."""
        return self.answer(request, lists.VACCINE_DOSES)


class CalendarViewSet(PersonViewSet):
    serializer_class = CalendarEventSerializer

    def list(self, request: Request) -> HttpResponse:
        """All vaccinations of the person's children and visits of her running pregnancy, past ones too, by date."""
        return self.answer(request, lists.CALENDAR)


class AfterBirthViewSet(PersonViewSet):
    serializer_class = AfterBirthSerializer

    def list(self, request: Request) -> HttpResponse:
        """The visits of mother and child after a birth, past ones too, by date; none without a country's pack.

        They are not on the calendar: the first apps would show them as check-ups in pregnancy."""
        return self.answer(request, lists.AFTER_BIRTH)
