"""What partners are told about a release (partner guide): plan, checks, go-live, and what goes wrong."""

from __future__ import annotations

from notices.catalogue_entry import Button, Entry, Line

_PAGE = (Button("answer", "Answer on your page", opens="readiness"),)
_TESTING = (Button("checklist", "Checklist"), Button("blocker", "Report a problem"), *_PAGE)
_CONFIRM = (
    Button("ready", "We are ready", "Say that you are ready? Every item of the checklist has to be ticked."),
    Button("not-ready", "We are not ready"), *_TESTING,
)  # fmt: skip
_ACCESS = "You {access} this contract"
_OWN = ("readiness", "member")
_PACKAGE, _ANSWER = ("package", "issue", "pull"), (*_OWN, "package", "issue")
_DATED = (*_OWN, *_PACKAGE, "calendar")

_DATES = (
    ("Contract", "`{contract}` {version}"),
    ("Class", "{class}, {notice} days of notice"),
    ("Go-live", "{go_live}"),
    ("Milestone", "{milestone}"),
    ("Both versions are read until", "{both_until}"),
)
_CHECKLIST = (
    "Update the code that handles the schema, and every system that depends on it.",
    "Test with all the sample payloads, and with payloads larger than usual.",
    "See that old and new documents are handled where both occur.",
)
_COMMENT = Line(
    "Answer in a comment on the release issue: no page of yours can be linked where others read it.", "pageless"
)
_REPORT = "Report whatever stops you at once; a blocking issue found now can still move the date."

PLAN = (
    Entry(
        "release.announced", "partner",
        "`{contract}` {version} goes live on {day}",
        "Version {version} of the contract `{contract}` ({class}) is announced. It goes live at {go_live}.",
        (
            "Read the update document, and see which of your systems it affects.",
            "Test with the draft schema and the sample payloads; both are there now.",
            _REPORT,
            Line("Confirm your readiness when we ask for it, two weeks before the go-live.", "major"),
            Line("Nothing else is asked of you.", "!major"),
        ),
        (Line("{testing_by}: target for finished testing", "major"), "{go_live}: go-live"),
        _ACCESS + ", and every {class} version is announced {notice} days before it goes live.",
        (*_DATES, ("Last day of testing", Line("{testing_ends}", "major")),
         ("Final confirmation closes", Line("{decide_by}", "major"))),
        (("What changes", "says"), ("Phases", "phases"), ("Fields that you use", "fields")),
        _DATED, calendar="put",
    ),
    Entry(
        "release.announced_anew", "partner",
        "`{contract}` {version} is announced anew: it goes live on {day}",
        "The announced change of `{contract}` has become a larger one, so the notice starts again. Version {version} "
        "goes live at {go_live}.",
        (
            "Read the update document again: what you knew of this version no longer holds.",
            "Test again with the new draft schema and sample payloads.",
            Line("Confirm your readiness anew when we ask for it; what you confirmed before has lapsed.", "major"),
        ),
        (Line("{testing_by}: target for finished testing", "major"), "{go_live}: go-live"),
        _ACCESS + ", and what was announced to you has changed in a way that breaks what you were told.",
        _DATES, (("What changed", "says"), ("Phases", "phases")), _DATED, calendar="put",
    ),
    Entry(
        "release.consultation", "partner",
        "`{contract}` {version}: how far are you, and what do you need?",
        "The consultation on version {version} of `{contract}` begins. This is the first readiness check.",
        (
            "Tell us how far your integration testing is, and which support you need.",
            "Say now what in the draft does not work for you: it can still be changed.", _COMMENT),
        ("{testing_by}: target for finished testing",),
        _ACCESS + ". After the testing deadline a change of the draft costs all partners time.",
        _DATES, (("Fields that you use", "fields"),), _ANSWER, _TESTING,
    ),
    Entry(
        "release.testing", "partner",
        "`{contract}` {version}: finish your integration testing",
        "The time for integration testing of `{contract}` {version} ends soon.",
        (*_CHECKLIST, _REPORT),
        ("{testing_ends}: last day of testing",),
        _ACCESS + ". The final confirmation is asked the day after the last day of testing.",
        _DATES, (("Fields that you use", "fields"),), _ANSWER, _CONFIRM,
    ),
    Entry(
        "release.testing_ends", "partner",
        "`{contract}` {version}: last day of testing",
        "Today is the last day of integration testing of `{contract}` {version}, and you have not told us that you are "
        "ready.",
        ("Finish your tests, or tell us what keeps you from it.", _REPORT, _COMMENT),
        ("{testing_ends}: last day of testing",),
        _ACCESS + ", and what you do not report today may be too late to be mended before the go-live.",
        _DATES, (), _ANSWER, _CONFIRM,
    ),
    Entry(
        "release.confirm", "partner",
        "`{contract}` {version}: confirm that you are ready",
        "Version {version} of `{contract}` goes live in two weeks. We ask for your final confirmation.",
        (
            "Go through the checklist and confirm that you are ready.",
            "Or say that you are not: this is the last chance to raise a blocking issue.", _COMMENT),
        ("{decide_by}: the confirmation closes",),
        _ACCESS + ". The go/no-go decision is made from these answers on the day they close.",
        _DATES, (("Fields that you use", "fields"),), _ANSWER, _CONFIRM,
    ),
    Entry(
        "release.confirm_reminder", "partner",
        "`{contract}` {version}: your confirmation is missing",
        "You have not said yet whether you are ready for `{contract}` {version}.",
        ("Confirm that you are ready, or say what keeps you from it.", _COMMENT),
        ("{decide_by}: the confirmation closes",),
        _ACCESS + ", and without your answer the release is decided without you.",
        _DATES, (), _ANSWER, _CONFIRM,
    ),
    Entry(
        "release.confirm_closes", "partner",
        "`{contract}` {version}: the confirmation closes now",
        "The time to confirm ends now, and you have not told us that you are ready for `{contract}` {version}.",
        ("Answer at once if the release must not go live as planned.", _COMMENT),
        ("{decide_by}: the confirmation closes, and the release owners decide",),
        _ACCESS + ". If you are a critical partner, your missing answer is a reason to postpone.",
        _DATES, (), _ANSWER, _CONFIRM,
    ),
    Entry(
        "release.reminder", "partner",
        "`{contract}` {version} goes live on {day}",
        "A reminder: version {version} of `{contract}` ({class}) goes live at {go_live}.",
        ("See that your integration is prepared; the sample payloads show what will be different.", _REPORT),
        ("{go_live}: go-live",),
        _ACCESS + ".",
        _DATES, (("Fields that you use", "fields"),), _PACKAGE,
    ),
)  # fmt: skip

