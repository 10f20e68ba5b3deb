from django.conf import settings


class AsItIs:
    """The picture itself instead of a small one: no file is looked at."""

    def generate_thumbnail(self, source, **options) -> "AsItIs":
        self.url = f"{settings.MEDIA_URL}{source}"
        return self

    def delete_thumbnails(self, source) -> None:
        pass
