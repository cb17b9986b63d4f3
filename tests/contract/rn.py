"""What the shipped phone app (React Native) sends."""

from __future__ import annotations

import datetime as dt

from hera.core import clock

NUMBER = "+905321234567"
WEEK_12 = {
    "declared_pregnancy_week": "12",
    "declared_date_of_last_menstrual_period": None,
    "declared_number_of_prenatal_visits": "0",
}


def child_body(**changes):
    born = clock.now().date() - dt.timedelta(weeks=8)
    return {"name": "Leyla", "date_of_birth": str(born), "gender": "FEMALE", "past_vaccinations": [], **changes}
