"""Networks through Keras: published ones, and any Keras model of the user's own.

Pictures reach a network as RGB, 0 to 255, stretched to its input size; its own preprocessing follows. A batch always
has the same size, for sums in another order would be other bits: the last is padded by the caller.
"""

import dataclasses
import functools
import zipfile
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker.errors import ModelError, OptionError, near
from mapmaker.methods.extractors import architectures, memory
from mapmaker.methods.extractors.architectures import Architecture, first_line
from mapmaker.methods.extractors.back_end import Look, Network, import_keras, is_on_gpu, uncollected
from mapmaker.methods.extractors.blending import mixed
from mapmaker.methods.extractors.precision import in_precision, making_layers_in
from mapmaker.model import Floats

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
POOLINGS = ("average", "flat")


@dataclass(frozen=True, kw_only=True)
class KerasExtractor:
    """What all networks have in common.

    `precision`: what numbers the network computes with; its weights and what comes out are float32. `auto` is what
    this machine is quickest with. `batch`: pictures at a time, 0 chooses. Both are settled once for a work folder
    (`settling`).
    """

    version: ClassVar[int] = 1
    precision: str = "auto"
    batch: int = 0

    def __post_init__(self) -> None:
        if self.batch < 0:
            raise OptionError(f"features.batch = {self.batch} is below 0; 0 chooses")
        if self.precision not in PRECISIONS:
            raise OptionError(
                f"features.precision = {self.precision!r} is not known: {near(self.precision, PRECISIONS)}"
            )

    @property
    @abstractmethod
    def file(self) -> Path | None:
        """The file that the network is read from."""

    @abstractmethod
    def load(self, precision: str) -> Any:
        """Return the Keras model, computing in `precision`; weights stay float32. ModelError if it cannot be had."""

    @abstractmethod
    def preprocess(self) -> Callable[[Any], Any]:
        """Return what is done to float32 pixels first."""

    @property
    def flat(self) -> bool:
        """Whether places in the picture stay apart in what comes out, instead of being averaged."""
        return False

    @abstractmethod
    def preparation(self) -> "Scaling":
        """See `Extractor`."""

    def network(self) -> Network:
        """Return the network, held in memory from one call to the next. ModelError if it cannot be had."""
        return _network(dataclasses.replace(self, batch=0), _stamp(self.file))

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return (n, d), d as the network has it."""
        return memory.in_room(self.network(), prepared, memory.room(self), self._no_room)

    def _no_room(self) -> ModelError:
        return memory.no_room(type(self).__name__, self.precision, is_on_gpu())


@dataclass(frozen=True, kw_only=True)
class Application(KerasExtractor):
    """A network of keras.applications: its last layer before the classifier, averaged over the picture.

    `weights`: a file in one of Keras' own layouts (.h5 or .weights.h5, with or without the classifier), else
    ImageNet's are downloaded.
    """

    architecture: ClassVar[Architecture]
    weights: Path | None = None

    @property
    def file(self) -> Path | None:
        """See `KerasExtractor`."""
        return self.weights

    def load(self, precision: str) -> Any:
        """See `KerasExtractor`."""
        with making_layers_in(precision):
            return self.architecture.model(self.weights)

    def preprocess(self) -> Callable[[Any], Any]:
        """See `KerasExtractor`."""
        return self.architecture.preprocess()

    def preparation(self) -> "Scaling":
        """Return the scaling to the network's size, which is known before the network is loaded."""
        architectures.check_file(self.weights)
        return Scaling((self.architecture.side, self.architecture.side))


@dataclass(frozen=True, kw_only=True)
class InceptionV3(Application):
    """2048 numbers. Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture", CVPR 2016."""

    version: ClassVar[int] = 2
    architecture: ClassVar[Architecture] = architectures.INCEPTION_V3


@dataclass(frozen=True, kw_only=True)
class ResNet50(Application):
    """2048 numbers. He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016."""

    version: ClassVar[int] = 1
    architecture: ClassVar[Architecture] = architectures.RESNET50


@dataclass(frozen=True, kw_only=True)
class NasNetLarge(Application):
    """4032 numbers. Zoph, Vasudevan, Shlens, Le, "Learning Transferable Architectures", CVPR 2018."""

    version: ClassVar[int] = 1
    architecture: ClassVar[Architecture] = architectures.NASNET_LARGE


@dataclass(frozen=True, kw_only=True)
class Vgg16(Application):
    """Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.

    `features`: "average" over the picture, 512 numbers, or "flat": the last block as it is, 7 x 7 x 512 = 25,088.
    """

    version: ClassVar[int] = 1
    architecture: ClassVar[Architecture] = architectures.VGG16
    features: str = "average"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.features not in POOLINGS:
            raise OptionError(f"features.features = {self.features!r} is not known: {near(self.features, POOLINGS)}")

    @property
    def flat(self) -> bool:
        """See `KerasExtractor`."""
        return self.features == "flat"


