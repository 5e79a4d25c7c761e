"""What t-SNE compiles: forces between points, and the step they take.

Only the descent imports this module, and only when it runs: numba takes a while to import. Each kernel works on rows
`first` to `last` and writes to no others, without Python's lock, so that threads share the rows and whoever works on
them, the result is the same.
"""

import math

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled

_F = np.float32
_Floats = NDArray[np.float32]
kernel = compiled(nogil=True, fastmath=True)
"""Sums of one row may be taken in any order (`fastmath`), always the same one."""

MOST_STEP = _F(5)
"""No point moves further at once: those that shoot off would make the grid of all others coarse."""


@kernel
def weigh(fraction: float, weights: _Floats, slopes: _Floats) -> None:
    """Fill in what each of four nodes counts for a point that lies `fraction` behind the second: a cubic B-spline."""
    t = _F(fraction)
    s = _F(1) - t
    weights[0] = s * s * s / _F(6)
    weights[1] = (_F(3) * t * t * t - _F(6) * t * t + _F(4)) / _F(6)
    weights[2] = (_F(3) * s * s * s - _F(6) * s * s + _F(4)) / _F(6)
    weights[3] = t * t * t / _F(6)
    slopes[0] = -s * s / _F(2)
    slopes[1] = (_F(3) * t * t - _F(4) * t) / _F(2)
    slopes[2] = -(_F(3) * s * s - _F(4) * s) / _F(2)
    slopes[3] = t * t / _F(2)


@kernel
def spread(points: _Floats, low: float, spacing: float, density: _Floats) -> None:
    """Lay every point over the 16 nodes around it. One thread: nodes are shared, and it takes least of all."""
    density[:] = 0
    across, down, slopes = np.empty(4, np.float32), np.empty(4, np.float32), np.empty(4, np.float32)
    for i in range(len(points)):
        x, y = (points[i, 0] - low) / spacing, (points[i, 1] - low) / spacing
        column, row = int(x), int(y)
        weigh(x - column, across, slopes)
        weigh(y - row, down, slopes)
        for b in range(4):
            for a in range(4):
                density[row - 1 + b, column - 1 + a] += down[b] * across[a]


@kernel
def gather(
    points: _Floats, low: float, spacing: float, potential: _Floats, at: _Floats, push: _Floats, first: int, last: int
) -> None:
    """Fill in, for each point, the potential there (`at`), and minus half its slope: the force (`push`)."""
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    across_slopes, down_slopes = np.empty(4, np.float32), np.empty(4, np.float32)
    for i in range(first, last):
        x, y = (points[i, 0] - low) / spacing, (points[i, 1] - low) / spacing
        column, row = int(x), int(y)
        weigh(x - column, across, across_slopes)
        weigh(y - row, down, down_slopes)
        height, east, south = _F(0), _F(0), _F(0)
        for b in range(4):
            line, slope = _F(0), _F(0)
            for a in range(4):
                value = potential[row - 1 + b, column - 1 + a]
                line += across[a] * value
                slope += across_slopes[a] * value
            height += down[b] * line
            east += down[b] * slope
            south += down_slopes[b] * line
        at[i] = height
        push[i, 0] = -east / (2 * spacing)
        push[i, 1] = -south / (2 * spacing)


@kernel
def repel(points: _Floats, at: _Floats, push: _Floats, first: int, last: int) -> None:
    """Fill in what `gather` does, from all pairs, exactly."""
    for i in range(first, last):
        total, east, south = _F(0), _F(0), _F(0)
        for j in range(len(points)):
            dx, dy = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            near = _F(1) / (_F(1) + dx * dx + dy * dy)
            total += near
            east += near * near * dx
            south += near * near * dy
        at[i] = total
        push[i, 0] = east
        push[i, 1] = south


@kernel
def attract(
    points: _Floats,
    start: NDArray[np.int64],
    mate: NDArray[np.int32],
    affinity: _Floats,
    pull: _Floats,
    first: int,
    last: int,
) -> None:
    """Fill in the force with which its mates pull at each point."""
    for i in range(first, last):
        x, y = points[i, 0], points[i, 1]
        east, south = _F(0), _F(0)
        for edge in range(start[i], start[i + 1]):
            dx, dy = x - points[mate[edge], 0], y - points[mate[edge], 1]
            strength = affinity[edge] / (_F(1) + dx * dx + dy * dy)
            east += strength * dx
            south += strength * dy
        pull[i, 0] = east
        pull[i, 1] = south


@kernel
def farness(
    points: _Floats,
    start: NDArray[np.int64],
    mate: NDArray[np.int32],
    affinity: _Floats,
    first: int,
    last: int,
) -> float:
    """Return the sum, over mates, of affinity times log(1 + squared distance)."""
    total = 0.0
    for i in range(first, last):
        for edge in range(start[i], start[i + 1]):
            dx, dy = points[i, 0] - points[mate[edge], 0], points[i, 1] - points[mate[edge], 1]
            total += affinity[edge] * math.log(1.0 + dx * dx + dy * dy)
    return total


@kernel
def move(
    points: _Floats,
    velocity: _Floats,
    gain: _Floats,
    gradient: _Floats,
    rate: float,
    momentum: float,
    first: int,
    last: int,
) -> None:
    """Take a step down the gradient: ever longer where it points back along the last one, else ever shorter."""
    for i in range(first, last):
        squared = _F(0)
        for axis in range(2):
            slope, speed = gradient[i, axis], velocity[i, axis]
            if (speed > 0 and slope > 0) or (speed < 0 and slope < 0) or (speed == 0 and slope == 0):
                gain[i, axis] = gain[i, axis] * _F(0.8) + _F(0.01)
            else:
                gain[i, axis] += _F(0.2)
            velocity[i, axis] = _F(momentum) * speed - _F(rate) * gain[i, axis] * slope
            squared += velocity[i, axis] * velocity[i, axis]
        if squared > MOST_STEP * MOST_STEP:
            velocity[i] *= MOST_STEP / _F(math.sqrt(squared))
        points[i] += velocity[i]
