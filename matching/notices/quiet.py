"""When a message may leave: never in somebody's quiet hours, and with everything of the day where they want a digest.

Pure. Minutes count from midnight in Shanghai, which has no summer time: every day has 1440 of them.
"""

from datetime import datetime, time, timedelta

from matching.clock import SHANGHAI

MINUTES = 24 * 60


def may_leave_at(at: datetime, quiet_from: int | None, quiet_to: int | None, digest_at: int | None) -> datetime:
    """The first moment from `at` on. Quiet hours may pass midnight; from and to alike, or one None: never quiet.

    A digest whose time lies in the quiet hours comes when they end.
    """
    return _after_quiet(at if digest_at is None else _next(at, digest_at), quiet_from, quiet_to)


def _after_quiet(at: datetime, quiet_from: int | None, quiet_to: int | None) -> datetime:
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return at
    local = at.astimezone(SHANGHAI)
    since = (local.hour * 60 + local.minute - quiet_from) % MINUTES  # whole minutes since the last quiet time began
    return _next(at, quiet_to) if since < (quiet_to - quiet_from) % MINUTES else at


def _next(at: datetime, minute: int) -> datetime:
    """The next moment, or this one, at which it is that minute of the day."""
    local = at.astimezone(SHANGHAI)
    then = datetime.combine(local.date(), time(), SHANGHAI) + timedelta(minutes=minute)
    then += timedelta(days=1) if then < local else timedelta()
    return then.astimezone(at.tzinfo)
