"""Scenes in varied plain English, within a small vocabulary that the page can show."""

from __future__ import annotations

import numpy as np

from .spec import COLOURS, FLOORS, MATERIALS, SHAPES, SIZES, SKIES, Scene, SceneObject

SHAPE_WORDS = {
    "sphere": ("sphere", "ball"),
    "cube": ("cube", "block", "box"),
    "cylinder": ("cylinder", "drum"),
    "cone": ("cone",),
    "torus": ("torus", "ring", "donut"),
}
COLOUR_WORDS = {colour: (colour,) for colour in COLOURS} | {
    "cyan": ("cyan", "turquoise"),
    "purple": ("purple", "violet"),
}
MATERIAL_WORDS = {"matte": ("matte", "rubber"), "shiny": ("shiny", "glossy"), "metal": ("metal", "metallic", "chrome")}
SIZE_WORDS = {"small": ("small", "little", "tiny"), "large": ("large", "big", "huge")}
FLOOR_PHRASES = {
    "white": ("a white floor",),
    "gray": ("a gray floor", "a concrete floor"),
    "wooden": ("a wooden floor", "wooden planks"),
    "checkered": ("a checkered floor", "a chessboard floor"),
    "tiled": ("a tiled floor", "blue tiles"),
    "sandy": ("sand", "a sandy floor"),
    "grassy": ("grass", "a green lawn"),
}
SKY_PHRASES = {
    "blue": ("under a blue sky", "on a sunny day"),
    "sunset": ("at sunset", "under a sunset sky"),
    "cloudy": ("under a cloudy sky", "on an overcast day"),
    "night": ("at night", "under a night sky"),
    "pale": ("under a pale sky", "in a bright studio"),
}
LIGHT_PHRASES = {
    "left": ("lit from the left",),
    "right": ("lit from the right",),
    "front": ("lit from the front",),
}
RELATION_PHRASES = {
    "left of": ("to the left of", "left of"),
    "right of": ("to the right of", "right of"),
    "in front of": ("in front of",),
    "behind": ("behind",),
}
OPPOSITE = {"left of": "right of", "right of": "left of", "in front of": "behind", "behind": "in front of"}
COUNT_WORDS = {2: "two", 3: "three"}
PLURALS = {"torus": "tori", "box": "boxes"}

assert set(SHAPE_WORDS) == set(SHAPES) and set(COLOUR_WORDS) == set(COLOURS)
assert set(MATERIAL_WORDS) == set(MATERIALS) and set(SIZE_WORDS) == set(SIZES)
assert set(FLOOR_PHRASES) == set(FLOORS) and set(SKY_PHRASES) == set(SKIES)


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """The first word half the time, so that every idea has a common name."""
    return words[0] if len(words) == 1 or rng.random() < 0.5 else words[rng.integers(1, len(words))]


def _noun_phrase(rng: np.random.Generator, o: SceneObject, detail: float) -> str:
    words = []
    if rng.random() < detail:
        words.append(_pick(rng, SIZE_WORDS[o.size]))
    material = _pick(rng, MATERIAL_WORDS[o.material]) if rng.random() < max(detail, 0.75) else None
    colour = _pick(rng, COLOUR_WORDS[o.colour]) if rng.random() < 0.97 else None
    words += [w for w in ((material, colour) if rng.random() < 0.7 else (colour, material)) if w]
    words.append(_pick(rng, SHAPE_WORDS[o.shape]))
    article = "an" if words[0][0] in "aeio" else "a"
    return " ".join([article, *words])


def _count_phrase(rng: np.random.Generator, scene: Scene) -> str | None:
    """ "two red cubes" where the objects share what is named, or "three objects"."""
    first, *others = scene.objects
    if any(o.shape != first.shape for o in others):
        return None
    word = _pick(rng, SHAPE_WORDS[first.shape])
    plural = PLURALS.get(word, word + "s")
    same_colour = all(o.colour == first.colour for o in others)
    words = [COUNT_WORDS[len(scene.objects)]]
    if same_colour:
        words.append(_pick(rng, COLOUR_WORDS[first.colour]))
    return " ".join([*words, plural])


def _objects_phrase(rng: np.random.Generator, scene: Scene) -> str:
    detail = rng.uniform(0.3, 0.9)
    if len(scene.objects) == 1:
        return _noun_phrase(rng, scene.objects[0], detail)
    if (counted := _count_phrase(rng, scene)) and rng.random() < 0.5:
        return counted
    a, b, *rest = (_noun_phrase(rng, o, detail * 0.8) for o in scene.objects)
    if scene.relation and rng.random() < 0.75:
        relation = scene.relation
        if rng.random() < 0.5:
            a, b, relation = b, a, OPPOSITE[relation]
        text = f"{a} {_pick(rng, RELATION_PHRASES[relation])} {b}"
        return " and ".join([text, *rest])
    names = [a, b, *rest]
    names = [names[i] for i in rng.permutation(len(names))]
    return names[0] + " and " + names[1] if len(names) == 2 else f"{names[0]}, {names[1]} and {names[2]}"


def caption(rng: np.random.Generator, scene: Scene) -> str:
    """One of many true descriptions of the scene; each part but the objects is sometimes left out."""
    parts = [_objects_phrase(rng, scene)]
    if rng.random() < 0.8:
        floor = FLOOR_PHRASES[scene.floor]
        parts.append("on " + _pick(rng, floor))
    if rng.random() < 0.7:
        parts.append(_pick(rng, SKY_PHRASES[scene.sky]))
    if rng.random() < 0.25:
        parts.append(LIGHT_PHRASES[scene.light][0])
    if rng.random() < 0.12 and len(parts) > 1:
        parts.append(parts.pop(0))
        return ", ".join([" ".join(parts[:-1]), parts[-1]])
    return " ".join(parts)


def vocabulary() -> dict[str, list[str]]:
    """Words by group, for the page's hint and for naming words the model never saw."""

    def words(*tables: dict[str, tuple[str, ...]]) -> list[str]:
        seen: dict[str, None] = {}
        for table in tables:
            for phrases in table.values():
                for phrase in phrases:
                    seen.update(dict.fromkeys(phrase.split()))
        return list(seen)

    plurals = [PLURALS.get(w, w + "s") for ws in SHAPE_WORDS.values() for w in ws]
    groups = {
        "shapes": words(SHAPE_WORDS),
        "colours": words(COLOUR_WORDS),
        "materials": words(MATERIAL_WORDS),
        "sizes": words(SIZE_WORDS),
        "floors": words(FLOOR_PHRASES),
        "skies": words(SKY_PHRASES),
        "light": words(LIGHT_PHRASES),
        "places": words(RELATION_PHRASES),
        "counts": list(COUNT_WORDS.values()),
        "other": [*plurals, "and", "an", "on"],
    }
    return groups
