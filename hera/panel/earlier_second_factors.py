"""What the second factors and roles of an earlier database become; called by a migration, with its models."""

from __future__ import annotations

from typing import Any

from hera.panel import recovery_codes, roles, sealing

# The earlier HERA masked the numbers of people for whoever was in this group, whatever else she might do.
MASKED_GROUP = "Researcher"


def seal_seeds(apps: Any) -> None:
    """Authenticators that are in use, with sealed seeds; readable ones go, and those that nobody confirmed."""
    earlier = apps.get_model("otp_totp", "TOTPDevice")
    authenticators = apps.get_model("custom_user", "Authenticator")
    kept = ("user_id", "name", "step", "t0", "digits", "tolerance", "drift", "last_t")
    for device in earlier.objects.filter(confirmed=True).order_by("pk"):
        same = {name: getattr(device, name) for name in kept}
        authenticators.objects.create(sealed_seed=sealing.seal(bytes.fromhex(device.key)), **same)
    earlier.objects.all().delete()


def hash_recovery_codes(apps: Any) -> None:
    """Recovery codes as hashes; readable ones go."""
    earlier = apps.get_model("otp_static", "StaticDevice")
    for device in earlier.objects.filter(confirmed=True).prefetch_related("token_set").order_by("pk"):
        salt = recovery_codes.new_salt()
        digests = [recovery_codes.digest(code.token, salt) for code in device.token_set.all()]
        if digests:
            made = apps.get_model("custom_user", "RecoveryCodes")
            made.objects.create(user_id=device.user_id, name="recovery", salt=salt, digests=digests)
    apps.get_model("otp_static", "StaticToken").objects.all().delete()
    earlier.objects.all().delete()


def mask_researchers(apps: Any) -> None:
    """Who saw masked numbers goes on seeing masked ones: the right to see people means the whole of them here.

    Members of the earlier group are put into the masked role. The right is taken from the group, and from members who
    had it by themselves. By another group a member may still see people; `upgrade_check` names her.
    """
    group = apps.get_model("auth", "Group").objects.filter(name=MASKED_GROUP).first()
    seeing = {"content_type__app_label": "custom_user", "codename": "view_customuser"}
    right = apps.get_model("auth", "Permission").objects.filter(**seeing).first()
    if group is None or right is None:
        return
    masked = apps.get_model("auth", "Group").objects.get(name=roles.RESEARCHER)
    members = list(apps.get_model("auth", "User").objects.filter(groups=group, is_superuser=False))
    could_see = group.permissions.filter(pk=right.pk).exists()
    for member in members:
        if could_see or member.user_permissions.filter(pk=right.pk).exists():
            member.groups.add(masked)
        member.user_permissions.remove(right)
    group.permissions.remove(right)
