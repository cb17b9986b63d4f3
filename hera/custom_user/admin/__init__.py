"""The staff side of people in the panel; importing it registers all of it."""

from hera.custom_user.admin import accounts, staff_messages

__all__ = ["accounts", "staff_messages"]
