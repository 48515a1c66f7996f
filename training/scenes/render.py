"""A small ray tracer: analytic solids, one hard shadow, one mirror bounce, supersampled.

Scalar code compiled by numba; the same picture again on the same machine. Linear light inside, gamma 2.2
on the way out.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .solids import FAR, nearest
from .spec import (
    CAMERA_POSITION,
    CAMERA_TAN_HALF_FOV,
    CAMERA_TARGET,
    COLOURS,
    FLOORS,
    MATERIALS,
    SHAPES,
    SKIES,
    Scene,
)

# Linear-light albedos, chosen to stay apart under every sky.
ALBEDO = np.array(
    [
        [0.70, 0.025, 0.025],  # red
        [0.90, 0.24, 0.010],  # orange
        [0.88, 0.70, 0.020],  # yellow
        [0.03, 0.38, 0.05],  # green
        [0.02, 0.62, 0.66],  # cyan
        [0.02, 0.08, 0.68],  # blue
        [0.24, 0.03, 0.52],  # purple
        [0.92, 0.24, 0.46],  # pink
        [0.88, 0.88, 0.88],  # white
        [0.012, 0.012, 0.014],  # black
    ],
    np.float32,
)
assert len(ALBEDO) == len(COLOURS)

# Zenith, horizon and sunlight colours of each sky (linear light).
SKY = np.array(
    [
        [[0.12, 0.30, 0.75], [0.55, 0.72, 0.92], [1.00, 0.96, 0.90]],  # blue
        [[0.22, 0.14, 0.36], [0.95, 0.42, 0.14], [1.00, 0.80, 0.62]],  # sunset
        [[0.40, 0.43, 0.47], [0.62, 0.64, 0.66], [0.85, 0.86, 0.88]],  # cloudy
        [[0.004, 0.007, 0.03], [0.03, 0.045, 0.11], [0.62, 0.68, 0.85]],  # night
        [[0.80, 0.80, 0.78], [0.92, 0.91, 0.89], [0.90, 0.90, 0.90]],  # pale
    ],
    np.float32,
)
assert len(SKY) == len(SKIES)


@njit(cache=True, fastmath=True)
def _floor_albedo(kind, x, z):
    """Linear albedo of the floor at (x, z); patterns fade with distance so that they never alias."""
    far = math.sqrt(x * x + (z - 6.4) ** 2)
    fade = min(max((16.0 - far) / 8.0, 0.0), 1.0)
    if kind == 0:
        return 0.78, 0.78, 0.77
    if kind == 1:
        return 0.30, 0.30, 0.31
    if kind == 2:  # planks along z, each with its own tone and a dark seam
        u = x / 0.55
        plank = math.floor(u)
        tone = 0.85 + 0.15 * math.sin(plank * 12.9898 + 4.0)
        seam = 1.0 - 0.55 * fade * (1.0 if u - plank < 0.07 else 0.0)
        tone = 0.85 + (tone - 0.85) * fade
        return 0.40 * tone * seam, 0.20 * tone * seam, 0.085 * tone * seam
    if kind == 3:
        odd = (math.floor(x / 0.9) + math.floor(z / 0.9)) % 2.0
        v = 0.38 + (0.30 if odd > 0.5 else -0.30) * fade
        return v, v, v
    if kind == 4:
        u, w = x / 1.1 + 0.5, z / 1.1 + 0.5
        line = (u - math.floor(u) < 0.06) or (w - math.floor(w) < 0.06)
        k = 1.0 - (0.60 * fade if line else 0.0)
        return 0.42 * k, 0.50 * k, 0.56 * k
    if kind == 5:
        wave = 1.0 + 0.10 * fade * math.sin(2.6 * x + 1.9 * math.sin(1.1 * z) + 3.0 * z)
        return 0.66 * wave, 0.50 * wave, 0.27 * wave
    patch = 1.0 + 0.22 * fade * math.sin(2.2 * x + 1.3 * math.sin(1.7 * z)) * math.sin(2.0 * z)
    return 0.11 * patch, 0.30 * patch, 0.055 * patch


@njit(cache=True, fastmath=True)
def _sky(sky, dy):
    k = min(max(dy * 2.2, 0.0), 1.0) ** 0.7
    return (
        sky[1, 0] + (sky[0, 0] - sky[1, 0]) * k,
        sky[1, 1] + (sky[0, 1] - sky[1, 1]) * k,
        sky[1, 2] + (sky[0, 2] - sky[1, 2]) * k,
    )


@njit(cache=True, fastmath=True)
def _surface(shapes, place, albedo, mats, floor, sky, light, ox, oy, oz, dx, dy, dz):
    """What a ray meets: its own light (rgb), how much it mirrors (rgb), and the mirrored ray."""
    lx, ly, lz = light[0], light[1], light[2]
    t, index, nx, ny, nz = nearest(shapes, place, ox, oy, oz, dx, dy, dz)
    t_floor = -oy / dy if dy < -1e-6 else FAR
    if t_floor < t:
        t, index, nx, ny, nz = t_floor, -2, 0.0, 1.0, 0.0
    if index == -1:
        r, g, b = _sky(sky, dy)
        return r, g, b, 0.0, 0.0, 0.0, ox, oy, oz, dx, dy, dz
    x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
    material = 0
    if index == -2:
        r, g, b = _floor_albedo(floor, x, z)
    else:
        r, g, b = albedo[index, 0], albedo[index, 1], albedo[index, 2]
        material = mats[index]
    x, y, z = x + nx * 2e-3, y + ny * 2e-3, z + nz * 2e-3
    # Ambient from the sky dome, darker towards the ground, plus the sun unless it is hidden.
    dome = 0.20 + 0.16 * ny
    facing = nx * lx + ny * ly + nz * lz
    lit = 0.0
    if facing > 0.0:
        _hidden, who, _a, _b, _c = nearest(shapes, place, x, y, z, lx, ly, lz)
        lit = 1.0 if who < 0 else 0.0
    sun = 0.82 * facing * lit
    diffuse = 1.0 if material == 0 else (0.82 if material == 1 else 0.34)
    cr = r * diffuse * (dome * (0.35 + 0.65 * sky[1, 0]) + sun * sky[2, 0])
    cg = g * diffuse * (dome * (0.35 + 0.65 * sky[1, 1]) + sun * sky[2, 1])
    cb = b * diffuse * (dome * (0.35 + 0.65 * sky[1, 2]) + sun * sky[2, 2])
    if index == -2:  # the floor melts into the horizon
        haze = 1.0 - math.exp(-((max(t - 7.0, 0.0) / 16.0) ** 2))
        cr += (sky[1, 0] - cr) * haze
        cg += (sky[1, 1] - cg) * haze
        cb += (sky[1, 2] - cb) * haze
    if material == 0:
        return cr, cg, cb, 0.0, 0.0, 0.0, x, y, z, dx, dy, dz
    view = dx * nx + dy * ny + dz * nz
    mx, my, mz = dx - 2 * view * nx, dy - 2 * view * ny, dz - 2 * view * nz
    glint = max(mx * lx + my * ly + mz * lz, 0.0)
    edge = max(1.0 + view, 0.0) ** 5
    if material == 1:
        glint = lit * 0.85 * glint**48
        k = 0.16 + 0.50 * edge
        return cr + glint, cg + glint, cb + glint, k, k, k, x, y, z, mx, my, mz
    glint = lit * 1.1 * glint**28
    k = 0.80 + 0.20 * edge  # a metal tints what it mirrors
    tr, tg, tb = 0.10 + 0.90 * r, 0.10 + 0.90 * g, 0.10 + 0.90 * b
    return (
        cr + tr * glint,
        cg + tg * glint,
        cb + tb * glint,
        tr * k,
        tg * k,
        tb * k,
        x,
        y,
        z,
        mx,
        my,
        mz,
    )


@njit(cache=True, fastmath=True)
def _radiance(shapes, place, albedo, mats, floor, sky, light, ox, oy, oz, dx, dy, dz):
    """Light arriving along a ray: what it meets, what that mirrors, and the horizon beyond.

    A loop, not a recursion: numba cannot reload a cached function that calls itself.
    """
    cr = cg = cb = 0.0
    wr = wg = wb = 1.0
    for _ in range(2):
        r, g, b, kr, kg, kb, ox, oy, oz, dx, dy, dz = _surface(
            shapes, place, albedo, mats, floor, sky, light, ox, oy, oz, dx, dy, dz
        )
        cr, cg, cb = cr + wr * r, cg + wg * g, cb + wb * b
        wr, wg, wb = wr * kr, wg * kg, wb * kb
        if wr + wg + wb <= 0.0:
            return cr, cg, cb
    return cr + wr * sky[1, 0], cg + wg * sky[1, 1], cb + wb * sky[1, 2]


@njit(cache=True, fastmath=True)
def _draw(shapes, place, albedo, mats, floor, sky, light, camera, size, grid, out):
    for py in range(size):
        for px in range(size):
            sr = sg = sb = 0.0
            for sub in range(grid * grid):
                u = ((px + (sub % grid + 0.5) / grid) / size * 2 - 1) * camera[3, 0]
                v = (1 - (py + (sub // grid + 0.5) / grid) / size * 2) * camera[3, 0]
                dx = camera[1, 0] + v * camera[2, 0] + u
                dy = camera[1, 1] + v * camera[2, 1]
                dz = camera[1, 2] + v * camera[2, 2]
                inv = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
                r, g, b = _radiance(
                    shapes,
                    place,
                    albedo,
                    mats,
                    floor,
                    sky,
                    light,
                    camera[0, 0],
                    camera[0, 1],
                    camera[0, 2],
                    dx * inv,
                    dy * inv,
                    dz * inv,
                )
                sr += min(r, 1.0)
                sg += min(g, 1.0)
                sb += min(b, 1.0)
            n = grid * grid
            out[py, px, 0] = (sr / n) ** (1 / 2.2)
            out[py, px, 1] = (sg / n) ** (1 / 2.2)
            out[py, px, 2] = (sb / n) ** (1 / 2.2)


@njit(cache=True, fastmath=True)
def _look(shapes, place, camera, size, out):
    for py in range(size):
        for px in range(size):
            u = ((px + 0.5) / size * 2 - 1) * camera[3, 0]
            v = (1 - (py + 0.5) / size * 2) * camera[3, 0]
            dx = camera[1, 0] + v * camera[2, 0] + u
            dy = camera[1, 1] + v * camera[2, 1]
            dz = camera[1, 2] + v * camera[2, 2]
            inv = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            out[py, px] = nearest(
                shapes, place, camera[0, 0], camera[0, 1], camera[0, 2], dx * inv, dy * inv, dz * inv
            )[1]


def _camera() -> np.ndarray:
    position = np.array(CAMERA_POSITION, np.float32)
    forward = np.array(CAMERA_TARGET, np.float32) - position
    forward /= np.linalg.norm(forward)
    up = np.array([0.0, -forward[2], forward[1]], np.float32)
    return np.stack([position, forward, up, np.full(3, CAMERA_TAN_HALF_FOV, np.float32)])


_LIGHT_AZIMUTH = {"left": -1.15, "right": 1.15, "front": 0.0}


def _solids(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Shapes and places of the objects, as the compiled code takes them."""
    objects = scene.objects
    place = np.array([[o.x, o.z, o.half_size_m, math.cos(o.yaw), math.sin(o.yaw)] for o in objects], np.float32)
    return np.array([SHAPES.index(o.shape) for o in objects], np.int64), place


