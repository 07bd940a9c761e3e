"""What release owners and owning teams are told: decisions, reviews with clocks (governance protocol), the week."""

from __future__ import annotations

from notices.catalogue_entry import Button, Entry, Line

_DECIDE = (
    Button("go", "Go", "Let the version go live at its date?"),
    Button("no-go", "No-go", "Keep the version from going live?", takes=("reason",)),
    Button(
        "postpone",
        "Postpone",
        "Move the go-live to the day given above, and tell every partner?",
        takes=("day", "reason"),
    ),
    Button("cancel", "Cancel", "End this release, and tell every partner that it does not come?", takes=("reason",)),
)
_UNDO = (
    Button("rollback", "Roll back", "Return to the version before, and tell every partner now?", takes=("reason",)),
)
_BUTTONS = "on Slack, buttons do the same"
_RELEASE = (
    ("Contract", "`{contract}` {version}"),
    ("Go-live", "{go_live}"),
    ("Recommendation", "{recommendation}"),
)
_REASONS = (("Reasons", "reasons"),)
_MESSAGE = (("To", "`{party}`, {address}"), ("Message", "{message}"), ("What happened", "{why}"))
_YOURS = "You are a release owner of `{contract}`"
_PLACES = ("board", "issue", "pull")

OWNERS = (
    Entry(
        "release.decide", "release owner",
        "Decide go or no-go: `{contract}` {version}",
        "The final confirmations for `{contract}` {version} are in. The facts recommend: {recommendation}.",
        ("Look at the board: partners, blockers, failed deliveries.",
         "Give `/go`, `/no-go REASON` or `/postpone DATE REASON` on the release issue; " + _BUTTONS + "."),
        ("{by}; a day later the missing decision is escalated",),
        _YOURS + ", and without a go nothing goes live.",
        _RELEASE, _REASONS, _PLACES, _DECIDE,
    ),
    Entry(
        "release.undecided", "release owner",
        "ESCALATION: nobody decided on `{contract}` {version}",
        "The go/no-go decision on `{contract}` {version} is a day late.",
        ("Decide now: `/go`, `/no-go REASON` or `/postpone DATE REASON` on the release issue; " + _BUTTONS + ".",),
        ("now; the decision was due at {by}",),
        _YOURS + ". Partners have prepared for {go_live}, and without a go nothing goes live.",
        _RELEASE, _REASONS, _PLACES, _DECIDE, urgent=True,
    ),
    Entry(
        "release.unreached", "release owner",
        "`{party}` could not be told about `{contract}` {version}",
        "A notice about `{contract}` {version} did not reach `{party}`.",
        ("Reach them another way, and mend their contacts in partners.yml.",
         "If they cannot be told in time, move the date with `/release VERSION DATE`."),
        ("{go_live}: go-live",),
        _YOURS + ", and a partner who was not told has not had the notice that was promised.",
        (("Partner", "`{party}`"), ("What happened", "{why}"), ("Contract", "`{contract}` {version}")), (), _PLACES,
    ),
    Entry(
        "release.unpacked", "release owner",
        "`{contract}` {version}: the documentation package could not be made",
        "The documentation package of `{contract}` {version} could not be made: it {why}. Notices to partners go out "
        "all the same; the page that they link to says that it is missing and leads to the pull request.",
        ("Write into pull request #{pull} what partners need to test: what changes, and sample documents.",
         "Start nothing anew: it is tried again within a day at the latest, and at once when the documents change."),
        ("{go_live}: go-live; partners need it before, to test",),
        _YOURS + ", and partners were promised a package to test with.",
        (("Contract", "`{contract}` {version}"), ("What happened", "It {why}")), (), _PLACES,
    ),
    Entry(
        "release.blocked", "release owner",
        "`{party}` reports a blocking issue: `{contract}` {version}",
        "`{party}` reports a {severity} blocking issue with `{contract}` {version}.",
        (Line("Answer on issue #{blocker}, and see whether schema or date have to change.", "blocker"),
         Line("Answer them, and see whether schema or date have to change.", "!blocker"),
         "Close the issue once it is solved; until then the release waits for a decision."),
        ("{decide_by}: go/no-go decision",),
        _YOURS + ", and an open blocker holds the release up.",
        (("Severity", "{severity}"), ("What they say", "{text}"), ("Go-live", "{go_live}")), (),
        ("blocker", *_PLACES), urgent=True,
    ),
    Entry(
        "release.held", "release owner",
        "`{contract}` {version} did not go live",
        "The moment of the go-live has passed, and `{contract}` {version} is not live: {why}.",
        ("Say what is to happen: `/go`, `/postpone DATE REASON` or `/cancel REASON` on the release issue; "
         + _BUTTONS + ".",),
        ("now; the go-live was planned for {go_live}",),
        _YOURS + ", and partners expect the new version since then.",
        _RELEASE, _REASONS, _PLACES, _DECIDE, urgent=True,
    ),
    Entry(
        "release.went_live", "release owner",
        "`{contract}` {version} is live: watch it, and sign the verification",
        "Version {version} of `{contract}` is live, and its partners are told.",
        ("Go through the verification on the board, and sign for your side.",
         "Watch errors and performance; `/rollback REASON` on the release issue returns to the version before, and "
         + _BUTTONS + "."),
        ("{verify_by}: both sides have checked and signed off",),
        _YOURS + ", and a release is complete when both sides have signed off.",
        (("Contract", "`{contract}` {version}"), ("Live since", "{go_live}")), (), _PLACES, _UNDO, urgent=True,
    ),
    Entry(
        "release.unsigned", "release owner",
        "`{contract}` {version}: the verification is not signed for your side",
        "Version {version} of `{contract}` has been live for a day, and no release owner has signed the verification.",
        ("Go through the verification on the board, and sign it; or `/rollback REASON` if it must not stay.",),
        ("{signed_by}: both sides sign off",),
        _YOURS + ", and a release is complete when both sides have signed off.",
        (("Contract", "`{contract}` {version}"),), (), _PLACES, _UNDO,
    ),
    Entry(
        "release.follow_up", "release owner",
        "Root cause analysis: `{contract}` {version} was rolled back",
        "`{contract}` {version} was rolled back. Partners are owed the root cause and a revised timeline.",
        (Line("Merge pull request #{revert}, which reverts the change.", "revert"),
         Line('Revert the change: pull request #{pull}, the button "Revert" on its page.', "!revert"),
         Line("Write down the root cause in issue #{root_cause}, and what is changed so that it does not happen again; "
              "then close it.", "root_cause"),
         Line("Write down the root cause on the release issue, and what is changed so that it does not happen again.",
              "!root_cause"),
         "Propose a new date with `/release VERSION DATE` when the cause is mended."),
        ("{by}: root cause written down",),
        _YOURS + ", and every partner was promised an explanation.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (), ("root_cause", *_PLACES), urgent=True,
    ),
    Entry(
        "release.unexplained", "release owner",
        "Overdue: the root cause of the rollback of `{contract}` {version}",
        "`{contract}` {version} was rolled back two days ago, and its root cause is not written down yet.",
        (Line("Write it down in issue #{root_cause} and close the issue; partners are then told that it is "
              "resolved.", "root_cause"),
         Line("Write it down on the release issue.", "!root_cause"),
         "If the cause is not known yet, write down there what is, and when you expect to know."),
        ("now; it was due at {by}",),
        _YOURS + ". Until then every partner is told every four hours that it is not resolved.",
        (("Contract", "`{contract}` {version}"), ("Reason", "{reason}")), (), ("root_cause", *_PLACES),
    ),
    Entry(
        "delivery.failed", "release owner",
        "`{party}` did not get a message about `{contract}`",
        "A message about `{contract}` could not be delivered to `{party}` by any channel.",
        ("Reach them another way, and tell them what the message says.",
         "Mend how they are reached: partners in partners.yml, teams and people in the server's settings."),
        ("{by}: four hours after the last attempt",),
        _YOURS + ", and what is owed to somebody has not reached them.",
        _MESSAGE, (), _PLACES,
    ),
    Entry(
        "delivery.unknown", "release owner",
        "Nobody knows whether `{party}` got a message about `{contract}`",
        "A message to `{party}` was handed over, and the answer was lost. It is not sent again by itself, since they "
        "may have it.",
        ("Ask them whether they have the message.", "If they have not, tell them what it says."),
        ("{by}: four hours after it was sent",),
        _YOURS + ", and a mail server cannot be asked what became of a message.",
        _MESSAGE, (), _PLACES,
    ),
)  # fmt: skip

