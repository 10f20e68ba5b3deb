"""`manage.py make_pictures`: the sizes that photos of goods should have, now instead of within the
hour."""

from django.core.management import BaseCommand

from shop import pictures


class Command(BaseCommand):
    help = "补做货品照片的各种大小（从别处导进来的、恢复备份后缺的）。"

    def handle(self, *args, **options) -> None:
        mended, broken = pictures.make_missing()
        self.stdout.write(f"补好 {mended} 张，读不出来 {broken} 张。")
