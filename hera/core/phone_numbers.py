"""Phone numbers: E.164 inside, and the parts that clients show."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from hera.core import digits


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
    """Read an international number as typed: digits of any script, spaces, a needless leading zero and a calling code
    that was typed twice are forgiven.

    What newer lists of numbers call invalid is taken where HERA_NUMBER_RANGES names its range.

    Raises:
        InvalidPhoneNumber: if it is not a possible, valid number.
    """
    number = _read(text)
    if not _is_served(number):
        raise InvalidPhoneNumber(_("This is not a valid phone number."))
    return _known_by_its_parts(number)


def is_same(text: str, e164: str) -> bool:
    """Whether somebody who typed this means that number, whatever is thought of its validity."""
    try:
        return _e164(_read(text)) == e164
    except InvalidPhoneNumber:
        return False


def parse_name(text: str) -> PhoneNumber:
    """Like `parse`, for numbers that may be an account's name: those are not asked for validity.

    Countries retire forms of numbers (Benin's eight digits, Mexico's mobile 1), and whoever signed up with one must
    get in. The answer is alike for all numbers of a form that some account has, so that it tells of no single one.

    Raises:
        InvalidPhoneNumber
    """
    number = _read(text)
    if not _is_valid(number):
        e164 = _e164(number)
        alike = User.objects.filter(username__startswith=e164[:_FORM]).alias(length=Length("username"))
        if len(e164) > _LONGEST or not alike.filter(length=len(e164)).exists():
            return parse(text)
    return _known_by_its_parts(number)


def parse_allowed(text: str) -> PhoneNumber:
    """Like `parse`, for numbers that are about to be sent a code.

    Raises:
        InvalidPhoneNumber: also if the number is of a country that this environment does not serve.
    """
    return _allowed(parse(text))


def parse_name_allowed(text: str) -> PhoneNumber:
    """Like `parse_name`, for numbers that are about to be sent a code.

    Raises:
        InvalidPhoneNumber: also if the number is of a country that this environment does not serve.
    """
    return _allowed(parse_name(text))


_FORM = 5  # characters that a form of numbers shares: plus, calling code, the first digits after it
_CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
_LONGEST = 16  # E.164: a plus and fifteen digits


_CODE_TYPED_TWICE = re.compile(r"0{0,2}([1-9]\d{4,})")  # what follows the first: perhaps zeros, and the number anew


def _read(text: str) -> phonenumbers.PhoneNumber:
    typed = digits.plain(text)
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _is_served(number):
        number = _with_code_twice(typed) or number
    if number is None:
        raise InvalidPhoneNumber(_("This is not a valid phone number."))
    return number


def _with_code_twice(typed: str) -> phonenumbers.PhoneNumber | None:
    """The number of somebody who typed its calling code after the one that her app puts there; None if she did not."""
    before, plus, after = typed.removeprefix("+").rpartition("+")
    if plus:
        once, twice = re.sub(r"\D", "", before), re.sub(r"\D", "", after)
    else:
        all_digits = re.sub(r"\D", "", typed)
        once = next((all_digits[:length] for length in (1, 2, 3) if int(all_digits[:length] or 0) in _CODES), "")
        match = _CODE_TYPED_TWICE.fullmatch(all_digits.removeprefix(once))
        twice = match[1] if match else ""
    if not once or not twice.startswith(once):
        return None
    try:
        number = phonenumbers.parse(f"+{twice}", None)
    except phonenumbers.NumberParseException:
        return None
    return number if _is_served(number) else None


def _is_served(number: phonenumbers.PhoneNumber) -> bool:
    return _is_valid(number) or _e164(number).startswith(tuple(settings.HERA.number_ranges))


def _is_valid(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _known_by_its_parts(number: phonenumbers.PhoneNumber) -> PhoneNumber:
    country = number.country_code or 0
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(country)
    return PhoneNumber(
        e164=_e164(number),
        country_code=str(country),
        national_number=phonenumbers.national_significant_number(number),
        region=region if region and region != "ZZ" else "001",
    )


def _allowed(number: PhoneNumber) -> PhoneNumber:
    allowed = settings.HERA.otp_allowed_countries
    if allowed and number.region not in allowed and number.e164 not in settings.HERA.otp_review_numbers:
        raise InvalidPhoneNumber(_("HERA does not serve phone numbers of this country."))
    return number


def meant(text: str) -> list[str]:
    """The numbers, in E.164, that somebody may mean in a table.

    A spreadsheet drops the plus, and at home the country's code is left out.
    """
    plain = digits.only(text)
    bare = "".join(filter(str.isdigit, plain))
    if plain.startswith("+"):
        return [f"+{bare}"]
    found = [f"+{bare.removeprefix('00')}"] if bare else []
    for region in settings.HERA.otp_allowed_countries:
        try:
            number = phonenumbers.parse(bare, region)
        except phonenumbers.NumberParseException:
            continue
        found.append(_e164(number))
    return list(dict.fromkeys(found))


def calling_codes() -> list[str]:
    """The calling codes of the countries that are served, as digits; none where all are."""
    return sorted({str(phonenumbers.country_code_for_region(region)) for region in settings.HERA.otp_allowed_countries})


def split(e164: str) -> tuple[str, str]:
    """Country code and national number of a username; two empty strings for a staff account."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return "", ""
    return str(number.country_code), phonenumbers.national_significant_number(number)


def of_account(username: str) -> PhoneNumber:
    """The number that an account is named after, whatever is thought of it today.

    Raises:
        InvalidPhoneNumber: if the account is no phone's.
    """
    try:
        return _known_by_its_parts(phonenumbers.parse(username, None))
    except phonenumbers.NumberParseException:
        raise InvalidPhoneNumber(_("This is not a valid phone number.")) from None


NO_NUMBER = "no-number-"  # begins the name of an account whose owner has no phone
SET_ASIDE = "set-aside-"  # and of one whose number another account has now


def no_number() -> str:
    """A name for the account of somebody without a phone: nobody's number, and found by the digits of none."""
    return NO_NUMBER + "".join(secrets.choice(string.ascii_lowercase) for _letter in range(20))


def shown(username: str) -> str:
    """The number that an account is named after; blank for an account without one."""
    return "" if username.startswith((NO_NUMBER, SET_ASIDE)) else username


def mask(e164: str) -> str:
    """A number that can be shown: `+9053*****`."""
    return e164[:5] + "*****"