_REVIEW = (
    ("Version", "{version}"),
    ("Type", "{type}"),
    ("Review SLA", Line("{sla}", "sla")),
    ("Summary", "{summary}"),
)
_ANSWER = (
    Button("approve", "Approve", "Approve the change as it is shown on the pull request?"),
    Button("object", "Object", "Object to the change? Say why on the pull request."),
)
_SAY = (
    "Give `/approve`, or `/object REASON`, or `/condition add TEXT` on the pull request; on Slack, buttons do the same."
)
_SILENT = (
    Line("{deadline}; after that silence {silence}", "deadline"),
    "no date: the clock of this review stands still",
)
_TASK = (
    ("Asked by", "`{asker}`"), ("Assigned to", Line("`{assignee}`", "assignee")), ("To be done before", "the {guards}")
)  # fmt: skip
_OWNING = "Your team is among those who must agree before `{contract}` may change"

REVIEWS = (
    Entry(
        "review.requested", "team",
        "CONTRACT REVIEW NEEDED: `{contract}` ({grade})",
        "A {grade} change of the contract `{contract}` waits for your review.",
        ("Read the verdict and its proof on the pull request.", _SAY),
        _SILENT, _OWNING + ".",
        _REVIEW, (), ("pull", "report"), _ANSWER,
    ),
    Entry(
        "review.told", "team",
        "`{contract}` changes its text ({grade})",
        "The text of the contract `{contract}` changes. The same documents stay valid.",
        ("Nothing; no approval is needed.",),
        ("no date: nothing is asked of you",),
        "Your team owns `{contract}`, and owners are told of every change.",
        _REVIEW, (), ("pull",), contractual=False,
    ),
    Entry(
        "review.reminder", "team",
        "Reminder: `{contract}` waits for your review ({percent} % of the time has run)",
        "{percent} % of the review time of `{contract}` has run, and you have not answered.",
        (_SAY,), _SILENT, _OWNING + ".",
        _REVIEW, (), ("pull", "report"), _ANSWER,
    ),
    Entry(
        "review.breached", "team",
        "The review time of `{contract}` has run out",
        "The time to review the {grade} change of `{contract}` has run out without your answer.",
        (_SAY, "If you need more time, say so: `/hold REASON`."),
        ("now; the review was due at {deadline}",),
        _OWNING + ". Those who wait for this change are held up.",
        _REVIEW, (), ("pull", "report"), _ANSWER, urgent=True,
    ),
    Entry(
        "review.escalated", "team",
        "ESCALATION: `{contract}` has waited four hours beyond its review time",
        "The {grade} change of `{contract}` has been overdue for four hours, and nobody of you has answered on Slack.",
        (_SAY,),
        ("now; the review was due at {deadline}",),
        _OWNING + ". This comes by mail because Slack had no answer in four hours.",
        _REVIEW, (), ("pull", "report"), urgent=True,
    ),
    Entry(
        "review.assigned", "team",
        "Condition {condition} of `{contract}` is yours to meet",
        "For the {grade} change of `{contract}`, `{asker}` asks for this first, and named you for it: `{text}`.",
        ("Do it, then say `/condition done {condition}` on the pull request.",
         "If it is not yours, or not needed, tell `{asker}` there: owners may say `/condition drop {condition}`."),
        (Line("{until}", "until"), "no date was given; the {guards} waits for it"),
        "The {guards} waits until it is done.",
        _TASK, (), ("pull", "records"),
    ),
    Entry(
        "review.unmet", "team",
        "Condition {condition} of `{contract}` is overdue",
        "The time for condition {condition} of the {grade} change of `{contract}` has run out, and it is not done: "
        "`{text}`.",
        ("Once it is done, say `/condition done {condition}` on the pull request.",
         "If it is not needed any more, an owner says `/condition drop {condition}`."),
        ("now; it was due at {until}",),
        "The {guards} waits until it is done. You asked for it, or it is assigned to you.",
        _TASK, (), ("pull", "records"),
    ),
)  # fmt: skip

