"""What is to be trained, and how: options in, one frozen recipe out; the presets are recipes of earlier systems.

Training goes in phases (`phases`): a warm-up of what stands on the backbone, then its upper layers unfrozen step by
step, then the objective itself on all that is unfrozen.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker import options
from mapmaker.errors import OptionError, near

OBJECTIVES = ("triplet", "proxy-anchor", "sigmoid", "softmax")
"""The first two make an embedding, the others a classifier."""
EMBEDDING = OBJECTIVES[:2]
POOLINGS = ("average", "max", "average+max")
PRECISIONS = ("auto", "float32", "bfloat16")
SCRATCH = "cnn7"
"""The backbone that is no file and no published network: a small one that starts from nothing."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is made and trained; every part an option.

    The network. `backbone`: a Keras model (.keras), one of Keras' applications by its extractor's name, or "cnn7".
    `weights`: of an application, if they cannot be downloaded. `size`: "WIDTHxHEIGHT" of the pictures, "" as the
    backbone has it. `pooling`: over the places of the picture: average, max, or both beside each other.
    `taps`: layers of the backbone whose output is pooled, too, beside its own: lower ones see colours and strokes.
    `root`: take the square root of what is pooled, its sign kept (Perronnin, Sanchez, Mensink, ECCV 2010).
    `standardize`: give each of these numbers mean 0 and deviation 1. `embedding`: numbers of the linear layer on that;
    0, of a classifier, for none. `dropout`: share of numbers left out while training, before the linear layers.

    The objective. `objective`: triplet, proxy-anchor (both make an embedding), sigmoid (each genre on its own, from
    logits) or softmax (one genre a poster). `margin`: of triplets. `alpha`, `delta`: of Proxy Anchor; a lower alpha
    where labels are a matter of opinion. `proxy_rate`: how many times the learning rate proxies have.

    The phases. `warmup`: epochs in which the backbone is frozen, at `warmup_rate`. `unfreeze`: shares of the backbone's
    layers, from the top, one step each, ascending; the last holds to the end. `unfreeze_epochs`: epochs of each step.
    `epochs`: epochs of the objective after that. `warm_with`: objective of warm-up and steps, "" for the same; sigmoid
    puts a head for genres on the embedding, which is dropped afterwards.

    The steps. `batch`: posters in one. `rate`: the learning rate; it falls to nought along a cosine over each phase if
    `cosine`. `weight_decay`: of AdamW. `balance`: 0 draws posters as they are, 1 each class as often, between them a
    bit of both. `augment`: 0 none, to 1 strong: mirrored, cropped, brighter, paler; only what trains is, and, without
    `views`, only while some of the backbone is unfrozen. `views`: 0 augments each poster anew each epoch; N keeps what
    frozen layers say of N versions of it, one of them unchanged, and epochs draw from these. `smoothing`: of labels,
    for sigmoid and softmax.

    The end. `patience`: epochs without a better figure on val before training ends; 0 goes on to the last. `seed`: of
    weights, order, augmentation and dropout. `precision`: of the backbone while training; `auto` is what the machine is
    quickest with. `cache_limit`: MB for what frozen layers say of all posters; above, they are asked anew each epoch.
    """

    backbone: str = "resnet50"
    weights: Path | None = None
    size: str = ""
    pooling: str = "average"
    taps: tuple[str, ...] = ()
    root: bool = False
    standardize: bool = True
    embedding: int = 128
    dropout: float = 0.0
    objective: str = "sigmoid"
    margin: float = 0.1
    alpha: float = 32.0
    delta: float = 0.1
    proxy_rate: float = 100.0
    warmup: int = 2
    warmup_rate: float = 1e-3
    warm_with: str = ""
    unfreeze: tuple[str, ...] = ("1",)
    unfreeze_epochs: int = 0
    epochs: int = 10
    batch: int = 64
    rate: float = 1e-4
    cosine: bool = True
    weight_decay: float = 1e-4
    balance: float = 0.0
    augment: float = 0.5
    views: int = 0
    smoothing: float = 0.0
    patience: int = 0
    seed: int = 0
    precision: str = "auto"
    cache_limit: int = 4000

    def __post_init__(self) -> None:
        _check_names(self)
        _check_ranges(self)
        _ = self.shares, self.width_height
        if not self.warmup + self.epochs + self.unfreeze_epochs * len(self.shares):
            raise OptionError("epochs, warmup and unfreeze_epochs are 0: nothing is trained; give --epochs N")

    @property
    def embeds(self) -> bool:
        """Whether the outcome is an embedding; else it is a classifier."""
        return self.objective in EMBEDDING

    @property
    def shares(self) -> tuple[float, ...]:
        """`unfreeze` in numbers. OptionError unless they ascend within 0 to 1."""
        try:
            shares = tuple(float(text) for text in self.unfreeze)
        except ValueError as error:
            raise OptionError(f"unfreeze = {', '.join(self.unfreeze)!r}: write shares like 0.25,0.5,1") from error
        if list(shares) != sorted(shares) or not all(0 <= share <= 1 for share in shares):
            raise OptionError(f"unfreeze = {', '.join(self.unfreeze)!r}: shares of the layers ascend within 0 to 1")
        return shares

    @property
    def width_height(self) -> tuple[int, int] | None:
        """`size` in numbers, None as the backbone has it. OptionError if it is no size."""
        if not self.size:
            return None
        width, cross, height = self.size.lower().partition("x")
        if not (cross and width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= 16):
            raise OptionError(f"size = {self.size!r}: write WIDTHxHEIGHT in pixels, each at least 16, such as 91x134")
        if max(int(width), int(height)) > 4096:
            raise OptionError(f"size = {self.size!r} is above 4096 pixels")
        return int(width), int(height)


def _check_names(recipe: Recipe) -> None:
    for name, value, known in (
        ("objective", recipe.objective, OBJECTIVES),
        ("warm_with", recipe.warm_with or recipe.objective, OBJECTIVES),
        ("pooling", recipe.pooling, POOLINGS),
        ("precision", recipe.precision, PRECISIONS),
    ):
        if value not in known:
            raise OptionError(f"{name} = {value!r} is not known: {near(value, known)}")


def _check_ranges(recipe: Recipe) -> None:
    bounds: Mapping[str, tuple[float, float]] = {
        "embedding": (1 if recipe.embeds else 0, 65_536),
        "dropout": (0, 0.95),
        "margin": (0, 2),
        "alpha": (1e-3, 1e4),
        "delta": (-1, 1),
        "proxy_rate": (1e-3, 1e6),
        "warmup": (0, 10_000),
        "warmup_rate": (1e-9, 10),
        "unfreeze_epochs": (0, 10_000),
        "epochs": (0, 10_000),
        "batch": (2, 65_536),
        "rate": (1e-9, 10),
        "weight_decay": (0, 1),
        "balance": (0, 1),
        "augment": (0, 1),
        "views": (0, 1000),
        "smoothing": (0, 0.5),
        "patience": (0, 10_000),
        "seed": (0, 2**31 - 1),
        "cache_limit": (0, 10_000_000),
    }
    for name, (least, most) in bounds.items():
        value = getattr(recipe, name)
        if not least <= value <= most:  # also of nan
            raise OptionError(f"{name} = {value} is not between {least:g} and {most:g}")


PRESETS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "triplet": (
        {
            "objective": "triplet",
            "backbone": "nasnet_large",
            "embedding": 128,
            "warm_with": "sigmoid",
            "warmup": 3,
            "unfreeze": ("0.1", "0.3"),
            "unfreeze_epochs": 2,
            "epochs": 10,
            "batch": 32,
        },
        "an embedding by semi-hard triplets, after a warm-up on genres",
    ),
    "proxy-anchor": (
        {
            "objective": "proxy-anchor",
            "backbone": "resnet50",
            "pooling": "average+max",
            "embedding": 512,
            "warmup": 1,
            "warmup_rate": 1e-4,
            "epochs": 20,
        },
        "an embedding by Proxy Anchor loss, proxies at 100 x the learning rate",
    ),
    "genres": (
        {
            "objective": "sigmoid",
            "backbone": "resnet50",
            "embedding": 0,
            "dropout": 0.3,
            "warmup": 5,
            "warmup_rate": 3e-3,
            "epochs": 15,
        },
        "a classifier of several genres a poster, on a backbone that is tuned",
    ),
    "cnn7": (
        {
            "objective": "softmax",
            "backbone": SCRATCH,
            "standardize": False,
            "size": "91x134",
            "embedding": 0,
            "dropout": 0.5,
            "warmup": 0,
            "epochs": 30,
            "rate": 1e-3,
            "weight_decay": 0.0,
            "cosine": False,
            "augment": 0.0,
        },
        "a small classifier from nothing; softmax as published, sigmoid with --objective sigmoid",
    ),
}
"""Name -> (options other than the defaults, what it is)."""


def recipe(preset: str, values: Mapping[str, object]) -> Recipe:
    """Return the preset with `values` in place of its own. OptionError for a name or value that will not do."""
    if preset not in PRESETS:
        raise OptionError(f"preset {preset!r} is not known: {near(preset, PRESETS)}")
    return options.build(Recipe, {**PRESETS[preset][0], **values}, "train")


def described(made: Recipe) -> dict[str, Any]:
    """Return the options of a recipe as JSON has them."""
    plain = dataclasses.asdict(made)
    return {name: str(value) if isinstance(value, Path) else value for name, value in plain.items()}
