"""Every table, in one place: whose data it holds, whether she gets it, how it is erased, how long it is kept, and for
whom it is masked. A test fails for a table that is not here, and for one that is not as this says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    HERS = "a person's"
    OF_STAFF = "of a member of staff"
    NOBODYS = "nobody's"


class Erased(StrEnum):
    WITH_ACCOUNT = "with the account, by its keys"
    SOUGHT = "what names her in it is sought out when she is erased"
    BY_AGE = "by its age alone"
    NEVER = "never: nobody is in it"


class Masked(StrEnum):
    """For members of staff who may see masked people only (`people.masking`)."""

    PARTLY = "names, numbers and what she wrote are hidden, of dates all but the month, of planned ones all"
    NOT_SHOWN = "no page and no table shows it to anybody of them"
    NOT = "there is nothing to mask"


@dataclass(frozen=True)
class Table:
    """What is to be known of a table for privacy's sake."""

    whose: Whose
    erased: Erased
    kept: str
    masked: Masked
    is_exported: bool = False


_ERASED = "she is erased"
_LEAVES = "the account goes"


def _hers(kept: str = _ERASED, masked: Masked = Masked.NOT_SHOWN, *, is_exported: bool = True) -> Table:
    return Table(Whose.HERS, Erased.WITH_ACCOUNT, kept, masked, is_exported)


def _told(kept: str = _ERASED) -> Table:
    """What people told, or were told, as staff see it."""
    return _hers(kept, Masked.PARTLY)


def _of_staff(kept: str = _LEAVES, erased: Erased = Erased.WITH_ACCOUNT, *, is_exported: bool = True) -> Table:
    return Table(Whose.OF_STAFF, erased, kept, Masked.NOT_SHOWN, is_exported)


def _nobodys(kept: str = "for good") -> Table:
    return Table(Whose.NOBODYS, Erased.NEVER, kept, Masked.NOT)


# What is retracted or taken back stays beside what stands, as long as the record that it is about.
_WITH_ITS_RECORD = "its record is deleted, or she is erased; also when it was retracted or taken back"

