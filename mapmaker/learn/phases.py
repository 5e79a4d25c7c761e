"""A recipe -> the phases of its training, in order."""

from dataclasses import dataclass

from mapmaker.learn.recipe import Recipe


@dataclass(frozen=True)
class Phase:
    """`epochs` epochs of one objective, with the upper `share` of the backbone's layers unfrozen, at one `rate`."""

    name: str
    objective: str
    epochs: int
    share: float
    rate: float
    is_warm_up: bool = False


def phases_of(recipe: Recipe) -> list[Phase]:
    """Return the phases that have epochs: warm-up, a step for each share, the objective."""
    warm = recipe.warm_with or recipe.objective
    steps = [Phase(f"unfreeze {share:g}", warm, recipe.unfreeze_epochs, share, recipe.rate) for share in recipe.shares]
    last = recipe.shares[-1] if recipe.shares else 0.0
    found = [
        Phase("warm-up", warm, recipe.warmup, 0.0, recipe.warmup_rate, is_warm_up=True),
        *steps,
        Phase(recipe.objective, recipe.objective, recipe.epochs, last, recipe.rate),
    ]
    return [phase for phase in found if phase.epochs]
