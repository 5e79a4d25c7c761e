"""A network that has learned nothing yet, and posters -> the figures on val that whatever is learned must exceed."""

from collections.abc import Mapping

import numpy as np

from mapmaker.learn.dataset import Dataset
from mapmaker.learn.lesson import predicted
from mapmaker.learn.network import Network
from mapmaker.learn.pixels import Pictures
from mapmaker.learn.recipe import SCRATCH
from mapmaker.learn.validation import Figures, classifier_figures, embedding_figures
from mapmaker.model import Floats

MOST_FREQUENT, FROZEN, CHANCE = "most frequent answer", "frozen features", "chance"
NUMBERS = 128
"""Of a random embedding; a few more or less say the same of nobody."""


def baselines(network: Network, dataset: Dataset, pictures: Pictures) -> Mapping[str, Figures]:
    """Return figures on val, by name: for a classifier those of the most frequent answer, for an embedding others.

    That is, random numbers, and, unless the network begins with nothing, the features that its head is to see.
    """
    recipe, val = network.recipe, dataset.rows("val")
    labels = dataset.labels[val]
    if not recipe.embeds:
        shares = dataset.part("train").labels.mean(axis=0)
        return {MOST_FREQUENT: classifier_figures(np.tile(shares, (len(val), 1)), labels)}
    random = np.random.default_rng(recipe.seed).normal(size=(len(val), NUMBERS)).astype(np.float32)
    found = {CHANCE: embedding_figures(_unit(random), labels)}
    if recipe.backbone != SCRATCH:
        seen = predicted(network.trunk(), pictures.__getitem__, val, recipe.batch)
        found = {FROZEN: embedding_figures(_unit(seen), labels), **found}
    return found


def _unit(values: Floats) -> Floats:
    """Return rows of unit length; a row of zeros stays one."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: Floats = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    return unit
