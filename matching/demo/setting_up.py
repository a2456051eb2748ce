"""The demo hospital for whoever starts an installation: what loading needs, taken from its settings."""

from datetime import datetime

from matching.db import Work
from matching.demo.loading import Progress, load
from matching.importing.importer import Tools
from matching.privacy.sealed import Sealer
from matching.requests.photos import Photos
from matching.settings import Settings


async def set_up(settings: Settings, work: Work, *, now: datetime, progress: Progress) -> None:
    """Fill its empty database and its folder of photos. Raises Refused("not_empty")."""
    sealer = Sealer(settings.keys)
    await load(work, Tools(sealer, settings.pepper), Photos(settings.files, sealer), now=now, progress=progress)
