"""The picture world: scenes, pictures and captions agree with one another."""

import numpy as np

from training.render_data import scene_at
from training.scenes.captions import caption, vocabulary
from training.scenes.render import render
from training.scenes.spec import COLOURS, HELD_OUT, MATERIALS, SHAPES, Scene, SceneObject, project, sample_scene


def test_a_tenth_of_the_combinations_is_kept_out_and_every_attribute_stays() -> None:
    assert len(HELD_OUT) >= 0.1 * len(SHAPES) * len(COLOURS) * len(MATERIALS)
    for position, names in enumerate((SHAPES, COLOURS, MATERIALS)):
        for name in names:
            assert sum(combination[position] == name for combination in HELD_OUT) < len(HELD_OUT) / 2


def test_training_scenes_never_show_a_kept_out_combination() -> None:
    rng = np.random.default_rng(0)
    for _ in range(2000):
        assert not {o.combination for o in sample_scene(rng).objects} & HELD_OUT
    assert sample_scene(rng, 1, held_out=True).objects[0].combination in HELD_OUT


def test_a_scene_is_described_by_two_numbers() -> None:
    assert scene_at(1, 17) == scene_at(1, 17) != scene_at(1, 18)


def _lone(shape: str, colour: str) -> Scene:
    return Scene((SceneObject(shape, colour, "matte", "large", 0.3, 0.0, 0.7),), "gray", "pale", "front", 0.0, None)


def test_an_object_is_drawn_where_it_stands_in_its_own_colour() -> None:
    for shape in ("sphere", "cube", "cylinder", "cone"):
        scene = _lone(shape, "red")
        o = scene.objects[0]
        u, v, _ = project(o.x, o.half_size_m, o.z)
        picture = render(scene).astype(int)
        red, green, _ = picture[int((v + 1) * 64), int((u + 1) * 64)]
        assert red > green + 60, shape
    assert np.array_equal(render(scene), render(scene))


def test_a_torus_lies_flat() -> None:
    picture = render(_lone("torus", "red")).astype(int)
    rows, columns = np.where(picture[..., 0] > picture[..., 1] + 60)
    assert np.ptp(columns) > 1.5 * np.ptp(rows)


def test_captions_use_only_words_the_page_can_show() -> None:
    rng = np.random.default_rng(1)
    known = {word for group in vocabulary().values() for word in group}
    for index in range(2000):
        words = caption(rng, scene_at(1, index)).replace(",", "").split()
        assert set(words) <= known


def test_a_caption_never_contradicts_its_scene() -> None:
    rng = np.random.default_rng(2)
    for index in range(500):
        scene = scene_at(1, index)
        words = set(caption(rng, scene).replace(",", "").split())
        absent = {"cone"} - {o.shape for o in scene.objects}
        assert not words & absent
        if len(scene.objects) == 2 and "behind" in words:
            assert scene.relation in ("behind", "in front of")
