"""Dates as people write them, in the language of whoever reads: names of months and weekdays from one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from rules.clock import utc


@dataclass(frozen=True, slots=True)
class Language:
    """How one language writes a date: weekdays from Monday, months from January, and the order of the parts."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    pattern: str


LANGUAGES: dict[str, Language] = {
    "en": Language(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        (
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ),
        "{weekday} {day} {month} {year}",
    ),
    "de": Language(
        ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        (
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
            "Dezember",
        ),
        "{weekday}, {day}. {month} {year}",
    ),
    "fr": Language(
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        (
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        "{weekday} {day} {month} {year}",
    ),
    "es": Language(
        ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        (
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ),
        "{weekday}, {day} de {month} de {year}",
    ),
    "pt": Language(
        (
            "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo",
        ),
        (
            "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
            "novembro", "dezembro",
        ),
        "{weekday}, {day} de {month} de {year}",
    ),
    "it": Language(
        ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        (
            "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
            "novembre", "dicembre",
        ),
        "{weekday} {day} {month} {year}",
    ),
    "nl": Language(
        ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        (
            "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
            "november", "december",
        ),
        "{weekday} {day} {month} {year}",
    ),
}  # fmt: skip
"""By ISO 639-1 code."""


def written(day: date, language: str = "en") -> str:
    """Write a day in words: `Wednesday 20 January 2027`; English where the language is not known."""
    one = LANGUAGES.get(language, LANGUAGES["en"])
    return one.pattern.format(
        weekday=one.weekdays[day.weekday()], day=day.day, month=one.months[day.month - 1], year=day.year
    )


def moment(instant: datetime, zone: tzinfo = UTC, language: str = "en") -> str:
    """Write an instant for one reader: the day in words, the time in their zone, and UTC where that differs."""
    local = instant.astimezone(zone)
    text = f"{written(local.date(), language)}, {local:%H:%M} {zone}"
    if local.utcoffset() == utc(instant).utcoffset():
        return text
    return f"{text} ({utc(instant):%Y-%m-%d %H:%M} UTC)"
