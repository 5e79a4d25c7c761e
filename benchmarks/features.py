"""Features: how near to what the network and the decoders alone would allow; cold start; memory and updates at size.

    python benchmarks/features.py speed POSTERS       end to end against its floor, and against one picture at a time
    python benchmarks/features.py start POSTERS       from a cold start to the first batch
    python benchmarks/features.py many POSTERS --model FILE.keras --first 90000 --more 100
    python benchmarks/features.py known POSTERS --model FILE.keras --first 170000 --numbers 2048 --more 100

Each prints one row of a table. POSTERS is a folder of JPEG files, searched with its subfolders. `speed` and `start`
take InceptionV3 with random weights, written to a file first: what it sees means nothing, what it costs is the same.
`known` makes up what is known of the first posters, `--numbers` of each, and looks at the others: `many`, no waiting.
"""

import argparse
import dataclasses
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from growing import link
from watching import Watched, watched

from mapmaker.methods.embedding import PictureFile, Prepare
from mapmaker.methods.engines import cores
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.options import make_method
from mapmaker.progress import Silence
from mapmaker.workspace import file_digest

RAW_BATCHES = 6
"""Times that one batch goes through the network to tell its rate."""
DECODED = 200
"""Pictures decoded to tell what one takes."""
ALONE = 24
"""Pictures looked at one at a time."""
UP_TO = "triage"
"""The stage that `many` goes up to."""


@dataclass(frozen=True)
class Timed:
    """What something took for each picture: seconds, and the processor's seconds of this process and its children."""

    seconds: float
    worked: float


def timed(function: Callable[[], object], pictures: int) -> Timed:
    """Call `function`, which looks at so many pictures."""
    started, before = time.monotonic(), _worked()
    function()
    return Timed((time.monotonic() - started) / pictures, (_worked() - before) / pictures)


def _worked() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def random_weights(file: Path) -> Path:
    """Write weights of InceptionV3 that nobody has trained."""
    import keras

    keras.utils.set_random_seed(0)
    keras.applications.InceptionV3(include_top=False, pooling="avg", weights=None).save_weights(file)
    return file


def make_extractor(weights: Path, options: argparse.Namespace) -> Extractor:
    """Return InceptionV3 with these weights; its precision as asked for, where it has that option."""
    chosen: dict[str, Any] = {"weights": weights, "batch": options.batch}
    known = {field.name for field in dataclasses.fields(EXTRACTORS["inception_v3"]())}
    if "precision" in known:
        chosen["precision"] = options.precision
    elif options.precision != "float32":
        sys.exit(f"--precision {options.precision}: the network knows only float32")
    made: Extractor = make_method(EXTRACTORS, "inception_v3", chosen, "features.extractor")
    return made


def pictures_of(folder: Path, count: int | None = None) -> list[PictureFile]:
    """Return the JPEG files below `folder`, in order; what their bytes are is told, as after a scan."""
    files = sorted(folder.rglob("*.jpg"))[:count]
    return [PictureFile(file, file_digest(file)) for file in files]


def speed(options: argparse.Namespace, folder: Path) -> None:
    """Print end to end against the floor, each measured `--runs` times in turn, and against one at a time."""
    extractor = make_extractor(random_weights(folder / "random.weights.h5"), options)
    pictures = pictures_of(options.posters, options.count)
    prepare = Prepare(extractor.preparation())
    batch = np.stack([prepare(picture) for picture in pictures[: options.batch]])
    extractor(batch)  # what the first call alone takes
    engine, hands = Local(options.workers), options.workers or cores()
    shares, worked, whole, raws, decodes = [], [], [], [], []
    for _ in range(options.runs):
        raws.append(timed(lambda: [extractor(batch) for _ in range(RAW_BATCHES)], RAW_BATCHES * len(batch)))
        some = pictures[:DECODED]
        decodes.append(timed(lambda some=some: [prepare(one) for one in some], len(some)))  # type: ignore[misc]
        whole.append(timed(lambda: list(engine.embed(pictures, extractor, Silence())), len(pictures)))
        shares.append((raws[-1].seconds + decodes[-1].seconds / hands) / whole[-1].seconds)
        worked.append((raws[-1].worked + decodes[-1].worked) / whole[-1].worked)
        print(f"{raws[-1]} {decodes[-1]} {whole[-1]} {shares[-1]:.3f} {worked[-1]:.3f}", file=sys.stderr, flush=True)
    alone = timed(lambda: one_by_one(folder / "random.weights.h5", prepare, pictures[: ALONE + 1]), ALONE)
    rate, raw, decode = (1 / statistics.median(one.seconds for one in some) for some in (whole, raws, decodes))
    print("| precision | raw network | decoding, a core | end to end | of the floor | in processor time | one by one |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {options.precision} | {raw:.1f}/s | {decode:.0f}/s | {rate:.1f}/s | {statistics.median(shares):.2f} | "
        f"{statistics.median(worked):.2f} | {1 / alone.seconds:.1f}/s, {rate * alone.seconds:.1f} times |"
    )
    gpu(rate, raw, decode * hands)


