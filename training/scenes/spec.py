"""Scene descriptions: the attribute vocabulary, the sampler and the combinations kept out of training.

A scene is plain data; `render.py` draws it and `captions.py` says it in English. Units are metres on
a floor at y = 0, seen by one fixed camera; angles are radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

SHAPES = ("sphere", "cube", "cylinder", "cone", "torus")
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "black")
MATERIALS = ("matte", "shiny", "metal")
SIZES = ("small", "large")
ATTRIBUTES = {"shape": SHAPES, "colour": COLOURS, "material": MATERIALS, "size": SIZES}
FLOORS = ("white", "gray", "wooden", "checkered", "tiled", "sandy", "grassy")
SKIES = ("blue", "sunset", "cloudy", "night", "pale")
LIGHTS = ("left", "right", "front")
RELATIONS = ("left of", "right of", "in front of", "behind")

HALF_SIZE_M = {"small": 0.52, "large": 0.86}

CAMERA_POSITION = (0.0, 3.1, 6.4)
CAMERA_TARGET = (0.0, 0.35, 0.0)
CAMERA_TAN_HALF_FOV = 0.34


def _held_out_combinations() -> frozenset[tuple[str, str, str]]:
    """A fixed tenth of shape × colour × material, every shape, colour and material still being seen.

    The lattice rule (an index sum divisible by ten) spreads the 15 combinations evenly.
    """
    held = set()
    for (s, shape), (c, colour), (m, material) in product(enumerate(SHAPES), enumerate(COLOURS), enumerate(MATERIALS)):
        if (2 * s + c + 3 * m) % 10 == 7:
            held.add((shape, colour, material))
    return frozenset(held)


HELD_OUT = _held_out_combinations()


@dataclass(frozen=True)
class SceneObject:
    """One solid: attributes plus where it stands (x right, z towards the camera) and its turn."""

    shape: str
    colour: str
    material: str
    size: str
    x: float
    z: float
    yaw: float

    @property
    def half_size_m(self) -> float:
        return HALF_SIZE_M[self.size]

    @property
    def combination(self) -> tuple[str, str, str]:
        return (self.shape, self.colour, self.material)


@dataclass(frozen=True)
class Scene:
    """One to three objects on a floor under a sky. `relation` holds from object 0 to object 1."""

    objects: tuple[SceneObject, ...]
    floor: str
    sky: str
    light: str
    light_turn: float
    relation: str | None


def project(x: float, y: float, z: float) -> tuple[float, float, float]:
    """World point → (u right, v down) in [-1, 1] picture units, and its depth along the view axis."""
    px, py, pz = (p - c for p, c in zip((x, y, z), CAMERA_POSITION, strict=True))
    fx, fy, fz = (t - c for t, c in zip(CAMERA_TARGET, CAMERA_POSITION, strict=True))
    norm = math.sqrt(fx * fx + fy * fy + fz * fz)
    fy, fz = fy / norm, fz / norm
    depth = py * fy + pz * fz
    up = py * -fz + pz * fy
    scale = 1.0 / (depth * CAMERA_TAN_HALF_FOV)
    return px * scale, -up * scale, depth


def _random_object(rng: np.random.Generator, held_out: bool | None) -> SceneObject:
    while True:
        combination = (
            SHAPES[rng.integers(len(SHAPES))],
            COLOURS[rng.integers(len(COLOURS))],
            MATERIALS[rng.integers(len(MATERIALS))],
        )
        if held_out is None or (combination in HELD_OUT) == held_out:
            break
    size = SIZES[rng.integers(len(SIZES))]
    yaw = float(rng.uniform(0.15, math.pi / 2 - 0.15))
    return SceneObject(*combination, size, 0.0, 0.0, yaw)


def _placed(rng: np.random.Generator, shape: SceneObject, x: float, z: float) -> SceneObject:
    return SceneObject(shape.shape, shape.colour, shape.material, shape.size, x, z, shape.yaw)


def _clear(objects: list[SceneObject]) -> bool:
    """True when every object is inside the picture and none hides another's centre."""
    seen = []
    for o in objects:
        u, v, depth = project(o.x, o.half_size_m, o.z)
        radius = o.half_size_m / (depth * CAMERA_TAN_HALF_FOV)
        if abs(u) + radius > 0.97 or abs(v) + radius > 0.97:
            return False
        seen.append((u, v, radius, o))
    for i, (u, v, r, a) in enumerate(seen):
        for u2, v2, r2, b in seen[i + 1 :]:
            if math.hypot(u - u2, v - v2) < 0.88 * (r + r2):
                return False
            if math.hypot(a.x - b.x, a.z - b.z) < 1.25 * (a.half_size_m + b.half_size_m):
                return False
    return True


def relation_between(a: SceneObject, b: SceneObject) -> str | None:
    """The relation a person would name for `a` seen from `b`, or None where it is ambiguous."""
    dx, dz = a.x - b.x, a.z - b.z
    if abs(dx) > 1.8 * abs(dz):
        return "left of" if dx < 0 else "right of"
    if abs(dz) > 1.4 * abs(dx):
        return "in front of" if dz > 0 else "behind"
    return None


def sample_scene(rng: np.random.Generator, count: int | None = None, held_out: bool | None = False) -> Scene:
    """A random scene of `count` objects (one to three when None).

    `held_out` False keeps to the combinations of training, True draws only the others, None any.
    """
    if count is None:
        count = int(rng.choice([1, 2, 3], p=[0.45, 0.38, 0.17]))
    solids = [_random_object(rng, held_out) for _ in range(count)]
    if count == 3:
        solids = [SceneObject(s.shape, s.colour, s.material, "small", 0, 0, s.yaw) for s in solids]
    while True:
        xs, zs = rng.uniform(-1.55, 1.55, count), rng.uniform(-1.9, 1.5, count)
        objects = [_placed(rng, s, float(x), float(z)) for s, x, z in zip(solids, xs, zs, strict=True)]
        relation = relation_between(objects[0], objects[1]) if count > 1 else None
        if _clear(objects) and (count != 2 or relation is not None):
            break
    return Scene(
        objects=tuple(objects),
        floor=FLOORS[rng.integers(len(FLOORS))],
        sky=SKIES[rng.integers(len(SKIES))],
        light=LIGHTS[rng.integers(len(LIGHTS))],
        light_turn=float(rng.uniform(-0.35, 0.35)),
        relation=relation,
    )
