"""People in the panel; importing it registers all of it."""

from hera.people.admin import card, corrections, people

__all__ = ["card", "corrections", "people"]
