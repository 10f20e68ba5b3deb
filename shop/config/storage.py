"""How static files are served: hashed names and gzip, kept for a year by every phone."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    # Oscar's own CSS names a few files it does not ship; that must not stop the start.
    manifest_strict = False
