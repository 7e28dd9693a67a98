"""Steps of the v10 parameter ``transforms``: a list of ``[name, argument]``, checked here and done to an image.

Source: sdk_v10.md D.6; names and arguments are those of the library sharp, of which these steps are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from PIL import Image, ImageColor, ImageFilter, ImageOps

from directus8.errors import InvalidQuery

#: Most steps of one image.
MOST = 5
#: Longest side and largest area of a made image: free parameters must not fill memory or disk.
LONGEST, LARGEST = 10_000, 25_000_000
CLEAR = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Edit:
    """One step: what is done, and with which numbers and words, by name."""

    name: str
    values: tuple[tuple[str, Any], ...] = ()

    def get(self, name: str, otherwise: Any = None) -> Any:
        return dict(self.values).get(name, otherwise)


# --- reading -----------------------------------------------------------------------------------------------------


def parse(text: str) -> tuple[Edit, ...]:
    """The steps of a parameter. InvalidQuery."""
    try:
        listed = orjson.loads(text)
    except orjson.JSONDecodeError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(each, list) and each for each in listed):
        raise InvalidQuery('"transforms" has to be a JSON array of [name, ...arguments]')
    if len(listed) > MOST:
        raise InvalidQuery(f'"transforms" takes {MOST} steps at most')
    return tuple(_edit(*each) for each in listed)


def _edit(name: Any, *arguments: Any) -> Edit:
    step = STEPS.get(name) if isinstance(name, str) else None
    if step is None:
        raise InvalidQuery(f'"transforms" knows only {", ".join(STEPS)}')
    given = [a for a in arguments if a is not None]
    named = dict(given[-1]) if given and isinstance(given[-1], dict) else {}
    plain = [a for a in given if not isinstance(a, dict)]
    if len(plain) > len(step.order):
        raise InvalidQuery(f'"transforms": {name} takes {len(step.order)} plain arguments at most')
    values = {**named, **dict(zip(step.order, plain, strict=False))}
    if missing := [n for n in step.needed if n not in values]:
        raise InvalidQuery(f'"transforms": {name} needs {", ".join(missing)}')
    return Edit(name, tuple(sorted((n, _value(name, n, values[n], step.takes[n])) for n in step.takes if n in values)))


def _value(step: str, name: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """A number between two, a colour, or one of some words. InvalidQuery."""
    if allowed == COLOUR:
        return _colour(step, name, value)
    if isinstance(allowed[0], str):
        good = value in allowed
    else:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and allowed[0] <= value <= allowed[1]
    if not good:
        between = " to ".join(map(str, allowed)) if not isinstance(allowed[0], str) else ", ".join(allowed)
        raise InvalidQuery(f'"transforms": {name} of {step} must be one of: {between}')
    return value


def _colour(step: str, name: str, value: Any) -> tuple[int, ...]:
    if isinstance(value, dict):
        parts = [value.get(n, 0) for n in "rgb"]
        value = f"rgb({','.join(map(str, parts))})"
    try:
        return ImageColor.getcolor(str(value), "RGBA")  # type: ignore[return-value]
    except ValueError:
        raise InvalidQuery(f'"transforms": {name} of {step} must be a colour') from None


# --- doing -------------------------------------------------------------------------------------------------------


def edited(image: Image.Image, edits: tuple[Edit, ...]) -> Image.Image:
    """The image after all steps. InvalidQuery for one that leads outside of it or makes too large a one."""
    for edit in edits:
        if image.mode not in ("L", "RGB", "RGBA"):
            image = image.convert("RGBA" if "A" in image.getbands() else "RGB")
        image = STEPS[edit.name].done(image, edit)
        _check_area(*image.size)
    return image


def _check_area(width: int, height: int) -> None:
    if not (0 < width <= LONGEST and 0 < height <= LONGEST and width * height <= LARGEST):
        raise InvalidQuery(f'"transforms" make images up to {LONGEST} pixels a side and {LARGEST} in all')


def _colours(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The image with its colours changed; what is clear stays clear."""
    if image.mode != "RGBA":
        return change(image)
    made = change(image.convert("RGB")).convert("RGB")
    made.putalpha(image.getchannel("A"))
    return made


def _rotated(image: Image.Image, edit: Edit) -> Image.Image:
    angle = edit.get("angle", 0) % 360
    if angle % 90 == 0:
        return image.rotate(-angle, expand=True)
    fill = edit.get("background", CLEAR)
    return image.convert("RGBA").rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)


