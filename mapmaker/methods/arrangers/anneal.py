"""`anneal`: posters swap cells, at first almost freely, in the end only for the better (simulated annealing).

Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing", Science 220, 1983. A map's worth has two parts:

- every pair of posters near in feature space pulls: its affinity, times a Gaussian of how far apart their cells are;
- every poster minds the four that touch it: their cosines to it, the best of them counting most.

A swap that loses far too much by the first part is turned down before the second is looked at (`kernels.HOPELESS`).

t-SNE spreads points evenly over the plane before there is a grid; this works on the cells themselves. A move proposes
a cell beside the poster's own, or beside one of its nearest neighbours', so that a poster that t-SNE left far from its
like gets there in one leap. The work grows with the posters, not with their square.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints, Neighbors

if TYPE_CHECKING:
    from mapmaker.methods.arrangers.kernels import Board

DECAY = 20.0
"""Ranks over which an affinity falls to 1 / e: ten nearest neighbours count about alike, the nearest a little more."""
LEAP = 200
"""Of 256 moves, those to beside a mate; the others are to a cell beside the poster's own."""
COLDEST = 0.06
"""The last temperature, of the first. Warmer ends in disorder, colder tries in vain."""
SHARES = (0.625, 0.25, 0.125, 0.0)
"""What the best, second, ... of the four posters that touch one count for. People see the one that fits, and so does
DPQ; equal shares raise it by half as much."""
FIRST_TOUCH = 1 / 30
"""What `touch` begins with, of its value: pairs made early would hold up the gathering of neighbourhoods."""
TRIES = 4
"""Moves of a poster in one sweep. More keep its memory at hand; fewer let it cool more evenly."""
SEEDS = 2**32
"""As many as NumPy's generator takes."""


@dataclass(frozen=True)
class Anneal:
    """Simulated annealing; see the module. Same input and seed: same cells.

    `moves`: how many are tried for each poster, from 0. Half of them take half the time for most of the gain.
    `touch`: what the posters right beside one another count for, against neighbourhoods of a few cells: more puts
    better pairs side by side, less gathers more of what is near in feature space around each poster.
    `reach`: how far a neighbourhood reaches, in cells (sigma of the Gaussian).
    `neighbors`: how many nearest neighbours each poster looks for.
    `heat`: the first temperature, where a poster's mates are worth 2 at most. Hotter mixes up more of what t-SNE did.
    """

    version: ClassVar[int] = 2
    moves: int = 1500
    touch: float = 1.0
    reach: float = 2.5
    neighbors: int = 12
    heat: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("moves", 0), ("touch", 0), ("neighbors", 1)):
            if not least <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name)} is not a number from {least}")
        for name, most in (("reach", 10), ("heat", 2)):
            if not 0 < getattr(self, name) <= most:
                raise ValueError(f"{name} = {getattr(self, name)} is not above 0 and at most {most}")
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"seed = {self.seed} is not between 0 and {SEEDS - 1}")

    @property
    def neighbors_read(self) -> int:
        """As many as it looks for."""
        return self.neighbors

    def __call__(self, vectors: Floats, neighbors: Neighbors, cells: Ints, columns: int, rows: int) -> Ints:
        """See `Arranger`. Never returns an arrangement that is worth less than `cells`."""
        from mapmaker.methods.arrangers.kernels import sweep, worth

        if len(cells) == 0 or columns * rows == 1:  # there is nowhere to go
            return cells.copy()
        order = np.lexsort((cells[:, 0], cells[:, 1]))  # posters of one place side by side in memory too
        mates = affinities(_reordered(neighbors.index[:, : self.neighbors], order))
        now = board(vectors[order], cells[order], columns, rows, mates, pull(self.reach), self.touch, SHARES)
        before = worth(now)
        random = np.random.default_rng(self.seed)
        size = (len(cells), TRIES)
        sweeps = math.ceil(self.moves / TRIES)
        heats = self.heat * np.geomspace(1, COLDEST, sweeps)
        touches = self.touch * np.geomspace(FIRST_TOUCH, 1, sweeps)
        for heat, touch in zip(heats, touches, strict=True):
            draws = random.integers(0, 2**48, size)
            sweep(now._replace(touch=float(touch)), draws, -heat * random.standard_exponential(size), LEAP)
        if worth(now) <= before:
            return cells.copy()
        arranged = np.empty_like(cells, np.int32)
        arranged[order] = now.place
        return arranged


def board(
    vectors: Floats,
    cells: Ints,
    columns: int,
    rows: int,
    mates: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]],
    pull: NDArray[np.float32],
    touch: float,
    shares: tuple[float, float, float, float],
) -> "Board":
    """Return what the kernels work on; `mates` is what `affinities` returns."""
    from mapmaker.methods.arrangers.kernels import Board, renew_all

    occupant = np.full((rows, columns), -1, np.int32)
    occupant[cells[:, 1], cells[:, 0]] = np.arange(len(cells))
    now = Board(
        occupant,
        np.array(cells, np.int32),
        np.zeros((rows, columns, 4), np.float32),
        np.ascontiguousarray(vectors, np.float32),
        *mates,
        pull,
        float(touch),
        shares,
    )
    renew_all(now)
    return now


def affinities(
    index: Ints, weight: NDArray[np.float64] | float = 1.0
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return (start, mate, affinity) of a graph (n, k) made symmetric, each poster's greatest first.

    A poster shares out its `weight` among its neighbours, less with every rank, and gets what they share out to it.
    """
    from scipy.sparse import csr_matrix

    n, k = index.shape
    shares = np.exp(-np.arange(k) / DECAY)
    poster = np.broadcast_to(np.arange(n)[:, None], index.shape)
    real = (index >= 0) & (index != poster)
    weights = np.multiply.outer(np.broadcast_to(weight, n), shares / max(shares.sum(), 1.0))
    towards = csr_matrix((weights[real].astype(np.float32), (poster[real], index[real])), shape=(n, n))
    both = (towards + towards.T).tocsr()
    order = np.lexsort((both.indices, -both.data, np.repeat(np.arange(n), np.diff(both.indptr))))
    return both.indptr.astype(np.int32), both.indices[order].astype(np.int32), both.data[order].astype(np.float32)


def pull(reach: float) -> NDArray[np.float32]:
    """Return the Gaussian by step between two cells, as far as it is worth anything."""
    width = math.ceil(3 * reach)
    step = np.arange(-width, width + 1)
    squared = step[:, None] ** 2 + step**2
    return np.exp(-squared / (2 * reach**2)).astype(np.float32)


def _reordered(index: Ints, order: NDArray[np.int64]) -> Ints:
    """Return the graph of the rows in `order`, its posters renumbered the same way."""
    position = np.full(len(order) + 1, -1, np.int32)  # one more, so that -1 stays -1
    position[order] = np.arange(len(order), dtype=np.int32)
    return np.asarray(position[index[order]])
