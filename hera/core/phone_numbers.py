"""Phone numbers: E.164 inside, and the parts that clients show."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _


class InvalidPhoneNumber(ValueError):  # noqa: N818  (a fact about the number, named as one)
    """The text is not a valid international number; the message is for the person who typed it."""


@dataclass(frozen=True)
class PhoneNumber:
    e164: str
    country_code: str  # digits, without a plus
    national_number: str
    region: str  # ISO 3166 two letters, or "001" for numbers of no country

    @property
    def is_nanp(self) -> bool:
        """Whether the number is of the North American plan, where alphanumeric senders are not allowed."""
        return self.country_code == "1"


def parse(text: str) -> PhoneNumber:
    """Read an international number as typed: spaces and a needless leading zero are forgiven.

    Raises:
        InvalidPhoneNumber: if it is not a possible, valid number.
    """
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise InvalidPhoneNumber(_("This is not a valid phone number.")) from None
    if not (phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)):
        raise InvalidPhoneNumber(_("This is not a valid phone number."))
    return PhoneNumber(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        country_code=str(number.country_code),
        national_number=phonenumbers.national_significant_number(number),
        region=phonenumbers.region_code_for_number(number) or "001",
    )


def parse_allowed(text: str) -> PhoneNumber:
    """Like `parse`, for numbers that are about to be sent a code.

    Raises:
        InvalidPhoneNumber: also if the number is of a country that this environment does not serve.
    """
    number = parse(text)
    allowed = settings.HERA.otp_allowed_countries
    if allowed and number.region not in allowed and number.e164 not in settings.HERA.otp_review_numbers:
        raise InvalidPhoneNumber(_("HERA does not serve phone numbers of this country."))
    return number


def split(e164: str) -> tuple[str, str]:
    """Country code and national number of a username; two empty strings for a staff account."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return "", ""
    return str(number.country_code), phonenumbers.national_significant_number(number)


def mask(e164: str) -> str:
    """A number that can be shown: `+9053*****`."""
    return e164[:5] + "*****"
