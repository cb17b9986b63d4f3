"""What a backup may hold: tables and their rows, and the functions and triggers that our migrations make.

A dump is a program: whoever restores it runs its statements. A signed backup is ours; should the key be stolen, this is
what stands between a forged one and the machine that restores it, with the database's own refusal of programs and files
to whoever is no superuser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hera.api import versions
from hera.operations.programs import BackupFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What migrations make beside tables, one line each: a test compares them with a database migrated from nothing.
FUNCTIONS = frozenset(
    {
        "api_lists_have_changed",
        "child_health_plan_after_birth_is_stale",
        "child_health_plan_is_stale",
        "child_health_plan_of_child_is_stale",
        "child_health_plans_after_birth_are_stale",
        "custom_user_audit_forget",
        "custom_user_audit_is_append_only",
        "custom_user_audit_link",
        "hera_folded",
        "procrastinate_cancel_job_v1",
        "procrastinate_defer_jobs_v1",
        "procrastinate_defer_periodic_job_v2",
        "procrastinate_fetch_job_v2",
        "procrastinate_finish_job_v1",
        "procrastinate_notify_queue_abort_job_v1",
        "procrastinate_notify_queue_job_inserted_v1",
        "procrastinate_prune_stalled_workers_v1",
        "procrastinate_register_worker_v1",
        "procrastinate_retry_job_v1",
        "procrastinate_retry_job_v2",
        "procrastinate_trigger_abort_requested_events_procedure_v1",
        "procrastinate_trigger_function_scheduled_events_v1",
        "procrastinate_trigger_function_status_events_insert_v1",
        "procrastinate_trigger_function_status_events_update_v1",
        "procrastinate_unlink_periodic_defers_v1",
        "procrastinate_unregister_worker_v1",
        "procrastinate_update_heartbeat_v1",
    }
)
TRIGGERS = (
    frozenset(
        {
            ("child_health_child", "child_health_plan_after_birth_has_changed"),
            ("child_health_child", "child_health_plan_after_birth_is_stale"),
            ("child_health_child", "child_health_plan_is_stale"),
            ("child_health_childend", "child_health_plan_after_birth_is_stale"),
            ("child_health_childend", "child_health_plan_of_child_is_stale"),
            ("child_health_childpause", "child_health_plan_of_child_is_stale"),
            ("child_health_dosegiven", "child_health_plan_of_child_is_stale"),
            ("child_health_pregnancy", "child_health_plan_is_stale"),
            ("child_health_pregnancyoutcome", "child_health_plan_after_birth_is_stale"),
            ("child_health_pregnancyoutcome_children", "child_health_plan_after_birth_is_stale"),
            ("custom_user_auditentry", "append_only"),
            ("custom_user_auditentry", "append_only_truncate"),
            ("custom_user_auditentry", "link"),
            ("procrastinate_jobs", "procrastinate_jobs_notify_queue_job_aborted_v1"),
            ("procrastinate_jobs", "procrastinate_jobs_notify_queue_job_inserted_v1"),
            ("procrastinate_jobs", "procrastinate_trigger_abort_requested_events_v1"),
            ("procrastinate_jobs", "procrastinate_trigger_delete_jobs_v1"),
            ("procrastinate_jobs", "procrastinate_trigger_scheduled_events_v1"),
            ("procrastinate_jobs", "procrastinate_trigger_status_events_insert_v1"),
            ("procrastinate_jobs", "procrastinate_trigger_status_events_update_v1"),
        }
    )
    | versions.TRIGGERS
)
# What an upgrade of the earlier HERA's database has for as long as it runs (`schema_changes/live.py`).
_WHILE_UPGRADING = ("events_notificationevent_context_json", "surveys_survey_context_json")
# Databases of the earlier HERA bring it; anybody who owns a database may make it.
EXTENSIONS = frozenset({"hstore"})
_PLAIN = (
    "TABLE DATA",
    "TABLE",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "SEQUENCE",
    "DEFAULT",
    "CHECK CONSTRAINT",
    "FK CONSTRAINT",
    "CONSTRAINT",
    "INDEX",
    "TYPE",
    "STATISTICS",
)
_ENTRY = re.compile(r"\d+; \d+ \d+ (?P<entry>.+)")
_OUR_ENTRIES = re.compile(
    rf"(?:{'|'.join(_PLAIN)}) public "
    rf"|FUNCTION public (?:{'|'.join((*sorted(FUNCTIONS), *_WHILE_UPGRADING))})\("
    rf"|TRIGGER public (?:{'|'.join(f'{table} {name}' for table, name in sorted(TRIGGERS))}) "
    rf"|TRIGGER public \w+ (?:{'|'.join(_WHILE_UPGRADING)}) "
    rf"|SCHEMA - public "  # listed where it is the trail's owner's; no statement makes it (`prepare_database`)
    rf"|EXTENSION - (?:{'|'.join(EXTENSIONS)}) "
    rf"|COMMENT - EXTENSION (?:{'|'.join(EXTENSIONS)}) "
)

_TRIGGER_NAMES = (*sorted({name for _, name in TRIGGERS}), *_WHILE_UPGRADING)
_MOST_TEXT = 20_000_000  # characters of statements beside the rows; ours are 200,000
_HIDDEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|\bE'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$""",
    re.DOTALL,
)
_SETTINGS = (
    "statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding"
    "|check_function_bodies|xmloption|client_min_messages|row_security"
    "|default_tablespace|default_table_access_method"
)
_COPY = re.compile(r"COPY public\.\S+ \([^()]*\) FROM stdin;")
_OUR_STATEMENTS = re.compile(
    rf"""SET\ standard_conforming_strings\ =\ on$  # or the end of a text would be elsewhere than it seems here
    |SET\ (?:{_SETTINGS})\ =\ [\w']*$
    |SELECT\ pg_catalog\.set_config\('',\ '',\ false\)$
    |SELECT\ pg_catalog\.setval\('',\ \d+,\ (?:true|false)\)$
    |CREATE\ TABLE\ public\.
    |ALTER\ TABLE\ (?:ONLY\ )?public\.\S+\s+(?:ADD\ CONSTRAINT|ALTER\ COLUMN|REPLICA\ IDENTITY|CLUSTER\ ON)\b
    |CREATE\ (?:UNIQUE\ )?INDEX\ \S+\ ON\ public\.
    |(?:CREATE|ALTER)\ SEQUENCE\ public\.
    |CREATE\ TYPE\ public\.\S+\ AS\b
    |CREATE\ STATISTICS\ public\.
    |CREATE\ FUNCTION\ public\.(?:{"|".join((*sorted(FUNCTIONS), *_WHILE_UPGRADING))})\(
    |CREATE\ TRIGGER\ (?:{"|".join(_TRIGGER_NAMES)})\ [\w\s,]*\bON\ public\.
    |CREATE\ EXTENSION\ IF\ NOT\ EXISTS\ (?:{"|".join(EXTENSIONS)})\b
    |COMMENT\ ON\ EXTENSION\ (?:{"|".join(EXTENSIONS)})\ """,
    re.VERBOSE,
)


