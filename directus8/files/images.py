"""Smaller or larger images: a file and a size go in, bytes come out. Source: files_assets.md §9.2."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from directus8.errors import InvalidQuery, UnprocessableEntity
from directus8.files.edits import edited
from directus8.files.thumbnails import FORMATS as TARGETS
from directus8.files.thumbnails import Size

#: What we decode. Nothing that runs programs, and no format few people have looked at.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF")
#: Most pixels decoded at once, and of all pictures of an animation together.
MOST_PIXELS = 60_000_000
MOST_ANIMATED = 40_000_000
DEFAULT_QUALITY = 90
Image.MAX_IMAGE_PIXELS = None  # our own limits are checked before anything is decoded


class NotAnImage(UnprocessableEntity):
    """The content is not what its name says, is broken, or too large to be decoded."""

    text = "Invalid file format."


def transform(file: BinaryIO, size: Size) -> bytes:
    """The image in another size, in its own format unless the size names one. NotAnImage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as image:
                return _made(image, size)
    except (UnprocessableEntity, InvalidQuery):
        raise
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        TypeError,
        KeyError,
    ) as error:
        raise NotAnImage() from error  # Pillow's decoders raise all of these for broken files


def _made(image: Image.Image, size: Size) -> bytes:
    target = TARGETS[size.format] if size.format else (image.format or "PNG")
    if getattr(image, "n_frames", 1) > 1 and target in ("GIF", "WEBP") and _is_small(image):
        return _animation(image, size, target)
    if not size.edits:
        image.draft(None, _at_least(image.size, size))  # JPEG decodes at 1/2, 1/4, 1/8: many times faster
    if image.width * image.height > MOST_PIXELS:
        raise NotAnImage(f"The image has more than {MOST_PIXELS} pixels.")
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    return _encoded(_fitted(_workable(turned), size), target, size.quality, profile)


def _is_small(image: Image.Image) -> bool:
    return image.width * image.height * int(getattr(image, "n_frames", 1)) <= MOST_ANIMATED


def _at_least(given: tuple[int, int], size: Size) -> tuple[int, int]:
    """What a draft must not fall below, so that sharpness is kept: twice the result, whichever way it is turned."""
    longest = max(size.width, size.height)
    scale = min(1.0, 2 * longest / max(1, min(given)))
    return int(given[0] * scale) or 1, int(given[1] * scale) or 1


def _workable(image: Image.Image) -> Image.Image:
    """The image in a mode that can be resized smoothly."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in ("1", "LA", "PA"):
        return image.convert("RGBA" if image.mode != "1" else "L")
    return image.convert("I") if image.mode.startswith("I;16") else image


def _fitted(image: Image.Image, size: Size) -> Image.Image:
    image = edited(image, size.edits)
    bounds = _bounds(image, size)
    if bounds == image.size:
        return image
    if size.crops:
        return ImageOps.fit(image, bounds, Image.Resampling.LANCZOS)
    scale = min(bounds[0] / image.width, bounds[1] / image.height)
    inside = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(inside, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _bounds(image: Image.Image, size: Size) -> tuple[int, int]:
    """Width and height to fill; one that is 0 follows the other."""
    if not size.width and not size.height:
        return image.size
    width = size.width or max(1, round(size.height * image.width / image.height))
    height = size.height or max(1, round(size.width * image.height / image.width))
    return width, height


def _encoded(image: Image.Image, target: str, quality: int, profile: Any) -> bytes:
    """The bytes of a still image. Metadata are left behind, but not the colours' meaning."""
    options: dict[str, Any] = {"icc_profile": profile} if profile and target not in ("GIF",) else {}
    if target in ("JPEG", "WEBP", "AVIF"):
        options["quality"] = quality or DEFAULT_QUALITY
    if target == "JPEG":
        options.update(progressive=True, optimize=True)
    if target == "PNG":
        options.update(compress_level=6)
    out = io.BytesIO()
    _silent(_as_target(image, target)).save(out, target, **options)
    return out.getvalue()


def _silent(image: Image.Image) -> Image.Image:
    """The image without the words Pillow would write again: comments may hold anything, scripts too."""
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    return image


def _as_target(image: Image.Image, target: str) -> Image.Image:
    """The image in a mode its format can hold; what was clear becomes white where nothing can be clear."""
    if target == "JPEG" and image.mode not in ("L", "RGB", "CMYK"):
        if "A" not in image.getbands():
            return image.convert("RGB")
        white = Image.new("RGB", image.size, "white")
        white.paste(image.convert("RGBA"), mask=image.getchannel("A"))
        return white
    if target in ("WEBP", "AVIF") and image.mode not in ("RGB", "RGBA"):
        return image.convert("RGBA" if "A" in image.getbands() else "RGB")
    if target == "PNG" and image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "F"):
        return image.convert("RGB")
    return image


def _animation(image: Image.Image, size: Size, target: str) -> bytes:
    durations: list[int] = []

    def pictures() -> Iterator[Image.Image]:
        for frame in ImageSequence.Iterator(image):
            durations.append(int(frame.info.get("duration") or 100))
            yield _silent(_fitted(frame.convert("RGBA"), size))

    first, *others = pictures()
    options: dict[str, Any] = {"quality": size.quality or DEFAULT_QUALITY} if target == "WEBP" else {"disposal": 2}
    out = io.BytesIO()
    loop = int(image.info.get("loop", 1 if target == "WEBP" else 0))
    first.save(out, target, save_all=True, append_images=others, duration=durations, loop=loop, **options)
    return out.getvalue()
