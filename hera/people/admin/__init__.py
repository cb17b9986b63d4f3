"""People in the panel; importing it registers all of it."""

from hera.people.admin import corrections, people

__all__ = ["corrections", "people"]