TURNS = (
    Entry(
        "release.moved", "partner",
        "`{contract}` {version} has another date: {day}",
        "The go-live of `{contract}` {version} has been moved. It is now at {go_live}.",
        ("Replace the date in your plans; the calendar entry with this message does it in your calendar.",
         "Tell us at once if the new date does not work for you."),
        (Line("{testing_by}: target for finished testing", "major"), "{go_live}: go-live"),
        _ACCESS + ". The notice that you were promised is never shortened.",
        (*_DATES, ("Date before", "{before}"), ("Reason", "{reason}")),
        (("What changed", "says"), ("Phases", "phases")), _DATED, calendar="put",
    ),
    Entry(
        "release.postponed", "partner",
        "`{contract}` {version} is postponed to {day}",
        "The go-live of `{contract}` {version} is postponed. The new date is {go_live}.",
        ("Keep the present version running until then.",
         "Use the time to finish testing, and tell us at once if the new date does not work for you."),
        (Line("{testing_by}: target for finished testing", "major"), "{go_live}: go-live"),
        _ACCESS + ", and the release owners decided that it must not go live as planned.",
        (*_DATES, ("Date before", "{before}"), ("Reason", "{reason}")),
        (("What changed", "says"), ("Phases", "phases")), _DATED, calendar="put",
    ),
    Entry(
        "release.changed", "partner",
        "`{contract}` {version} has changed since it was announced",
        "The schema of `{contract}` {version} has been changed after its announcement. The date stays: {go_live}.",
        ("Read what changed, and test with the new draft schema.",
         Line("Confirm your readiness anew: what you confirmed was the draft before.", "major")),
        (Line("{decide_by}: the confirmation closes", "major"), "{go_live}: go-live"),
        _ACCESS + ", and what you tested is no longer what goes live.",
        _DATES, (("What changed", "says"),), _PACKAGE,
    ),
    Entry(
        "release.no_go", "partner",
        "`{contract}` {version} does not go live on {day}",
        "The release owners decided no-go: `{contract}` {version} does not go live as planned.",
        ("Keep the present version running.", "Wait for the new date, of which you are told with full notice."),
        ("no date: nothing is asked of you until the new one is announced",),
        _ACCESS + ", and you were told that it would go live at {go_live}.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (), ("issue", "pull"),
    ),
    Entry(
        "release.live", "partner",
        "`{contract}` {version} is live",
        "Version {version} of `{contract}` is live.",
        ("Check that everything works as expected, with live data.",
         "Watch errors and performance closely during the next days.",
         "Report at once what does not work: we can still go back to the version before.",
         Line("Move what still reads or writes the version before: both are read until {both_until}, and no longer.",
              "both_until")),
        ("{verify_by}: please have checked and signed off",),
        _ACCESS + ", and from now on documents follow the new version.",
        (("Contract", "`{contract}` {version}"), ("Live since", "{go_live}"),
         ("Both versions are read until", "{both_until}")), (), (*_OWN, "package", "issue"),
        _PAGE, urgent=True,
    ),
    Entry(
        "release.verify", "partner",
        "`{contract}` {version}: please sign off that it works",
        "Version {version} of `{contract}` has been live for a day, and your sign-off is missing.",
        ("Check that everything works with live data, and that field values have the types that the contract says.",
         "Check that an end-to-end test with sample data passes, and that performance meets your requirements.",
         "Sign off on your page, or report what does not work.", _COMMENT),
        ("{signed_by}: both sides sign off",),
        _ACCESS + ", and a release is complete when both sides have signed off.",
        (("Contract", "`{contract}` {version}"),), (), _ANSWER, _PAGE,
    ),
    Entry(
        "release.feedback", "partner",
        "`{contract}` {version}: how did it go for you?",
        "Version {version} of `{contract}` has been live for a week.",
        ("Tell us in a sentence or two what went well and what we should do better next time.",),
        ("no date: it is up to you",),
        _ACCESS + ", and the next release is planned with what you say.",
        (("Contract", "`{contract}` {version}"),), (), ("readiness", "issue", "pull"), contractual=False,
    ),
    Entry(
        "release.cancelled", "partner",
        "`{contract}` {version} is cancelled",
        "Version {version} of `{contract}` will not go live. The present version stays.",
        ("Keep the present version running, and keep no code that needs the new one switched on.",),
        ("no date: nothing else is asked of you",),
        _ACCESS + ", and you were told that it would go live at {go_live}.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (), ("issue", "pull"), calendar="cancel",
    ),
    Entry(
        "release.rolled_back", "partner",
        "URGENT: `{contract}` {version} is rolled back",
        "Version {version} of `{contract}` has been rolled back. Documents follow the version before it again.",
        ("Switch your integration back to the version that you used before {version}, now.",
         "Tell us what you see that does not fit.",
         "Expect the state of things from us every four hours until this is resolved."),
        ("now",),
        _ACCESS + ", and every partner hears of a rollback within one hour.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (), ("issue", "pull"),
        urgent=True, calendar="cancel",
    ),
    Entry(
        "release.status", "partner",
        "`{contract}` {version}: where the rollback stands",
        "The rollback of `{contract}` {version} is not resolved yet.",
        ("Stay on the version before.", "Tell us if your systems still meet documents of version {version}."),
        ("no date: the next word comes within four hours",),
        _ACCESS + ", and you hear from us regularly until this is resolved.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (("What is known", "says"),),
        ("issue", "pull"), urgent=True,
    ),
    Entry(
        "release.resolved", "partner",
        "`{contract}` {version}: what happened, and what comes next",
        "The rollback of `{contract}` {version} is resolved, and its root cause is known.",
        ("Read what happened, and tell us if your experience was different.",
         "Stay on the version before until the new date is announced, with full notice."),
        ("no date: nothing is asked of you until the new one is announced",),
        _ACCESS + ", and after a rollback you are owed the root cause and a revised timeline.",
        (("Contract", "`{contract}` {version}"), ("Root cause", "{reason}")), (("What comes next", "says"),),
        ("issue", "pull"),
    ),
    Entry(
        "release.emergency", "partner",
        "URGENT: `{contract}` {version} goes live at {go_live}",
        "A critical fix of `{contract}`, version {version}, goes live at {go_live}.",
        ("See that your systems take the changed documents.",
         "Call the urgent contact below at once if they do not."),
        ("{go_live}: go-live",),
        _ACCESS + ", and this cannot wait: critical fixes are announced one hour ahead.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")),
        (("What changes", "says"), ("Fields that you use", "fields")), ("package", "issue", "pull"),
        urgent=True, calendar="put",
    ),
    Entry(
        "deprecation.warning", "partner",
        "DEPRECATION NOTICE: `{field}` of `{contract}` goes on {removal_date}",
        "The field `{field}` of the contract `{contract}` is deprecated, and may be removed from {removal_date} on.",
        (Line("Migrate to `{replacement}` by the removal date.", "replacement"),
         Line("Stop depending on the field by the removal date; nothing replaces it.", "!replacement"),
         "Until then both work: those who write keep writing both, those who read may still read the old one."),
        ("{removal_date}, {left}",),
        _ACCESS + ", and a declared field is removed only after a grace period of {grace} days or more.",
        (("Field", "`{field}`"), ("Removal date", "{removal_date}"), ("Grace period", "{grace} days, since {since}"),
         ("Action required", Line("Migrate to `{replacement}` by the removal date", "replacement")),
         ("Migration guide", "{guide}"), ("Why it goes", "{reason}")),
        (), ("notice",),
    ),
)  # fmt: skip
