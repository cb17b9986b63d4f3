"""The seeds of the second factors of staff, sealed."""

from __future__ import annotations

from hera.core import sealed


class WrongKey(sealed.WrongKey):
    """A seed was sealed with another secret key than the server has now."""

    def __init__(self) -> None:
        super().__init__(
            "The second factors of staff were sealed with another secret key: set HERA_DJANGO_SECRET_KEY to the key"
            " that this database was used with, or name that key in HERA_DJANGO_SECRET_KEY_FALLBACKS."
        )


_BOX = sealed.Box("hera.panel.second_factor", WrongKey)
seal, unseal, resealed = _BOX.seal, _BOX.unseal, _BOX.resealed
