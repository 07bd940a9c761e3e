"""Facts as a real release and a real review have them, for previews of every kind of notice."""

from __future__ import annotations

from collections.abc import Mapping

from notices.catalogue import CATALOGUE
from notices.notice import House

HOUSE = House(
    contacts=(
        ("Technical questions", "#patient-data-api on Slack"),
        ("Schema issues", "https://github.com/example/contracts/issues"),
        ("Account management", "partners@hospital.example"),
        ("Urgent, at any hour", "+1 303 555 0100"),
    )
)

_RELEASE = {
    "repository": "example/contracts", "contract": "patient-record", "version": "3.0.0", "class": "MAJOR",
    "go_live": "2027-01-20T17:00:00+00:00", "decide_by": "2027-01-13T17:00:00+00:00", "release_zone": "America/Denver",
    "notice": "60", "pull": "17", "issue": "21", "both_until": "2027-03-05T17:00:00+00:00",
    "package_url": "https://concordat.example/releases/patient-record/3.0.0",
    "readiness_url": "https://concordat.example/readiness/4f1c9a",
    "board_url": "https://concordat.example/releases/21",
    "calendar_url": "https://concordat.example/calendars/4f1c9a.ics",
}  # fmt: skip
_PARTNER = {
    "zone": "Europe/Berlin", "access": "both", "party": "Meridian Clinics", "name": "meridian",
    "fields": "/admission_date\n/patient_id", "version_of_state": "8", "obligation": "41",
    "says": "`admission_date` is a date with time and zone; dates alone are refused.\n"
    "`insurance_id` is required from now on.",
    "phases": "2027-01-20 clinics\n2027-02-03 laboratories",
}  # fmt: skip
_OWNER = {
    "zone": "America/Denver", "party": "Meridian Clinics", "recommendation": "postpone", "version_of_state": "8",
    "obligation": "41",
    "reasons": "The critical partner Meridian Clinics has not confirmed readiness.\n"
    "Northwind Labs reports a critical blocker (#23): their importer refuses times with a zone.",
    "by": "2027-01-13T17:00:00+00:00",
}  # fmt: skip
_REVIEW = {
    "repository": "example/contracts", "contract": "patient-record", "version": "2.0.1 → 3.0.0", "grade": "MAJOR",
    "type": "Major (breaking)", "deadline": "2026-11-28T10:00:00+00:00", "silence": "does not approve", "percent": "50",
    "sla": "7 days", "summary": "`admission_date` becomes a date with time and zone.", "pull": "17",
    "zone": "America/Denver",
    "report_url": "https://concordat.example/reports/4f1c", "version_of_state": "3f1c9a", "obligation": "42",
}  # fmt: skip
_CONDITION = {
    "condition": "1", "text": "fix the 47 records that have no date", "guards": "migration", "asker": "vera",
    "assignee": "sarah", "until": "2026-12-01T07:00:00+00:00",
    "records_url": "https://concordat.example/migrations/7",
}  # fmt: skip
_DEPRECATED = {
    "field": "/admission_day", "removal_date": "2026-12-31", "grace": "30", "since": "2026-12-01",
    "left": "14 days from 2026-12-17", "replacement": "/admission_date", "guide": "Values map one to one.",
    "notice_at": "blob/main/contracts/patient-record-v2.1.json#L17", "reason": "Days have no time zone.",
}  # fmt: skip
_MORE: Mapping[str, Mapping[str, str]] = {
    "release.moved": {"before": "2027-01-15", "reason": "The draft was published five days later than planned."},
    "release.postponed": {"before": "2027-01-06", "reason": "Meridian Clinics needs two more weeks.", "says": ""},
    "release.no_go": {"reason": "Two partners cannot read times with a zone."},
    "release.cancelled": {"reason": "The new field is not needed any more."},
    "release.rolled_back": {"reason": "Appointments from before the change could not be read."},
    "release.status": {"reason": "Appointments from before the change could not be read.",
                       "says": "The version before is live everywhere since 18:10 UTC."},
    "release.resolved": {"reason": "The converter dropped the time zone of old records.",
                         "says": "The converter is mended and tested.\nA new date is proposed for 2027-03-01."},
    "release.emergency": {"class": "critical fix", "reason": "Patient names could be read by other clinics.",
                          "says": "`display_name` is no longer part of the document.", "phases": "",
                          "milestone": ""},
    "release.blocked": {"severity": "critical", "text": "Our importer refuses times with a zone.", "blocker": "23"},
    "release.unreached": {"why": "550 5.1.1 no such mailbox (mail), channel_not_found (Slack)"},
    "release.unpacked": {"why": "took longer than 30 s and was stopped"},
    "release.held": {"why": "nobody said go"},
    **{kind: {"reason": "Appointments from before the change could not be read.", "revert": "24",
              "root_cause": "25", "by": "2027-01-22T17:00:00+00:00"}
       for kind in ("release.follow_up", "release.unexplained")},
    "delivery.unknown": {"notice": "release.confirm", "address": "it@meridian.example",
                         "why": "the connection broke while the message was handed over"},
    "delivery.failed": {"notice": "release.confirm", "address": "it@meridian.example", "why": "550 no such mailbox"},
    "deprecation.warning": _DEPRECATED,
    "deprecation.due": _DEPRECATED,
    "review.reminder": {"percent": "90"},
    "review.assigned": _CONDITION,
    "review.unmet": _CONDITION,
    "review.told": {"grade": "PATCH", "type": "Patch (text only)", "deadline": "", "sla": "",
                    "summary": "Examples were added.", "version": "2.0.0 → 2.0.1"},
    **{kind: {"run_url": "https://concordat.example/migrations/7", "version": "2.0.0 → 3.0.0",
              "why": "127 rows cannot be migrated: the value at /contract_value fails `minimum`",
              "outcome": "completed", "version_of_state": "running-3f1c9a", "obligation": "44"}
       for kind in ("migration.on_call", "migration.nobody", "migration.failed", "migration.alert")},
    "migration.ended": {
        "run_url": "https://concordat.example/migrations/7", "version": "2.0.0 → 3.0.0", "outcome": "completed",
        "why": "", "version_of_state": "done-3f1c9a", "obligation": "44",
    },
    **{kind: {"severity": "critical", "critical": "yes", "family": "schema mismatch", "count": "1,204",
              "what": "a required field is missing", "fields": "`adBreakId`", "party": "Meridian Clinics",
              "schema_version": "2.0", "found_by": "ingestion refuses them", "first": "2027-01-22T10:00:00+00:00",
              "until": "", "does": "Roll back to the previous version of the contract now, with `/rollback REASON` on "
              "the release.", "issue": "31", "violation": "31", "instead": "", "retired": ""}
       for kind in ("violation.reported", "violation.escalated", "violation.partner")},
    "violation.overdue": {
        "severity": "high", "critical": "", "family": "data quality", "count": "47", "what": "null in a required field",
        "fields": "`policy_number`", "party": "", "schema_version": "3.0.0", "found_by": "nightly check", "issue": "32",
        "first": "2027-01-22T10:00:00+00:00", "until": "2027-01-23T10:00:00+00:00", "violation": "32",
        "does": "Remedy it within 24 hours: mend the data, or the writer that sends it.",
    },
    "migration.progress": {
        "run_url": "https://concordat.example/migrations/7", "version": "2.0.0 → 3.0.0", "headline": "running",
        "bar": "[████████████████░░░░] 82 %", "step": "4 of 10, transform in batches, each row validated",
        "moved": "1,240,000 of 1,500,000, 41,183 a second; errors: 0", "left": "about 7 s", "waits": "", "why": "",
        "health": "3 other active sessions, 0 waiting for a lock; a write takes 2 ms",
        "next": "Nothing; `/migrate pause patient-record` holds it, `/migrate abort patient-record` ends it.",
        "can": "migrate.pause migrate.abort migrate.rollback", "version_of_state": "running-3f1c9a", "obligation": "44",
    },
    "sync.agenda": {
        "repository": "example/contracts", "zone": "America/Denver", "day": "2026-11-23",
        "meeting": "2026-11-23T17:00:00+00:00",
        "requests": "patient-record 3.0.0 (#17): MAJOR, two of three approvals\nlab-result 1.4.0 (#19): MINOR",
        "figures": "Contract compliance: 99.2 % (target 100 %, alert below 98 %)",
        "deprecations": "`/admission_day` of `patient-record`: removed on 2026-12-31", "issues": "None is open.",
    },
}  # fmt: skip
_MILESTONES = {
    "release.announced": "T-60 (day 0 of 60)", "release.consultation": "T-45 (day 15 of 60)",
    "release.testing": "T-30 (day 30 of 60)", "release.testing_ends": "T-15 (day 45 of 60)",
    "release.confirm": "T-14 (day 46 of 60)", "release.confirm_reminder": "T-10 (day 50 of 60)",
    "release.confirm_closes": "T-7 (day 53 of 60)", "release.reminder": "T-14 (day 16 of 30)",
}  # fmt: skip
_BASES: Mapping[str, Mapping[str, str]] = {
    "partner": _RELEASE | _PARTNER, "release owner": _RELEASE | _OWNER, "team": _REVIEW, "everybody": {},
}  # fmt: skip


def facts(kind: str) -> dict[str, str]:
    """Give the facts of an example of a kind; `KeyError` for a kind that the catalogue does not have."""
    milestone = {"milestone": _MILESTONES[kind]} if kind in _MILESTONES else {}
    minor = {"class": "MINOR", "notice": "30"} if kind == "release.reminder" else {}
    return {**_BASES[CATALOGUE[kind].audience], **milestone, **minor, **_MORE.get(kind, {})}
