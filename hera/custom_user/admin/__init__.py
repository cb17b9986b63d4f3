"""The staff side of people in the panel; importing it registers all of it."""

from hera.custom_user.admin import accounts, people, records, staff_messages

__all__ = ["accounts", "people", "records", "staff_messages"]
