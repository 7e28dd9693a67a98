"""Pictures for the articles, drawn here: sleeves with a record."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from directus8.files.incoming import Incoming

SIZE = (900, 600)
#: Name and title: the colours of sleeve and label.
PICTURES = {
    ("beach.jpg", "A record at the beach"): ("#f4d58d", "#2a9d8f"),
    ("loud.jpg", "A loud record"): ("#9d0208", "#ffba08"),
    ("blue.jpg", "A blue record"): ("#14213d", "#8ecae6"),
}


def draw(sleeve: str, label: str) -> BytesIO:
    """A picture as JPEG, the same for the same colours."""
    picture = Image.new("RGB", SIZE, sleeve)
    pen = ImageDraw.Draw(picture)
    centre = (SIZE[0] * 2 // 3, SIZE[1] // 2)
    for radius in range(260, 100, -8):
        shade = 16 + radius % 3 * 10
        pen.circle(centre, radius, fill=(shade, shade, shade))
    pen.circle(centre, 90, fill=label)
    pen.circle(centre, 10, fill=sleeve)
    made = BytesIO()
    picture.save(made, "JPEG", quality=80)
    return made


def drawn() -> list[tuple[dict[str, str], Incoming]]:
    """What is to be uploaded: the fields and the content of each file."""
    return [
        ({"title": title}, Incoming(draw(*colours), name, "image/jpeg")) for (name, title), colours in PICTURES.items()
    ]
