"""Where files lie: static ones have hashed names and gzip and are kept for a year by every phone;
private ones have no address, only a page of ours gives them out, to whom it may."""

from django.core.files.storage import Storage, storages
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    # Oscar's own CSS names a few files it does not ship; that must not stop the start.
    manifest_strict = False


def private() -> Storage:
    """For a field whose files not everybody may see."""
    return storages["private"]