def check_entries(listed: Iterable[str]) -> None:
    """Look through a dump's table of contents, as `pg_restore --list` prints it.

    Raises:
        BackupFailed: at the first entry that our backups do not have.
    """
    for line in listed:
        found = _ENTRY.match(line)
        if found and not _OUR_ENTRIES.match(found["entry"]):
            raise _refused(found["entry"])


def check_statements(lines: Iterable[str]) -> None:
    """Look through what a dump would run, as `pg_restore --file=-` writes it; the rows are passed over.

    Raises:
        BackupFailed: at the first statement that our backups do not have.
    """
    text = "".join(_without_rows(lines))
    shown = _HIDDEN.sub(lambda hidden: {"'": "''", '"': '"x"', "$": "$$"}.get(hidden[0][0], ""), text)
    for statement in shown.split(";"):
        plain = statement.strip()
        if plain and not _OUR_STATEMENTS.match(plain):
            raise _refused(plain)


def _without_rows(lines: Iterable[str]) -> Iterator[str]:
    in_rows, length = False, 0
    for line in lines:
        if in_rows:
            in_rows = line != "\\.\n"
        elif _COPY.fullmatch(line.rstrip("\n")):
            in_rows = True
        elif not line.startswith(("\\restrict ", "\\unrestrict ")):  # pg_dump's own bar against programs of psql
            length += len(line)
            if length > _MOST_TEXT:
                raise _refused("more statements than any of ours")
            yield line


def _refused(what: str) -> BackupFailed:
    short = " ".join(what.split())[:80]
    return BackupFailed(
        f"The backup holds what no backup of HERA does ({short}): it was made by another program or by somebody else."
        " Nothing was restored; take another backup, and find out who could sign this one."
    )
