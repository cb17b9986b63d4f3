"""Passkeys (WebAuthn level 2) as a second factor: what a browser is asked, and whether its answer holds.

The protocol is the library's; here stand this site's name, whose keys they are, and the challenge, which is kept in the
session and is good for one answer.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hera.panel.models import Passkey

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

MOST = 10  # keys of one person
_CHALLENGE = "passkey_challenge"
_LONGEST = 20_000  # characters of an answer


def to_sign_in(request: HttpRequest, user: User) -> str:
    """What the browser is to ask one of this person's keys, as JSON; blank if she has none."""
    keys = _descriptors(user)
    if not keys:
        return ""
    options = generate_authentication_options(
        rp_id=_site(request), allow_credentials=keys, user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


def to_add(request: HttpRequest, user: User) -> str:
    """What the browser is to ask a new key of this person, as JSON; blank if she has as many as one may have."""
    keys = _descriptors(user)
    if len(keys) >= MOST:
        return ""
    options = generate_registration_options(
        rp_id=_site(request),
        rp_name="HERA",
        user_name=user.get_username(),
        user_id=str(user.pk).encode(),
        exclude_credentials=keys,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    request.session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


@transaction.atomic
def match(request: HttpRequest, user: User, answer: str) -> Passkey | None:
    """The key of this person that answered the challenge; None if the answer does not hold."""
    challenge = _challenge(request)
    if not challenge or len(answer) > _LONGEST:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        keys = Passkey.objects.select_for_update().filter(user=user, confirmed=True)
        key = keys.filter(credential_id=credential.raw_id).first()
        if key is None:
            return None
        seen = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(request),
            expected_origin=_origin(request),
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, ValueError):
        return None
    key.sign_count = seen.new_sign_count
    key.set_last_used_timestamp(commit=False)
    key.save(update_fields=["sign_count", "last_used_at"])
    return cast("Passkey", key)


def add(request: HttpRequest, user: User, answer: str, name: str) -> Passkey | None:
    """Take a new key of this person into use; None if the answer does not hold, or she has too many."""
    challenge = _challenge(request)
    if not challenge or len(answer) > _LONGEST or Passkey.objects.filter(user=user).count() >= MOST:
        return None
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_site(request),
            expected_origin=_origin(request),
        )
    except (WebAuthnException, ValueError):
        return None
    fields: dict[str, Any] = {"public_key": made.credential_public_key, "sign_count": made.sign_count}
    try:
        with transaction.atomic():
            made_key = Passkey.objects.create(user=user, name=name[:64], credential_id=made.credential_id, **fields)
    except IntegrityError:
        return None  # the key is here already
    return cast("Passkey", made_key)


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    keys = Passkey.objects.filter(user=user, confirmed=True).values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=bytes(key)) for key in keys]


def _challenge(request: HttpRequest) -> bytes:
    """The challenge of this session, which is none any more after that."""
    return base64url_to_bytes(request.session.pop(_CHALLENGE, ""))


def has_name(request: HttpRequest) -> bool:
    """Whether the address is a name: browsers make passkeys for names only, `localhost` among them."""
    try:
        ipaddress.ip_address(_site(request).strip("[]"))
    except ValueError:
        return True
    return False


def _site(request: HttpRequest) -> str:
    """The host without its port: Django has checked that it is one of ours."""
    return request.get_host().rsplit(":", 1)[0]


def _origin(request: HttpRequest) -> str:
    scheme = "https" if settings.HERA.https else request.scheme
    return f"{scheme}://{request.get_host()}"
