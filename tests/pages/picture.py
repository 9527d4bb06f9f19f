"""The pixels that an explorer has painted."""

import base64
import functools
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colour = NDArray[np.float64]


@dataclass
class Box:
    """A rectangle of the canvas, in pixels of the page."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, margin: float) -> "Box":
        return Box(
            self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin
        )


@dataclass
class Picture:
    """The pixels of a canvas, with the colours of its theme."""

    address: str  # `data:` and a PNG image
    colours: dict[str, Colour]
    density: float

    @classmethod
    def of(cls, address: str, colours: dict[str, list[float]], density: float) -> "Picture":
        named = {name: np.array(value, float) for name, value in colours.items()}
        return cls(address, named, density)

    @functools.cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """Shape (height, width, 4)."""
        image = Image.open(io.BytesIO(base64.b64decode(self.address.partition(",")[2])))
        return np.asarray(image.convert("RGBA"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and np.array_equal(self.pixels, other.pixels)

    def cut(self, box: Box) -> NDArray[np.uint8]:
        d = self.density
        x, y = max(0, round(box.x * d)), max(0, round(box.y * d))
        return self.pixels[y : y + round(box.height * d), x : x + round(box.width * d)]

    def part(self, box: Box) -> bytes:
        return self.cut(box).tobytes()

    def like(self, colour: str, patch: NDArray[np.uint8], tolerance: float = 60) -> Any:
        """Where a patch shows a colour, and not only a shade of it."""
        distance = np.linalg.norm(patch[..., :3] - self.colours[colour], axis=-1)
        return (distance < tolerance) & (patch[..., 3] > 180)

    def shows(self, colour: str, x: float, y: float, reach: float = 2) -> bool:
        patch = self.cut(Box(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1))
        return bool(self.like(colour, patch).any())

    def share(self, colour: str, spots: list[tuple[float, float]], reach: float = 2) -> float:
        """How many of the places show the colour."""
        return sum(self.shows(colour, x, y, reach) for x, y in spots) / max(1, len(spots))

    def inked(self, box: Box) -> int:
        return int((self.cut(box)[..., 3] > 0).sum())