CONTRACTS = (
    Entry(
        "deprecation.due", "team",
        "DEPRECATION NOTICE: `{field}` of `{contract}` goes on {removal_date}",
        "The field `{field}` of your contract `{contract}` is deprecated, and may be removed from {removal_date} on.",
        (Line("See that whatever of yours uses `{field}` uses `{replacement}` by then.", "replacement"),
         Line("See that nothing of yours uses `{field}` by then; nothing replaces it.", "!replacement"),
         "Until then leave the field as it is: those who write keep writing both, those who read may still read it.",
         "Then open a pull request that removes it. If somebody needs it longer, set a later removal date now."),
        ("{removal_date}, {left}",),
        "You are among the owners of `{contract}`. Partners were promised that date; an issue is opened if the field "
        "is still there when it has come.",
        (("Field", "`{field}`"), ("Removal date", "{removal_date}"), ("Grace period", "{grace} days, since {since}"),
         ("Migration guide", "{guide}"), ("Why it goes", "{reason}")),
        (), ("notice",),
    ),
)  # fmt: skip

_BROKEN = (
    ("Class", "{family}, {severity}"), ("Fields", "{fields}"), ("Partner", "`{party}`"),
    ("Schema version", "`{schema_version}`"), ("Documents so far", "{count}"), ("Found", "{first}"),
    ("Monitoring says", "`{found_by}`"),
)  # fmt: skip
_RESPONSIBLE = "You own `{contract}`, or may roll it back, and what breaks it in production is yours to answer"

