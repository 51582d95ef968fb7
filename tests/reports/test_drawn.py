"""Every place name is really drawn: the picture of each character is compared with its glyph.

A text search proves nothing: a page of empty boxes, or of wrong characters, still gives back every
word.
"""

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from reports import fonts
from reports.pdf import Style
from tests.reports.papers import needs_fonts, print_pdf
from tests.reports.test_summary_pdf import PAGE, division_names

pytestmark = [needs_fonts, pytest.mark.one_database]

SCALE, SIDE, EM = 5, 28, 96
# What two pictures of one character share of their ink; two different ones share less.
ALIKE = 0.55


def ink(picture: Image.Image) -> Image.Image | None:
    """The dark part of a picture, cut out and brought to one size; None where nothing is drawn."""
    dark = picture.convert("L").point(lambda value: 255 if value < 128 else 0)
    box = dark.getbbox()
    return (
        dark.crop(box).resize((SIDE, SIDE)).point(lambda v: 255 if v > 96 else 0) if box else None
    )


def alike(one: Image.Image, other: Image.Image) -> float:
    shared = ImageChops.darker(one, other).histogram()[255]
    return shared / max(ImageChops.lighter(one, other).histogram()[255], 1)


def drawn(pdf: bytes) -> list[tuple[str, Image.Image | None]]:
    """Every Chinese character of a document with its picture."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        height = page.get_height()
        picture = page.render(scale=SCALE).to_pil()
        text = page.get_textpage()
        for place in range(text.count_chars()):
            sign = text.get_text_range(place, 1)
            if "\u3400" <= sign <= "\u9fff":
                left, bottom, right, top = text.get_charbox(place, loose=True)
                box = (left, height - top, right, height - bottom)
                found.append((sign, ink(picture.crop([round(side * SCALE) for side in box]))))
    document.close()
    return found


def glyph(face, sign) -> Image.Image:
    picture = Image.new("L", (EM * 2, EM * 2), 255)
    font = ImageFont.truetype(str(face.path), EM)
    ImageDraw.Draw(picture).text((EM // 2, EM // 4), sign, font=font, fill=0)
    return ink(picture)


@pytest.mark.parametrize("family", ["Fang", "Hei"])
def test_every_character_of_the_2555_names_is_drawn_as_itself(family):
    names = division_names()
    assert len(names) == 2555
    signs = sorted(set("".join(names)))
    page = PAGE.format(f"<p class='x'>{''.join(signs)}</p>").replace(
        "<body>", f"<style>.x {{ font: 400 16pt/24pt {family}; letter-spacing: 4pt }}</style><body>"
    )
    face = next(face for face in fonts.FACES if (face.family, face.weight) == (family, 400))
    found = [
        (sign, picture) for sign, picture in drawn(print_pdf(page, Style.HOUSE)) if sign in signs
    ]
    pictures = dict(found)
    assert set(pictures) == set(signs)
    wrong = [
        sign
        for sign, picture in pictures.items()
        if picture is None or alike(picture, glyph(face, sign)) < ALIKE
    ]
    assert wrong == []
    # The control: garbled by one place, hardly any would pass.
    shifted = zip(signs, signs[1:] + signs[:1], strict=True)
    passed = sum(alike(pictures[sign], glyph(face, other)) >= ALIKE for sign, other in shifted)
    assert passed < len(signs) / 20