def _extracted(image: Image.Image, edit: Edit) -> Image.Image:
    left, top, width, height = (int(edit.get(n)) for n in ("left", "top", "width", "height"))
    if left + width > image.width or top + height > image.height:
        raise InvalidQuery('"transforms": bad extract area')
    return image.crop((left, top, left + width, top + height))


def _extended(image: Image.Image, edit: Edit) -> Image.Image:
    left, top, right, bottom = (int(edit.get(n, 0)) for n in ("left", "top", "right", "bottom"))
    size = (image.width + left + right, image.height + top + bottom)
    _check_area(*size)
    made = Image.new("RGBA", size, edit.get("background", (0, 0, 0, 255)))
    made.paste(image.convert("RGBA"), (left, top))
    return made


def _resized(image: Image.Image, edit: Edit) -> Image.Image:
    width, height = edit.get("width"), edit.get("height")
    if width is None and height is None:
        return image
    wide = int(width or max(1, round(height * image.width / image.height)))
    high = int(height or max(1, round(width * image.height / image.width)))
    _check_area(wide, high)
    fit = edit.get("fit", "cover")
    if fit == "fill":
        return image.resize((wide, high), Image.Resampling.LANCZOS)
    if fit == "cover":
        return ImageOps.fit(image, (wide, high), Image.Resampling.LANCZOS)
    return ImageOps.contain(image, (wide, high), Image.Resampling.LANCZOS)


def _blurred(image: Image.Image, edit: Edit) -> Image.Image:
    sigma = edit.get("sigma")
    return image.filter(ImageFilter.BoxBlur(1) if sigma is None else ImageFilter.GaussianBlur(sigma))


def _flattened(image: Image.Image, edit: Edit) -> Image.Image:
    made = Image.new("RGBA", image.size, (*edit.get("background", (0, 0, 0))[:3], 255))
    return Image.alpha_composite(made, image.convert("RGBA")).convert("RGB")


def _tinted(image: Image.Image, edit: Edit) -> Image.Image:
    colour = edit.get("color")[:3]
    return _colours(image, lambda i: ImageOps.colorize(i.convert("L"), "black", "white", mid=colour))


COLOUR = ("colour",)
_SIDE, _MARGIN, _SIGMA = (1, LONGEST), (0, LONGEST), (0.3, 100)


@dataclass(frozen=True, slots=True)
class Step:
    """What can be done to an image: how, with which arguments, plain ones in this order."""

    done: Callable[[Image.Image, Edit], Image.Image]
    takes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


_GRAY = Step(lambda image, _: _colours(image, lambda i: i.convert("L")))
_EVEN = Step(lambda image, _: _colours(image, ImageOps.autocontrast))
STEPS: Mapping[str, Step] = {
    "resize": Step(
        _resized,
        {"width": _SIDE, "height": _SIDE, "fit": ("cover", "contain", "inside", "fill")},
        ("width", "height"),
    ),
    "extract": Step(
        _extracted,
        {"left": _MARGIN, "top": _MARGIN, "width": _SIDE, "height": _SIDE},
        needed=("left", "top", "width", "height"),
    ),
    "extend": Step(
        _extended, {"left": _MARGIN, "top": _MARGIN, "right": _MARGIN, "bottom": _MARGIN, "background": COLOUR}
    ),
    "rotate": Step(_rotated, {"angle": (-3600, 3600), "background": COLOUR}, ("angle",)),
    "flip": Step(lambda image, _: ImageOps.flip(image)),
    "flop": Step(lambda image, _: ImageOps.mirror(image)),
    "blur": Step(_blurred, {"sigma": _SIGMA}, ("sigma",)),
    "sharpen": Step(
        lambda image, edit: image.filter(ImageFilter.UnsharpMask(edit.get("sigma", 1))), {"sigma": _SIGMA}, ("sigma",)
    ),
    "grayscale": _GRAY,
    "greyscale": _GRAY,
    "normalise": _EVEN,
    "normalize": _EVEN,
    "negate": Step(lambda image, _: _colours(image, ImageOps.invert)),
    "flatten": Step(_flattened, {"background": COLOUR}),
    "tint": Step(_tinted, {"color": COLOUR}, ("color",), ("color",)),
}

__all__ = ["Edit", "edited", "parse"]
