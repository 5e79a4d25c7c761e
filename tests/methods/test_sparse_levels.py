"""Half the resolution is the same problem: groups are even and near, prices keep their shape, homes lie on the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.methods.solvers.sparse.levels import Lattice, grouped, homes, refined, spatially

lattices = st.builds(
    lambda columns, rows: Lattice(columns, rows, columns, rows), st.integers(4, 40), st.integers(4, 40)
)


@given(lattice=lattices, share=st.floats(0.3, 1), seed=st.integers(0, 999))
def test_groups_are_even_and_fill_the_coarser_grid_as_the_targets_fill_this_one(
    lattice: Lattice, share: float, seed: int
) -> None:
    targets = np.random.default_rng(seed).normal(size=(max(8, int(share * lattice.cells)), 2))
    groups = grouped(targets, lattice)
    sizes = np.bincount(groups.group)
    assert len(sizes) == len(groups.means) <= lattice.coarser().cells
    assert sizes.min() >= 1
    assert sizes.max() - sizes.min() <= 2
    assert len(sizes) / lattice.coarser().cells == pytest.approx(len(targets) / lattice.cells, abs=0.1)
    for number in (0, len(sizes) - 1):
        assert groups.means[number] == pytest.approx(targets[groups.group == number].mean(axis=0))


def test_groups_hold_what_is_near() -> None:
    targets = np.random.default_rng(0).random((400, 2))
    groups = grouped(targets, Lattice(20, 20, 20, 20))
    spread = np.abs(targets - groups.means[groups.group])
    assert spread.mean() < 0.03
    assert spread.max() < 0.2


@given(lattice=lattices, slope=st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9)))
def test_refined_prices_of_a_plane_are_that_plane(lattice: Lattice, slope: tuple[float, float, float]) -> None:
    def plane(of: Lattice) -> list[float]:
        across, down = of.axes
        return list((slope[0] + slope[1] * across[None, :] + slope[2] * down[:, None]).ravel())

    assert refined(np.array(plane(lattice.coarser())), lattice) == pytest.approx(np.array(plane(lattice)), abs=1e-6)


@given(lattice=lattices, seed=st.integers(0, 999))
def test_homes_lie_on_the_grid_near_the_cell_of_the_group(lattice: Lattice, seed: int) -> None:
    rng = np.random.default_rng(seed)
    targets = rng.normal(size=(lattice.cells, 2)) * 10
    groups = grouped(targets, lattice)
    coarser = lattice.coarser()
    mates = rng.permutation(coarser.cells)[: len(groups.means)].astype(np.int32)
    home = homes(targets, groups, mates, lattice)
    assert home.min() >= 0
    assert home.max() < lattice.cells
    middle = coarser.axes[0][mates % coarser.columns][groups.group]
    assert np.abs(lattice.axes[0][home % lattice.columns] - middle).max() <= 1.1


def test_a_lattice_has_its_middles_where_the_finest_grid_has_them() -> None:
    half = Lattice(6, 4, 6, 4).coarser()
    assert (half.columns, half.rows, half.area) == (3, 2, 4)
    assert half.axes[0].tolist() == [0.5, 2.5, 4.5]
    assert half.axes[1].tolist() == [0.5, 2.5]


def test_spatially_orders_all_so_that_neighbours_in_it_are_near() -> None:
    targets = np.random.default_rng(0).random((4_000, 2))
    order = spatially(targets)
    assert sorted(order) == list(range(4_000))
    step = np.hypot(*np.diff(targets[order], axis=0).T)
    assert step.mean() < 0.05
    assert spatially(targets[:1]).tolist() == [0]