@dataclass(frozen=True, kw_only=True)
class Vgg19(Vgg16):
    """The same with 19 layers."""

    architecture: ClassVar[Architecture] = architectures.VGG19


@dataclass(frozen=True, kw_only=True)
class KerasModel(KerasExtractor):
    """Any Keras model (.keras) with one RGB picture as input; its preprocessing must be part of it.

    An output with a place for each position in the picture is averaged over them. The file is loaded in safe
    mode: code in it is refused. `size`: side of the square picture for a model that takes any.
    """

    version: ClassVar[int] = 2
    model: Path | None = None
    size: int = 224

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model is None:
            raise ValueError("model: give the file with --model FILE.keras")
        if not 1 <= self.size <= 4096:
            raise ValueError(f"size = {self.size} is not between 1 and 4096")

    @property
    def file(self) -> Path | None:
        """See `KerasExtractor`."""
        return self.model

    def load(self, precision: str) -> Any:
        """See `KerasExtractor`."""
        assert self.model is not None  # `__post_init__` sees to it
        return in_precision(_loaded_model(self.model), precision)

    def preprocess(self) -> Callable[[Any], Any]:
        """See `KerasExtractor`: nothing."""
        return _as_it_is

    def preparation(self) -> "Scaling":
        """Return the scaling to the model's input; ModelError here, early, if the model will not do."""
        height, width = self.network().sides
        return Scaling((width or self.size, height or self.size))


@dataclass(frozen=True, kw_only=True)
class Blend(KerasModel):
    """What two such models see, beside each other: `model`, that has learned something, and `frozen`, that has not.

    Each at unit length, so that how alike two posters are is `blend` what the first says, the rest what the second.
    """

    version: ClassVar[int] = 1
    frozen: Path | None = None
    blend: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frozen is None:
            raise ValueError("a blend is of two networks: give the second with --frozen FILE.keras")
        if not 0 < self.blend < 1:
            raise ValueError(f"blend = {self.blend} is not between 0 and 1; leave it out to use one network alone")

    def network(self) -> Network:
        """See `KerasExtractor`; another file in the place of either is another network."""
        return _network(dataclasses.replace(self, batch=0), (_stamp(self.model), _stamp(self.frozen)))

    def load(self, precision: str) -> Any:
        """See `KerasExtractor`."""
        assert self.frozen is not None  # `__post_init__` sees to it
        second = in_precision(_loaded_model(self.frozen), precision)
        return mixed(super().load(precision), second, self.blend, self.size)


@dataclass(frozen=True)
class Scaling:
    """A picture stretched to `size`, (height, width, 3) uint8."""

    size: tuple[int, int]

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        return np.asarray(image.resize(self.size, Image.Resampling.BICUBIC, reducing_gap=3.0))


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """Return what tells a file from another in its place: a network held in memory is that of one file."""
    if file is None or not file.is_file():
        return None
    status = file.stat()
    return status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=1)
def _network(extractor: KerasExtractor, stamp: object) -> Network:  # noqa: ARG001 - tells apart
    """Return what `extractor` looks with, on every device. `auto` that nobody settled is float32."""
    precision = "float32" if extractor.precision == "auto" else extractor.precision
    with uncollected():
        look = _look(extractor.preprocess(), extractor.flat)
        return Network(lambda: extractor.load(precision), look)


def _look(preprocess: Callable[[Any], Any], flat: bool) -> Look:
    """Return what is done to a batch: all but the model itself is float32, and compiled together with it."""
    ops = import_keras().ops

    def look(pictures: Any, model: Callable[[Any], Any]) -> Any:
        values = ops.cast(model(preprocess(ops.cast(pictures, "float32"))), "float32")
        if len(values.shape) == 4 and not flat:
            values = ops.mean(values, axis=(1, 2))
        return ops.reshape(values, (values.shape[0], -1))

    return look


def _as_it_is(pictures: Any) -> Any:
    return pictures


def _loaded_model(file: Path) -> Any:
    """Return the model in `file`; ModelError unless its one input is a picture of three channels."""
    if not file.is_file():
        raise ModelError(f"no model file {file}; give one with --model FILE.keras")
    if file.suffix != ".keras":
        raise ModelError(f"{file} is not a .keras file; save the model with model.save('NAME.keras')")
    try:
        model = import_keras().saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} cannot be loaded as a Keras model: {first_line(error)}") from error
    if not getattr(model, "inputs", None):
        raise ModelError(f"{file} holds no model with an input; build it, by calling it once, before saving")
    shapes = [tuple(tensor.shape) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 3:
        raise ModelError(
            f"{file} takes {shapes}, not one picture (None, height, width, 3); save a model with that input alone"
        )
    if len(model.outputs) != 1 or len(model.outputs[0].shape) not in (2, 4):
        found = [tuple(tensor.shape) for tensor in model.outputs]
        raise ModelError(
            f"{file} returns {found}, not one output (None, d) or (None, height, width, d); "
            "save a model that ends with the layer to be compared"
        )
    return model
