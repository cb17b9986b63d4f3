"""Texts of Django's own pages and forms that staff see, listed here so that Pashto and Dari, which Django has not, have
them too. Turkish and Arabic are as Django says them."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

MESSAGES = [
    _("%(app)s administration"),
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    _("(Hidden field %(name)s) %(error)s"),
    _("0 of %(cnt)s selected"),
    _("Action"),
    _("Add"),
    _("Add %s"),
    _("Add %(name)s"),
    _("Add another %(verbose_name)s"),
    _("After you've created a user, you’ll be able to edit more user options."),
    _(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items'
        " will be deleted:"
    ),
    _(
        "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and their related"
        " items will be deleted:"
    ),
    _("Authentication and Authorization"),
    _(" By %(filter_title)s "),
    _("Cannot delete %(name)s"),
    _("Change"),
    _("Change %s"),
    _("Change history: %s"),
    _("Close"),
    _("Delete"),
    _("Delete multiple objects"),
    _("Delete selected %(verbose_name_plural)s"),
    _(
        "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, but your account"
        " doesn't have permission to delete the following types of objects:"
    ),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("Designates whether this user should be treated as active. Unselect this instead of deleting accounts."),
    _("Designates whether the user can log into this admin site."),
    _("Email address"),
    _("staff status"),
    _("date joined"),
    _("last login"),
    _("user permissions"),
    _("Enter the same password as before, for verification."),
    _("File to import"),
    _("Filters"),
    _("Format"),
    _("History"),
    _("Import"),
    _("Log in"),
    _("Log out"),
    _(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to"
        " file a bug report if the issue persists."
    ),
    _("Models in the %(name)s application"),
    _("New password"),
    _("New password confirmation"),
    _("No, take me back"),
    _("Objects"),
    _("Old password"),
    _("Password"),
    _("Password change"),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password twice so we can verify"
        " you typed it in correctly."
    ),
    _("Remove"),
    _("Remove from sorting"),
    _("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
    _("Run the selected action"),
    _("Save and add another"),
    _("Save and continue editing"),
    _("Select %s to change"),
    _("Select %s to view"),
    _("Select all objects on this page for an action"),
    _("Show all"),
    _("Show counts"),
    _("Hide counts"),
    _("Summary"),
    _("The groups this user belongs to. A user will get all permissions granted to each of their groups."),
    _("This importer will import the following fields: "),
    _("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
    _("Time"),
    _("Toggle sorting"),
    _("User"),
    _("View"),
    _("View %s"),
    _("Yes"),
    _("No"),
    _("Yes, I’m sure"),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
    _("active"),
    _("email address"),
    _("first name"),
    _("group"),
    _("groups"),
    _("last name"),
    _("name"),
    _("password"),
    _("permissions"),
    _("superuser status"),
    _("username"),
    _("users"),
]


def plurals() -> list[str]:
    """Those with a number in them; to be found by the program that gathers texts, and called by nobody else."""
    return [
        ngettext("Please correct the error below.", "Please correct the errors below.", 0),
        ngettext("entry", "entries", 0),
        ngettext("%(counter)s result", "%(counter)s results", 0),
        ngettext("%(sel)s of %(cnt)s selected", "%(sel)s of %(cnt)s selected", 0),
        ngettext(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
            0,
        ),
        ngettext(
            "This password is too short. It must contain at least %(min_length)d character.",
            "This password is too short. It must contain at least %(min_length)d characters.",
            0,
        ),
    ]