def one_by_one(weights: Path, prepare: Prepare, pictures: Sequence[PictureFile]) -> None:
    """Look at pictures as the usual tool does, and throw the result away."""
    import keras

    model = keras.applications.InceptionV3(include_top=False, pooling="avg", weights=str(weights))
    for picture in pictures:
        pixels = prepare(picture)[None].astype(np.float32)
        model.predict(keras.applications.inception_v3.preprocess_input(pixels), verbose=0)


def gpu(rate: float, raw: float, decoding: float) -> None:
    """Print the share of what network and decoders allow on a GPU, or that there is none."""
    if not has_gpu():
        print("\nno CUDA GPU that Keras' back end can use: nothing measured on one")
        return
    print(f"\non a GPU: {rate / min(raw, decoding):.2f} of min({raw:.0f}/s raw, {decoding:.0f}/s decoded by all cores)")


def has_gpu() -> bool:
    """Return whether the back end in use sees a GPU."""
    import keras

    name = keras.backend.backend()
    back_end: Any = importlib.import_module(name)
    if name == "tensorflow":
        return bool(back_end.config.list_physical_devices("GPU"))
    return bool(back_end.default_backend() == "gpu" if name == "jax" else back_end.cuda.is_available())


def start(options: argparse.Namespace, folder: Path) -> None:
    """Print the median time from a cold start of Python to the first batch of features."""
    weights = random_weights(folder / "random.weights.h5")
    passed = ["--batch", options.batch, "--precision", options.precision, "--workers", options.workers]
    words = [sys.executable, __file__, "first", options.posters, "--weights", weights, *passed]
    took = []
    for _ in range(options.runs):
        started = time.time()
        took.append(float(watched(words).out) - started)
    print("| cold start to the first batch |\n|---|")
    print(f"| {statistics.median(took):.1f} s |")


def first(options: argparse.Namespace, _: Path) -> None:
    """Look at one batch of what would be four, and print what time it is."""
    extractor = make_extractor(options.weights, options)
    pictures = [PictureFile(file) for file in sorted(options.posters.rglob("*.jpg"))[: 4 * options.batch]]
    for _values in Local(options.workers).embed(pictures, extractor, Silence()):
        print(time.time())
        break


def many(options: argparse.Namespace, folder: Path) -> None:
    """Print the peak of memory over many posters, and what some more take."""
    files = sorted(options.posters.rglob("*.jpg"))[: options.first + options.more]
    if len(files) < options.first + options.more:
        sys.exit(f"{options.posters} holds {len(files):,} JPEG files, not {options.first + options.more:,}")
    rows = []
    for some in (files[: options.first], files[options.first :]):
        for file in some:
            place = folder / "posters" / file.relative_to(options.posters)
            place.parent.mkdir(parents=True, exist_ok=True)
            link(file, place)
        rows.append(_stages(options, folder))
        print(f"{rows[-1][1]} {rows[-1][0].peak / 1e9:.2f} GB", file=sys.stderr, flush=True)
    (built, before), (more, after) = rows
    print("| posters | scan | features | a second | neighbors | triage | peak | more | features then |")
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {options.first:,} | {before['scan']:.0f} s | {before['features']:.0f} s | "
        f"{options.first / before['features']:.0f} | {before['neighbors']:.0f} s | {before[UP_TO]:.0f} s | "
        f"{max(built.peak, more.peak) / 1e9:.2f} GB | {options.more:,} | "
        f"{after['features']:.1f} s |"
    )


def _stages(options: argparse.Namespace, folder: Path) -> tuple[Watched, dict[str, float]]:
    words = [sys.executable, __file__, "stages", folder / "posters", "--work", folder / "work"]
    done = watched([*words, "--model", options.model, "--workers", options.workers])
    return done, json.loads(done.out)