def objects_seen(scene: Scene, side: int) -> np.ndarray:
    """Which object a ray through the middle of each cell meets first: int64 [side, side], -1 for none."""
    out = np.empty((side, side), np.int64)
    _look(*_solids(scene), _camera(), side, out)
    return out


def render(scene: Scene, size_px: int = 128, grid: int = 2) -> np.ndarray:
    """Picture of a scene: uint8 [size_px, size_px, 3]; `grid`² rays a pixel."""
    objects = scene.objects
    shapes, place = _solids(scene)
    mats = np.array([MATERIALS.index(o.material) for o in objects], np.int64)
    albedo = ALBEDO[[COLOURS.index(o.colour) for o in objects]]
    azimuth = _LIGHT_AZIMUTH[scene.light] + scene.light_turn
    light = np.array([math.sin(azimuth), 1.15, math.cos(azimuth)], np.float32)
    light /= np.linalg.norm(light)
    out = np.empty((size_px, size_px, 3), np.float32)
    _draw(
        shapes,
        place,
        albedo,
        mats,
        FLOORS.index(scene.floor),
        SKY[SKIES.index(scene.sky)],
        light,
        _camera(),
        size_px,
        grid,
        out,
    )
    return (out * 255.0 + 0.5).clip(0, 255).astype(np.uint8)
