"""Short-lived links to files that were made: signed, without a sign-in, so that another browser can open them."""

from itsdangerous import BadData, URLSafeTimedSerializer

from matching.errors import NotSeen
from matching.reports.exporting import LINK_LASTS
from matching.settings import Settings


def path(export_id: int, settings: Settings) -> str:
    """The address; it opens for LINK_LASTS from now on."""
    return f"/x/{_signer(settings).dumps(export_id)}"


def export_id(token: str, settings: Settings) -> int:
    """The export that a link names. Raises NotSeen when it was not made here, or too long ago."""
    try:
        found = _signer(settings).loads(token, max_age=int(LINK_LASTS.total_seconds()))
    except BadData:
        raise NotSeen("export_gone") from None
    return int(found)


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret.get_secret_value(), salt="export")
