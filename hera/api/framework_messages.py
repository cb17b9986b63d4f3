"""Sentences of Django and REST framework that callers see, listed here so that all five languages have them."""

from django.utils.translation import gettext_noop as _

MESSAGES = [
    _("This field is required."),
    _("This field may not be null."),
    _("This field may not be blank."),
    _("Not a valid string."),
    _("A valid integer is required."),
    _("Must be a valid boolean."),
    _('"{input}" is not a valid choice.'),
    _("Ensure this field has no more than {max_length} characters."),
    _("Ensure this value is less than or equal to {max_value}."),
    _("Ensure this value is greater than or equal to {min_value}."),
    _("Date has wrong format. Use one of these formats instead: {format}."),
    _("Datetime has wrong format. Use one of these formats instead: {format}."),
    _('Expected a list of items but got type "{input_type}".'),
    _("Null characters are not allowed."),
    _('Method "{method}" not allowed.'),
]