def stages(options: argparse.Namespace, _: Path) -> None:
    """Run the stages up to the triage; print the seconds of each as JSON."""
    from mapmaker.pipeline import hands, take_order
    from mapmaker.running import Runner
    from mapmaker.stages.recall import take_back
    from mapmaker.workspace import Workspace

    chosen = {"extractor": "model", "model": options.model}
    out = options.work.with_name("map")
    order = take_order(options.posters, out, None, options.work, hands("local", options.workers), chosen)
    with Workspace(order.work) as held:
        runner = Runner(order.job(held, Silence()))
        take_back(held)
        for stage in order.stages:
            runner.run(stage)
            if stage.name == UP_TO:
                break
    print(json.dumps({name: record.seconds for name, record in runner.records.items()}))


def known(options: argparse.Namespace, folder: Path) -> None:
    """Print what features, reduction and neighbours take where most is known already, which is made up."""
    words = [sys.executable, __file__, "made_up", options.posters, "--work", folder / "work", "--model", options.model]
    sizes = ["--first", options.first, "--more", options.more, "--numbers", options.numbers]
    done = watched([*words, *sizes, "--workers", options.workers])
    took = json.loads(done.out)
    print("| known | more | features | PCA and neighbors | peak |\n|---|---|---|---|---|")
    print(
        f"| {options.first:,} x {took['numbers']:,} | {options.more:,} | {took['features']:.1f} s | "
        f"{took['neighbors']:.1f} s | {done.peak / 1e9:.2f} GB |"
    )


def made_up(options: argparse.Namespace, _: Path) -> None:
    """Fill a cache with noise, then run features and neighbours; print the seconds of each as JSON."""
    from mapmaker import artifacts
    from mapmaker.hosts import Beside
    from mapmaker.model import Images, Standing
    from mapmaker.stages import Job
    from mapmaker.stages.features import FeaturesStage
    from mapmaker.stages.neighbors import NeighborsStage
    from mapmaker.workspace import Record, Workspace

    stage = FeaturesStage(make_method(EXTRACTORS, "model", {"model": options.model}, "features.extractor"))
    real = pictures_of(options.posters, options.more)
    names = [f"made-up-{i}" for i in range(options.first)]
    paths = [*names, *(picture.file.relative_to(options.posters).as_posix() for picture in real)]
    size = np.ones(len(paths), np.int32)
    digests = [*names, *(picture.sha256 for picture in real)]
    took: dict[str, float] = {"numbers": options.numbers}
    with Workspace(options.work) as held:
        job = Job(held, options.posters, options.work, None, Local(options.workers), Silence(), Beside())
        images = Images([f"{i:x}" for i in range(len(paths))], paths, digests, size, size, size == 1)
        artifacts.write_images(held, images)
        artifacts.write_standing(held, Standing.nothing(), artifacts.RECALLED)
        held.commit("made-up", [artifacts.IMAGES, artifacts.RECALLED], Record("", {}, {}))
        cache, rng = stage._cache(job), np.random.default_rng(0)
        axes = rng.normal(size=(50, options.numbers)).astype(np.float32)
        for start_at in range(0, len(names), 8_192):
            some = names[start_at : start_at + 8_192]
            cache.append(some, rng.normal(size=(len(some), 50)).astype(np.float32) @ axes)
        for one in (stage, NeighborsStage()):
            started = time.monotonic()
            figures = one.run(job)
            held.commit(one.name, one.writes, Record("", {}, figures))
            took[one.name] = time.monotonic() - started
    print(json.dumps(took))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    for function in (speed, start, first, many, stages, known, made_up):
        command = commands.add_parser(function.__name__, help=(function.__doc__ or "").splitlines()[0])
        command.set_defaults(run=function)
        command.add_argument("posters", type=Path)
        command.add_argument("--workers", type=int, default=0)
        command.add_argument("--runs", type=int, default=3)
        command.add_argument("--batch", type=int, default=32)
        command.add_argument("--precision", default="float32")
        command.add_argument("--count", type=int, default=512, help="posters to look at end to end")
        command.add_argument("--first", type=int, default=90_000)
        command.add_argument("--more", type=int, default=100)
        command.add_argument("--numbers", type=int, default=1_000, help="of a poster, made up")
        for file in ("--model", "--weights", "--work"):
            command.add_argument(file, type=Path)
    return parser


def main() -> None:
    """Run the benchmark that is named."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.work.parent if options.work else None) as folder:
        options.run(options, Path(folder))


if __name__ == "__main__":
    main()
