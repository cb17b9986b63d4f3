"""A person's account and her profile, as phones ask for them at each start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.api.own_lists import NothingThere, OwnList
from hera.core import phone_numbers
from hera.user_profile.api.serializers import national_number

if TYPE_CHECKING:
    import datetime as dt

    from hera.api.own_lists import Caller


def _me(caller: Caller, joined: dt.datetime, is_staff: bool, typed: str) -> dict[str, Any]:
    return {
        "id": caller.user_id,
        "date_joined": joined,
        "is_staff": is_staff,
        "phone_country_code": phone_numbers.split(caller.number)[0],
        "phone_national_number": national_number(caller.number, typed if caller.is_first_app else ""),
        "phone_full_number": caller.number,
    }


def _profile(caller: Caller, user_id: int | None, *columns: Any) -> dict[str, Any]:
    if user_id is None or caller.wanted_id != user_id:
        raise NothingThere
    return {"id": user_id, **dict(zip(_PROFILE, columns, strict=True)), "time_zone": caller.zone}


_PROFILE = ("name", "gender", "date_of_birth", "agree_to_terms_at", "language_code", "timezone")
ME = OwnList("person.date_joined, person.is_staff, session.typed_number", _me, methods=("DELETE",))
PROFILE = OwnList(
    ", ".join(f"profile.{column}" for column in ("user_id", *_PROFILE)), _profile, methods=("PUT", "PATCH")
)
