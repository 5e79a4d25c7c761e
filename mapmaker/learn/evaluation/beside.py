"""What was learned -> what looks at posters: that, and the frozen features that it is measured beside."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mapmaker import options
from mapmaker.learn.backbones import load_backbone
from mapmaker.learn.evaluation.origin import Origin
from mapmaker.learn.network import make_network
from mapmaker.learn.recipe import SCRATCH, Recipe
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.options import make_method
from mapmaker.workspace import fingerprint, replacing

LEARNED, FROZEN, CENTRED, TAPPED = "learned", "frozen", "frozen, centred", "frozen, as its head sees it"
NO_FEATURES = (
    "no frozen features beside what was learned: it began with none, or no card beside its file names them; "
    "give some with --frozen NAME"
)


def extractors(origin: Origin, frozen: str, weights: Path | None, cache: Path) -> dict[str, Extractor]:
    """Return what looks at the posters by name, what was learned first; `frozen` "" for what its card names.

    What a head is given of a frozen network, where that is more than the network itself says, is a network of its own,
    kept in the folder `cache`.
    """
    found: dict[str, Extractor] = {}
    if origin.model is not None:
        found[LEARNED] = make_method(EXTRACTORS, "model", {"model": origin.model}, "model")
    learned = {} if origin.card is None else origin.card["options"]
    backbone = learned.get("backbone", SCRATCH)
    if not frozen and backbone != SCRATCH:
        frozen = backbone
        weights = weights or (Path(learned["weights"]) if learned.get("weights") else None)
    if frozen:
        found[FROZEN] = _frozen(frozen, weights)
    if backbone != SCRATCH and (learned.get("taps") or learned.get("root") or learned.get("pooling") == "average+max"):
        found[TAPPED] = make_method(EXTRACTORS, "model", {"model": _tapped(learned, cache)}, "frozen")
    return found


def _frozen(name: str, weights: Path | None) -> Extractor:
    chosen: dict[str, Any] = {"weights": weights} if weights is not None else {}
    if name.endswith(".keras"):
        name, chosen = "model", {"model": Path(name)}
    made: Extractor = make_method(EXTRACTORS, name, chosen, "frozen")
    return made


def _tapped(learned: Mapping[str, Any], cache: Path) -> Path:
    """Return the file of the frozen backbone with its taps, pooling and root, as the head was given it."""
    recipe = options.build(Recipe, {name: value for name, value in learned.items() if value is not None}, "card")
    of = {name: learned[name] for name in ("taps", "root", "pooling", "size", "weights", "backbone") if name in learned}
    stamp = Path(recipe.backbone) if recipe.backbone.endswith(".keras") else recipe.backbone
    file = cache / f"tapped-{fingerprint({'of': of, 'backbone': stamp})[:16]}.keras"
    if not file.is_file():
        keras = import_keras()
        backbone = load_backbone(recipe)
        network = make_network(backbone, recipe, 2, "float32")
        pixels = keras.Input((backbone.size[1], backbone.size[0], 3))
        seen = network.backbone(pixels if backbone.prepare is None else backbone.prepare(pixels))
        cache.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            named = temporary.with_name(f"{temporary.name}.keras")  # Keras insists on the ending
            keras.Model(pixels, seen).save(named)
            named.replace(temporary)
    return file
