"""Times as Juju writes them: in status, in the header, in results, in secrets."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo


def since_text(seconds: float, timezone: tzinfo, *, iso: bool = False) -> str:
    """Write "23 Nov 2026 00:57:11Z", with +01:00 away from UTC; ISO: "2026-11-23 00:57:11Z"."""
    if iso:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}Z"
    moment = datetime.fromtimestamp(seconds, timezone)
    return f"{moment:%d %b %Y %H:%M:%S}{_offset(moment)}"


def clock_text(seconds: float, timezone: tzinfo) -> str:
    """Write "17:56:56Z"."""
    moment = datetime.fromtimestamp(seconds, timezone)
    return f"{moment:%H:%M:%S}{_offset(moment)}"


def stamp_text(seconds: float) -> str:
    """Write RFC 3339 in UTC: "2026-11-23T00:57:11Z"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def timing_text(seconds: float, timezone: tzinfo) -> str:
    """Write "2026-11-23 00:57:11 +0000 UTC", as in an action's timing."""
    return f"{datetime.fromtimestamp(seconds, timezone):%Y-%m-%d %H:%M:%S %z %Z}"


def zone_of(offset: int, name: str) -> tzinfo:
    """Return the zone of the person who asks: seconds off UTC, and what they call it."""
    away = timedelta(seconds=offset)
    return timezone(away, name) if name else timezone(away)


def ago_text(seconds: float, now: float, timezone: tzinfo) -> str:
    """Write "just now", "5 minutes ago", "3 hours ago", else the date."""
    minutes = max(0, int(now - seconds)) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return _counted(minutes, "minute")
    if minutes < 24 * 60:
        return _counted(minutes // 60, "hour")
    return f"{datetime.fromtimestamp(seconds, timezone):%Y-%m-%d}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'} ago"


def _offset(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return "Z" if offset.strip("+-0") == "" else f"{offset[:3]}:{offset[3:5]}"
