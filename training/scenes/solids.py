"""Where a ray meets the scenes' solids: sphere, cube, cylinder, cone and torus, each standing on the floor.

Scalar code compiled by numba. Lengths are metres, directions of unit length.
"""

from __future__ import annotations

import math

from numba import njit

FAR = 1e9
TORUS_MINOR = 0.34  # tube radius as a share of the outer radius


@njit(cache=True, fastmath=True)
def _solid(shape, s, ox, oy, oz, dx, dy, dz):
    """Nearest hit of a ray with a solid of half-size s standing on y = 0 at the origin.

    Returns t, nx, ny, nz; t = FAR for a miss. Coordinates are the solid's own.
    """
    # A bounding sphere first: most rays meet nothing.
    cy = oy - s
    b = ox * dx + cy * dy + oz * dz
    reach = s * 1.7321 if shape == 1 else s * 1.4143
    disc = b * b - (ox * ox + cy * cy + oz * oz - reach * reach)
    if disc <= 0.0:
        return FAR, 0.0, 1.0, 0.0
    if shape == 0:  # sphere
        disc = b * b - (ox * ox + cy * cy + oz * oz - s * s)
        if disc <= 0.0:
            return FAR, 0.0, 1.0, 0.0
        t = -b - math.sqrt(disc)
        if t < 1e-4:
            return FAR, 0.0, 1.0, 0.0
        return t, (ox + t * dx) / s, (cy + t * dy) / s, (oz + t * dz) / s
    if shape == 1:  # cube, slightly smaller so that it looks as large as the sphere
        h = s * 0.82
        cy = oy - h
        tn, tf, axis, sign = -FAR, FAR, 0, 1.0
        for a in range(3):
            o = ox if a == 0 else (cy if a == 1 else oz)
            d = dx if a == 0 else (dy if a == 1 else dz)
            if abs(d) < 1e-9:
                if abs(o) > h:
                    return FAR, 0.0, 1.0, 0.0
                continue
            t0, t1 = (-h - o) / d, (h - o) / d
            if t0 > t1:
                t0, t1 = t1, t0
            if t0 > tn:
                tn, axis, sign = t0, a, (-1.0 if d > 0 else 1.0)
            tf = min(tf, t1)
        if tn > tf or tn < 1e-4:
            return FAR, 0.0, 1.0, 0.0
        return (
            tn,
            sign if axis == 0 else 0.0,
            sign if axis == 1 else 0.0,
            sign if axis == 2 else 0.0,
        )
    if shape == 2:  # upright cylinder
        r, height = s * 0.80, s * 1.9
        best, nx, ny, nz = FAR, 0.0, 1.0, 0.0
        a = dx * dx + dz * dz
        b = ox * dx + oz * dz
        disc = b * b - a * (ox * ox + oz * oz - r * r)
        if disc > 0.0 and a > 1e-12:
            t = (-b - math.sqrt(disc)) / a
            y = oy + t * dy
            if t > 1e-4 and 0.0 < y < height:
                best, nx, ny, nz = t, (ox + t * dx) / r, 0.0, (oz + t * dz) / r
        if dy < -1e-9:
            t = (height - oy) / dy
            x, z = ox + t * dx, oz + t * dz
            if 1e-4 < t < best and x * x + z * z < r * r:
                best, nx, ny, nz = t, 0.0, 1.0, 0.0
        return best, nx, ny, nz
    if shape == 3:  # upright cone
        r, height = s * 0.95, s * 2.0
        k = (r / height) ** 2
        py = height - oy
        a = dx * dx + dz * dz - k * dy * dy
        b = ox * dx + oz * dz + k * py * dy
        c = ox * ox + oz * oz - k * py * py
        disc = b * b - a * c
        if disc <= 0.0 or abs(a) < 1e-12:
            return FAR, 0.0, 1.0, 0.0
        root = math.sqrt(disc)
        best = FAR
        for t in ((-b - root) / a, (-b + root) / a):
            y = oy + t * dy
            if 1e-4 < t < best and 0.0 < y < height:
                best = t
        if best >= FAR:
            return FAR, 0.0, 1.0, 0.0
        x, z = ox + best * dx, oz + best * dz
        slope = r / height
        ny = slope * math.sqrt(x * x + z * z)
        inv = 1.0 / math.sqrt(x * x + z * z + ny * ny + 1e-12)
        return best, x * inv, ny * inv, z * inv
    # torus lying on the floor: sphere tracing
    minor = s * TORUS_MINOR * 1.1
    major = s * 1.18 - minor
    root = math.sqrt(disc)
    t, end = max(-b - root, 1e-4), -b + root
    for _ in range(64):
        x, y, z = ox + t * dx, oy + t * dy - minor, oz + t * dz
        ring = math.sqrt(x * x + z * z)
        q = ring - major
        tube = math.sqrt(q * q + y * y)
        gap = tube - minor
        if gap < 2e-4:
            inv = 1.0 / (tube + 1e-9)
            side = q * inv / (ring + 1e-9)
            return t, x * side, y * inv, z * side
        t += gap
        if t > end:
            break
    return FAR, 0.0, 1.0, 0.0


@njit(cache=True, fastmath=True)
def nearest(shapes, place, ox, oy, oz, dx, dy, dz):
    """Nearest object hit: t, index (-1 for none), normal. `place` rows are x, z, half-size, cos, sin."""
    best, index, nx, ny, nz = FAR, -1, 0.0, 1.0, 0.0
    for i in range(len(shapes)):
        x, z = ox - place[i, 0], oz - place[i, 1]
        c, s = place[i, 3], place[i, 4]
        t, hx, hy, hz = _solid(
            shapes[i], place[i, 2], c * x - s * z, oy, s * x + c * z, c * dx - s * dz, dy, s * dx + c * dz
        )
        if t < best:
            best, index = t, i
            nx, ny, nz = c * hx + s * hz, hy, c * hz - s * hx
    return best, index, nx, ny, nz
