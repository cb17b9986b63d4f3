"""The roles of staff, as groups with the least that each needs: made by a migration, given by an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAMME_ADMIN = "programme admin"
CONTENT_EDITOR = "content editor"
CASE_WORKER = "case worker"
RESEARCHER = "researcher"
OPERATOR = "operator"

_ALL = ("view", "add", "change", "delete")
_CHANGE = ("view", "add", "change")
_SEE = ("view",)
_DELETE = ("delete",)
_CONTENT = {
    "events": ["notificationtype", "notificationtemplatevariable", "notificationtemplate", "notificationschedule"],
    "surveys": ["surveytemplate", "surveytemplateoption", "surveytemplatetranslation", "surveyschedule"],
    "child_health": ["vaccine", "vaccinedose"],
    "health_center": ["healthcenter"],
}
_RECORDS = {"user_profile": ["userprofile"], "child_health": ["pregnancy", "child", "pastvaccination"]}
_REMOVABLE = {"child_health": ["pregnancy", "child"]}
_DELIVERY = {"delivery": ["message", "attempt", "receipt", "channelgate"], "core": ["jobrecord"]}


def _each(models: dict[str, list[str]], verbs: Iterable[str]) -> set[str]:
    return {f"{app}.{model}.{verb}_{model}" for app, names in models.items() for model in names for verb in verbs}


_PEOPLE = "custom_user.customuser."
# Each permission as app.model.codename.
PERMISSIONS: dict[str, set[str]] = {
    PROGRAMME_ADMIN: _each(_CONTENT, _ALL)
    | _each(_RECORDS, _CHANGE)
    | _each(_REMOVABLE, _DELETE)
    | _each(_DELIVERY, _SEE)
    | _each({"events": ["instantnotification"]}, _ALL)
    | _each({"auth": ["user"]}, _CHANGE)
    | _each({"custom_user": ["auditentry"]}, _SEE)
    | _each({"figures": ["target"]}, _ALL)
    | {_PEOPLE + name for name in ("view_customuser", "export_people", "see_dashboard")},
    CONTENT_EDITOR: _each(_CONTENT, _ALL),
    CASE_WORKER: _each(_RECORDS, _CHANGE) | _each(_REMOVABLE, _DELETE) | {_PEOPLE + "view_customuser"},
    RESEARCHER: {_PEOPLE + name for name in ("view_masked_people", "export_masked_people", "see_dashboard")},
    OPERATOR: _each(_DELIVERY, _SEE),
}


def create(apps: Any) -> None:
    """Make the groups with their permissions; those that are there keep what else they have.

    Permissions are rows that Django makes after all migrations, so those that are not there yet are made here.
    """
    content_types = apps.get_model("contenttypes", "ContentType")
    permissions = apps.get_model("auth", "Permission")
    groups = apps.get_model("auth", "Group")
    for role, names in PERMISSIONS.items():
        group, _made = groups.objects.get_or_create(name=role)
        for app, model, codename in (name.split(".") for name in sorted(names)):
            kind, _made = content_types.objects.get_or_create(app_label=app, model=model)
            permission, _made = permissions.objects.get_or_create(
                content_type=kind, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
            )
            group.permissions.add(permission)
