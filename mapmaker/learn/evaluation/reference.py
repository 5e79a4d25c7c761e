"""What `classify` and `plot` go on from: a file that an evaluation leaves, and what is in it.

It holds the classifier of what was measured first, all posters as it sees them, and which network that is; not the
network, and no picture.
"""

import dataclasses
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ArtifactError, ModelError, OutputError
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.evaluation.calibration import Platt
from mapmaker.learn.evaluation.findings import Classifier
from mapmaker.learn.evaluation.probe import Linear, logits
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.methods.extractors.settling import unsettled
from mapmaker.model import Floats
from mapmaker.options import make_method, method_name

FILE = "classifier.npz"
FORMAT = 1
_TEXTS = ("names", "films", "contents", "splits", "classes")


@dataclass(frozen=True, eq=False)
class Reference:
    """What a picture is held against: `vectors` (n, d) are the posters of `dataset`, at unit length.

    `own`: which of the network's numbers are the genres, None where the classifier's probe tells them. `images`: the
    folder that the names of the dataset are below.
    """

    images: Path
    extractor: Extractor
    classifier: Classifier
    own: NDArray[np.int64] | None
    vectors: Floats
    dataset: Dataset

    def probabilities(self, values: Floats) -> NDArray[np.float64]:
        """Return (n, classes), calibrated, of (n, d) numbers as the extractor sees them."""
        return self.classifier.probabilities(values if self.own is None else logits(values[:, self.own]))


def write_reference(folder: Path, reference: Reference) -> Path:
    """Write it into `folder`; return the file. OutputError if that cannot be."""
    file, one, posters = folder / FILE, reference.classifier, reference.dataset
    linear = {} if one.linear is None else {f"linear_{key}": value for key, value in vars(one.linear).items()}
    told = {
        "format": FORMAT,
        "images": str(reference.images),
        "extractor": _described(reference.extractor),
        "seen_by": workspace.fingerprint({"extractor": unsettled(reference.extractor)}),
        "subject": one.subject,
        "strength": one.strength,
    }
    arrays: dict[str, NDArray[Any]] = {
        "told": np.array(json.dumps(told)),
        **linear,
        "slope": one.platt.slope,
        "bias": one.platt.bias,
        "thresholds": one.thresholds,
        "own": np.zeros(0, np.int64) if reference.own is None else reference.own,
        "vectors": reference.vectors,
        **{name: np.array(list(getattr(posters, name))) for name in _TEXTS},
        "labels": posters.labels,
        "first": posters.first,
    }
    try:
        with workspace.replacing(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror or error}; give another folder with --out") from error
    return file


def read_reference(folder: Path, network: Path | None = None) -> Reference:
    """Return what an evaluation left in `folder`. ArtifactError if it left nothing, ModelError if its network changed.

    `network`: the file of the network or its weights, if it was moved. It is not loaded.
    """
    file = folder / FILE
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
            told = json.loads(str(arrays["told"]))
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']}, not {FORMAT}")
            return _reference(arrays, told, network)
    except FileNotFoundError as error:
        raise ArtifactError(f"no {file}; make one with: mapmaker evaluate --out {folder}") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{file} is not what an evaluation leaves ({error}); run: mapmaker evaluate") from error


def _reference(arrays: dict[str, NDArray[Any]], told: dict[str, Any], network: Path | None) -> Reference:
    linear = None
    if "linear_weights" in arrays:
        linear = Linear(*(arrays[f"linear_{field.name}"] for field in dataclasses.fields(Linear)))
    texts = {name: arrays[name].tolist() for name in _TEXTS}
    images = Path(told["images"])
    return Reference(
        images=images,
        extractor=_made(told, network),
        classifier=Classifier(
            told["subject"], linear, Platt(arrays["slope"], arrays["bias"]), arrays["thresholds"], told["strength"]
        ),
        own=arrays["own"] if len(arrays["own"]) else None,
        vectors=arrays["vectors"],
        dataset=Dataset(
            files=[images / name for name in texts["names"]], labels=arrays["labels"], first=arrays["first"], **texts
        ),
    )


def _described(extractor: Extractor) -> dict[str, Any]:
    """Return an extractor's name, and its options as JSON has them; files by where they are."""
    fields = {field.name: getattr(extractor, field.name) for field in dataclasses.fields(extractor)}  # type: ignore[arg-type]  # a dataclass
    files = [name for name, value in fields.items() if isinstance(value, Path)]
    options = {name: str(value.absolute()) if name in files else value for name, value in fields.items()}
    kind = type(extractor)
    return {"name": method_name(EXTRACTORS, kind.__module__, kind.__qualname__), "options": options, "files": files}


def _made(told: dict[str, Any], network: Path | None) -> Extractor:
    told_of = told["extractor"]
    options = dict(told_of["options"])
    for name in told_of["files"]:
        options[name] = network or Path(options[name])
        if not options[name].is_file():
            raise ModelError(f"no file {options[name]}, which this evaluation is of; give it with --network FILE")
    made: Extractor = make_method(EXTRACTORS, told_of["name"], options, "network")
    if workspace.fingerprint({"extractor": unsettled(made)}) != told["seen_by"]:
        raise ModelError("the network is another one by now than that of the evaluation; run: mapmaker evaluate")
    return made
