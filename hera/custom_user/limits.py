"""How often a password may be guessed, in the panel and in the dashboard together."""

import datetime as dt

from hera.core.throttles import Limit

# A person mistypes a few times; a machine that guesses gets no further than this.
GUESSES_AT_A_NAME = Limit("staff_sign_in_name", 10, dt.timedelta(minutes=15))
GUESSES_FROM_AN_ADDRESS = Limit("staff_sign_in_address", 50, dt.timedelta(minutes=15))
