"""Photos of vegetables, drawn: what a phone would take at the station, and nobody's property."""

import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter

SIDE = 900


def potatoes() -> bytes:
    """A heap of them on a board."""
    picture, rng = _board(), random.Random(7)
    for _ in range(26):
        width, height = rng.randint(190, 260), rng.randint(140, 180)
        potato = _ball(
            width, height, rng.choice(((205, 166, 104), (190, 148, 88), (214, 178, 122)))
        )
        spots = ImageDraw.Draw(potato)
        for _ in range(7):
            x, y = rng.uniform(0.25, 0.75) * width, rng.uniform(0.25, 0.75) * height
            spots.ellipse((x, y, x + 7, y + 5), fill=(120, 88, 48, 170))
        _lay(picture, potato.rotate(rng.randint(0, 179), expand=True), rng)
    return _jpeg(picture)


def greens() -> bytes:
    """Heads of 上海青, fanned out."""
    picture = _board()
    for number in range(7):
        turn = 60 - 20 * number
        head = Image.new("RGBA", (SIDE, SIDE))
        draw = ImageDraw.Draw(head)
        for bow in (-2, 2, -1, 1, 0):
            green = (52 + 9 * abs(bow), 122 + 14 * abs(bow), 44)
            x = SIDE / 2 + 34 * bow
            draw.polygon(
                [(x - 16, 330), (x + 16, 330), (SIDE / 2 + 44 + 9 * bow, 640),
                 (SIDE / 2 - 44 + 9 * bow, 640)], fill=(214 - 8 * abs(bow), 226, 176, 255)
            )  # fmt: skip
            draw.ellipse((x - 62, 90, x + 62, 390), fill=(*green, 255))
            draw.line((x, 110, x, 380), fill=(168, 196, 120, 255), width=7)
        draw.ellipse((SIDE / 2 - 58, 590, SIDE / 2 + 58, 680), fill=(226, 232, 200, 255))
        head = head.rotate(turn, center=(SIDE / 2, 700))
        across = round(math.sin(math.radians(-turn)) * 60)
        shade = Image.new("RGBA", head.size, (40, 24, 10, 0))
        shade.putalpha(
            head.getchannel("A").point(lambda a: a // 3).filter(ImageFilter.GaussianBlur(9))
        )
        picture.paste(shade, (across + 10, 14), shade)
        picture.paste(head, (across, 0), head)
    return _jpeg(picture)


def _board() -> Image.Image:
    """Wood."""
    picture, rng = Image.new("RGB", (SIDE, SIDE), (176, 128, 82)), random.Random(3)
    draw = ImageDraw.Draw(picture)
    for y in range(0, SIDE, 3):
        shade = rng.randint(-16, 16)
        draw.line((0, y, SIDE, y + rng.randint(-4, 4)), (176 + shade, 128 + shade, 82 + shade), 4)
    return picture.filter(ImageFilter.GaussianBlur(2))


def _ball(width: int, height: int, colour: tuple[int, int, int]) -> Image.Image:
    """Lit from above on the left."""
    ball = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(ball)
    steps = 24
    for step in range(steps):
        inside, light = step / steps, 0.62 + 0.5 * step / steps
        tint = tuple(min(255, round(part * light)) for part in colour)
        left, top = width * inside * 0.36, height * inside * 0.3
        right, bottom = width * (1 - inside * 0.64), height * (1 - inside * 0.7)
        draw.ellipse((left, top, right - 1, bottom - 1), fill=(*tint, 255))
    return ball


def _lay(picture: Image.Image, thing: Image.Image, rng: random.Random) -> None:
    at = (rng.randint(40, SIDE - 300), rng.randint(60, SIDE - 300))
    shade = Image.new("RGBA", thing.size, (30, 18, 8, 0))
    shade.putalpha(thing.getchannel("A").point(lambda alpha: alpha // 2))
    picture.paste(shade, (at[0] + 12, at[1] + 16), shade)
    picture.paste(thing, at, thing)


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(file, "JPEG", quality=88)
    return file.getvalue()
