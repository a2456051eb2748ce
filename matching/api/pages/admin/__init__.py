"""Administration: people and their roles, units, places, services, the policy, the audit log. No requests are here."""

from matching.api.pages.admin import (
    asks,
    audit,
    calendar,
    channels,
    outbox,
    people,
    policy,
    posters,
    services,
    spots,
    templates,
    units,
)

routers = [
    *(people.router, units.router, posters.router, spots.router, services.router),
    *(asks.router, calendar.router, channels.router, outbox.router, policy.router, audit.router),
    templates.router,
]
