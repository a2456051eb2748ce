"""An activity for the calendar of a phone: iCalendar (RFC 5545), moments in UTC, lines of at most 75 octets. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from matching.activities.model import Activity, ActivityState

WIDE = 75  # octets of a line
WARNED = timedelta(hours=1)  # before it begins


def calendar_file(activity: Activity, link: str, at: datetime) -> str:
    """The file; a later one of the same activity replaces it, and takes a cancelled one off the calendar."""
    cancelled = activity.state == ActivityState.cancelled
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Dianliang//activities//ZH",
        f"METHOD:{'CANCEL' if cancelled else 'PUBLISH'}", "BEGIN:VEVENT", f"UID:activity-{activity.id}@dianliang",
        f"SEQUENCE:{activity.version}", f"DTSTAMP:{_moment(at)}", f"DTSTART:{_moment(activity.starts_at)}",
        f"DTEND:{_moment(activity.ends_at)}", f"SUMMARY:{_text(activity.title)}", f"LOCATION:{_text(activity.place)}",
        f"URL:{link}", f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}", "BEGIN:VALARM", "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(activity.title)}", f"TRIGGER:-PT{int(WARNED.total_seconds()) // 3600}H", "END:VALARM",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(said: str) -> str:
    for mark in ("\\", ";", ","):
        said = said.replace(mark, f"\\{mark}")
    return said.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Never in the middle of a character; what goes on begins with a space."""
    part = ""
    for char in line:
        if len((part + char).encode()) > WIDE:
            yield part
            part = " "
        part += char
    yield part