VIOLATIONS = (
    Entry(
        "violation.reported", "team",
        "CONTRACT VIOLATION ({severity}): `{contract}`, {what}",
        "Production data breaks the contract `{contract}`: {what}.",
        ("{does}",
         Line("Say in its issue who looks at it: any comment there is an answer.", "issue"),
         "Write the root cause down there, and close it once it is remedied."),
        (Line("{until}", "until"), Line("now; without an answer in four hours this comes by mail", "critical"),
         "the next sprint"),
        _RESPONSIBLE + ".",
        _BROKEN, (), ("violation",), urgent=True,
    ),
    Entry(
        "violation.escalated", "team",
        "ESCALATION: nobody has answered the critical violation of `{contract}`",
        "Production data has been breaking the contract `{contract}` for four hours: {what}. Nobody has answered.",
        ("{does}", Line("Say in its issue who looks at it: any comment there is an answer.", "issue")),
        ("now; it was found at {first}",),
        _RESPONSIBLE + ". This comes by mail because there was no answer in four hours.",
        _BROKEN, (), ("violation",), urgent=True,
    ),
    Entry(
        "violation.overdue", "team",
        "The violation of `{contract}` is not remedied: {what}",
        "The 24 hours to remedy the violation of `{contract}` are over, and its issue is still open: {what}.",
        ("{does}", "Close its issue once it is remedied; say there what keeps you otherwise."),
        ("now; it was due at {until}",),
        _RESPONSIBLE + ".",
        _BROKEN, (), ("violation",),
    ),
    Entry(
        "violation.partner", "partner",
        "CONTRACT VIOLATION ({severity}): `{contract}`, {what}",
        "Data that you exchange by the contract `{contract}` breaks it: {what}.",
        (Line("Move what sends it to version {instead}: {schema_version} was retired on {retired}, and new data of it "
              "is refused; what is stored stays readable.", "retired"),
         "Look at what you send or read at these fields, and mend it if it is yours.",
         "Tell the owners of the contract what you find."),
        (Line("{until}", "until"), "now"),
        "You are a partner of `{contract}`, and monitoring found this in your data.",
        _BROKEN, (), (), urgent=True,
    ),
)  # fmt: skip

WEEK = (
    Entry(
        "sync.agenda", "everybody",
        "Agenda of the contract sync, {day}",
        "What the teams have to speak about in this week's sync.",
        ("Look through the points, and bring what you need to decide them.",),
        ("{meeting}: the sync, 15 minutes",),
        "Those who keep contracts together meet once a week.",
        (("Repository", "{repository}"),),
        (("Contract change requests", "requests"), ("Figures", "figures"), ("Upcoming deprecations", "deprecations"),
         ("Production issues", "issues")),
        (), contractual=False,
    ),
)  # fmt: skip