TABLES = {
    "auth.User": _told(),
    "api.PhoneSession": _hers("it ends, or she is erased"),
    "api.KeptAnswer": _hers("30 days"),
    "api.ListChange": _hers("a day, but for one row a person, without what it was", is_exported=False),
    "authtoken.Token": _hers("she signs in anew, or she is erased", is_exported=False),
    "user_profile.UserProfile": _told(),
    "user_profile.SetAsideAccount": _hers("it is given back, or erased as an account that nobody uses", Masked.PARTLY),
    "user_profile.OnboardingProgress": _hers(),
    "user_profile.PhoneNumberChangeRequest": _hers("a day after its code expires, if it was not solved"),
    "user_profile.NumberChange": _hers("7 days; of a number that nobody has proved, until somebody has"),
    "user_profile.PushTarget": _hers("somebody else signs in under it, or she is erased"),
    "user_profile.WebPushSubscription": _hers("she signs out there, it is gone, or she is erased"),
    "user_profile.SignIn": _hers("HERA_SIGN_INS_KEPT_DAYS; the newest until she is erased"),
    "user_profile.ChannelOptOut": _hers("she takes it back, or she is erased"),
    "user_profile.Consent": _hers(),
    "child_health.Child": _told("she deletes it, or she is erased; also when it was ended"),
    "child_health.ChildEnd": _told(_WITH_ITS_RECORD),
    "child_health.ChildPause": _told(_WITH_ITS_RECORD),
    "child_health.DoseGiven": _told(_WITH_ITS_RECORD),
    "child_health.PastVaccination": _told("it is unticked, or she is erased"),
    "child_health.PastVaccinationChange": _hers("its child is deleted, or she is erased"),
    "child_health.PlanFailure": _hers("it is planned, or its record is deleted"),
    "child_health.PlannedVisit": _hers(_WITH_ITS_RECORD),
    "child_health.Pregnancy": _told("she deletes it, or she is erased; also when it has ended"),
    "child_health.PregnancyOutcome": _told(_WITH_ITS_RECORD),
    "child_health.PregnancyOutcome_children": _hers(_WITH_ITS_RECORD),
    "people.Contact": _hers(),
    "health_center.CenterOfPerson": _hers("it is taken out, or she is erased"),
    "otp_auth.KnownPlace": _hers("90 days after the last sign-in from there"),
    "events.NotificationEvent": _told("she is erased; also when it was withdrawn"),
    "surveys.Survey": _told("she is erased; also when it was withdrawn"),
    "delivery.Message": _hers("HERA_DELIVERY_KEPT_DAYS"),
    "delivery.Attempt": _hers("HERA_DELIVERY_KEPT_DAYS"),
    "custom_user.AuditValues": _hers("30 days"),
    "custom_user.BroughtRow": _hers("30 days"),
    "privacy.ErasureRequest": _hers("a day after its code expires"),
    "privacy.InactivityWarning": _hers("she comes back, or she is erased"),
    # What names her without a key of hers.
    "otp_auth.SmsOtpChallenge": Table(Whose.HERS, Erased.SOUGHT, "a day after its code expires", Masked.NOT_SHOWN),
    "admin.LogEntry": Table(Whose.OF_STAFF, Erased.SOUGHT, "for good, without her", Masked.NOT_SHOWN, is_exported=True),
    "events.InstantNotification": Table(Whose.OF_STAFF, Erased.SOUGHT, "for good, without her", Masked.NOT_SHOWN),
    "exports.ExportFile": _of_staff("HERA_EXPORTS_KEPT_HOURS; one whose filter names her is deleted", Erased.SOUGHT),
    "exports.ExportPiece": _of_staff("HERA_EXPORTS_KEPT_HOURS", Erased.SOUGHT),
    "figures.Report": _of_staff("90 days"),
    "figures.ReportMail": _of_staff("90 days"),
    "custom_user.ImportUpload": _of_staff("a day", Erased.SOUGHT, is_exported=False),
    "privacy.ProviderErasure": Table(
        Whose.HERS, Erased.BY_AGE, "the push provider has forgotten her", Masked.NOT_SHOWN
    ),
    "delivery.Receipt": Table(Whose.HERS, Erased.BY_AGE, "HERA_DELIVERY_KEPT_DAYS", Masked.NOT_SHOWN),
    "core.RateLimitBucket": Table(Whose.HERS, Erased.BY_AGE, "its period is over, at most a day", Masked.NOT_SHOWN),
    "custom_user.AuditEntry": Table(
        Whose.OF_STAFF, Erased.BY_AGE, "HERA_AUDIT_KEPT_DAYS; of her it holds her id", Masked.NOT_SHOWN
    ),
    # Of staff.
    "custom_user.BroughtTable": Table(Whose.OF_STAFF, Erased.BY_AGE, "30 days", Masked.NOT_SHOWN),
    "auth.User_groups": _of_staff(),
    "auth.User_user_permissions": _of_staff(),
    "otp_totp.TOTPDevice": _of_staff("it is taken over by the upgrade"),
    "otp_static.StaticDevice": _of_staff("it is taken over by the upgrade"),
    "otp_static.StaticToken": _of_staff("it is taken over by the upgrade"),
    "campaigns.StaffPhone": _of_staff(),
    "campaigns.Segment": _nobodys("it is deleted; its filter asks for no name and no number"),
    "campaigns.SegmentSize": _nobodys("its segment is deleted"),
    "custom_user.PhoneDevice": _of_staff(),
    "custom_user.Authenticator": _of_staff(),
    "custom_user.RecoveryCodes": _of_staff(),
    "custom_user.Passkey": _of_staff(),
    "custom_user.SecondFactorReset": _of_staff(),
    "sessions.Session": _of_staff("it expires", Erased.BY_AGE, is_exported=False),
    "exports.Study": _nobodys(),
    # The programme and its texts.
    "child_health.AdoptedPack": _nobodys(),
    "child_health.PlanCheck": _nobodys(),
    "child_health.Vaccine": _nobodys(),
    "child_health.VaccineDose": _nobodys(),
    "health_center.HealthCenter": _nobodys(),
    "events.NotificationType": _nobodys(),
    "events.NotificationTemplateVariable": _nobodys(),
    "events.NotificationTemplate": _nobodys(),
    "events.NotificationSchedule": _nobodys(),
    "surveys.SurveyTemplate": _nobodys(),
    "surveys.SurveyTemplateOption": _nobodys(),
    "surveys.SurveyTemplateTranslation": _nobodys(),
    "surveys.SurveySchedule": _nobodys(),
    "texts.TextVersion": _nobodys(),
    # How HERA runs, and figures of many.
    "auth.Permission": _nobodys(),
    "auth.Group": _nobodys(),
    "auth.Group_permissions": _nobodys(),
    "contenttypes.ContentType": _nobodys(),
    "core.JobRecord": _nobodys(),
    "delivery.TextSpending": _nobodys(),
    "delivery.ChannelGate": _nobodys(),
    "figures.Figure": _nobodys("it is counted anew"),
    "figures.Cell": _nobodys(),
    "figures.Counting": _nobodys("it is counted anew"),
    "figures.Target": _nobodys(),
    "custom_user.AuditHead": _nobodys(),
    "custom_user.AuditCheck": _nobodys(),
    "privacy.ErasureCount": _nobodys(),
    # Tasks name rows of the outbox and of exports by their ids, and nobody.
    "procrastinate.ProcrastinateJob": _nobodys("it is done"),
    "procrastinate.ProcrastinateEvent": _nobodys("its task is done"),
    "procrastinate.ProcrastinatePeriodicDefer": _nobodys("its task is done"),
    "procrastinate.ProcrastinateWorker": _nobodys("it stops"),
}
