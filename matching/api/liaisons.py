"""What opens for a liaison of a partner: an allow-list in front of every route behind sign-in.

The rooms say the same once more (`requests.policy`, `requests.queries.visible`, `partners.policy`). A page that
somebody adds tomorrow stays shut for liaisons until it is named here.
"""

import re

from matching.people.actor import Actor

OPEN = re.compile(
    r"/partner(/.*)?|/api/v1/partner(/.*)?"  # their organisation's own
    r"|/me(/password|/copy\.json|/tokens(/\d+/revoke)?|/browsers/end|/notices(/.*)?)?|/logout"
    r"|/notices(/read)?|/live(/mark)?|/api/v1/me(/tokens(/\d+)?)?"
)
ONLY_TO_READ = re.compile(r"/requests/[\w-]+")  # where a notice or a mail leads; it leads on to the partner's own page


def may_open(by: Actor, method: str, path: str) -> bool:
    """Whether this address opens for `by` at all; for everybody but liaisons it does."""
    if by.partner_id is None or OPEN.fullmatch(path):
        return True
    return method in {"GET", "HEAD"} and bool(ONLY_TO_READ.fullmatch(path))
