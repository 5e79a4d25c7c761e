"""Learned likeness: labelled posters in, a network that sees what they have in common out, and how far that holds.

    dataset, notes = read_dataset(images, metadata)

`dataset` says what there is to learn from, `reading` and `splits` where it comes from; `train` learns, `losses` say
from what. Whatever is reported holds of films that were in no way learned from.
"""

from mapmaker.learn.dataset import SPLITS, Dataset
from mapmaker.learn.reading import Labelling, read_dataset

__all__ = ["SPLITS", "Dataset", "Labelling", "read_dataset"]
