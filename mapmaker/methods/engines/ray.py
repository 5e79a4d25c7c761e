"""Ray: the machines of a cluster look at pictures, a batch at a time; all else is done on this machine, as by `Local`.

Pictures in, what was seen in them out, in order. An actor a machine, or a GPU, holds the network. Which pictures share
a batch is settled here, so the numbers are those of this machine alone. Where an actor is lost, what was under way is
done again by the others.
"""

import contextlib
import dataclasses
import functools
import importlib.util
import itertools
import logging
import os
import pickle
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mapmaker.errors import EngineError, MapmakerError, MissingExtra, OptionError
from mapmaker.methods.embedding import PictureFile, batches
from mapmaker.methods.engines import CHUNK, cores
from mapmaker.methods.engines.local import Local
from mapmaker.methods.engines.outpost import Orders, Outpost, read_contents
from mapmaker.methods.extractors import Extractor, machine, memory
from mapmaker.methods.extractors.networks import KerasExtractor
from mapmaker.model import Floats
from mapmaker.progress import Progress

A = TypeVar("A")
B = TypeVar("B")
Batch = list[PictureFile]

AHEAD = 2
"""Tasks handed to an actor at once, so that it need not wait for the next."""
SHARES = 8
"""Tasks for each actor, at least, where there are batches enough: so that all end at about the same time."""
LONGEST = 4
"""Batches of a task: enough to hide what a task costs; few, for all of them are lost with a build that is killed. They
are eight seconds of InceptionV3 in float32 on two cores, beside the 25 that a build may take to write what arrived."""
READERS = 4
"""Tasks that read files to be sent."""
TRIES = 4
"""Losses without a single batch in between, after which it is not the machines that are at fault."""
PAUSE = 3.0
"""Seconds before the next try: Ray takes some to find out that a machine is gone."""
PATIENCE = 5.0
"""Seconds for a cluster to answer."""


@dataclass(frozen=True)
class Ray:
    """A Ray cluster at `cluster`, such as "10.0.0.1:6379"; "" starts Ray on this machine alone, for the while.

    `ship`: send the files' bytes, to machines that do not see the folder of images. `workers`: as of `Local`.
    """

    workers: int = 0
    cluster: str = ""
    ship: bool = False

    @functools.cached_property
    def _here(self) -> Local:
        return Local(self.workers)

    def __post_init__(self) -> None:
        Local(self.workers)  # it checks
        if "://" in self.cluster:
            raise OptionError(
                f"engine.cluster = {self.cluster!r} is an address for Ray's client; "
                "run the build on a machine of the cluster, with HOST:PORT of its head"
            )
        if importlib.util.find_spec("ray") is None:
            raise MissingExtra("engine = 'ray'", "ray")

    def map(self, function: Callable[[A], B], items: Iterable[A], chunk: int = CHUNK) -> Iterator[B]:
        """See `Engine.map`: processes of this machine."""
        return self._here.map(function, items, chunk)

    def embed(self, pictures: Sequence[PictureFile], extractor: Extractor, progress: Progress) -> Iterator[Floats]:
        """See `Engine.embed`. EngineError if machines are lost and none goes on."""
        if not pictures:
            return
        orders = _orders(pictures, extractor, self.ship)
        waiting = list(batches(pictures, extractor.batch))
        with _joined(self.cluster) as ray:
            for values in _in_spite_of_losses(ray, waiting, orders, self.ship):
                yield values
                progress.advance(len(values))


def _orders(pictures: Sequence[PictureFile], extractor: Extractor, ship: bool) -> Orders:
    """Return what outposts are told; ModelError, here and at once, for a network that will not do."""
    preparation = extractor.preparation()
    folder = Path(os.path.commonpath([picture.file.absolute().parent for picture in pictures]))
    keras, within = "", 0
    if isinstance(extractor, KerasExtractor):
        keras, within = machine.back_end(), memory.room(extractor).most
    paths = {
        field.name: value
        for field in dataclasses.fields(extractor)  # type: ignore[arg-type]  # a dataclass
        if isinstance(value := getattr(extractor, field.name), Path)
    }
    if ship:
        files = {name: (path, path.read_bytes()) for name, path in paths.items()}
        return Orders(extractor, preparation, Path.cwd(), None, files, keras, within)
    absolute = {name: path.absolute() for name, path in paths.items()}
    seeing: Extractor = dataclasses.replace(extractor, **absolute)  # type: ignore[type-var]  # a dataclass
    return Orders(seeing, preparation, Path.cwd(), folder, {}, keras, within)


@contextlib.contextmanager
def _joined(cluster: str) -> Iterator[Any]:
    """Give Ray, connected to the cluster, and leave it afterwards. OptionError if none is there."""
    if cluster not in ("", "auto"):
        _knock(cluster)
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # else what still runs when we leave connects once more
    with _quiet():
        import ray
        import ray.data
        import ray.util.scheduling_strategies
    if ray.is_initialized():  # the caller's own
        yield ray
        return
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        with _quiet():
            if cluster:
                ray.init(address=cluster, log_to_driver=False, configure_logging=False)
            else:
                ray.init(
                    address="local",
                    num_cpus=cores(),
                    include_dashboard=False,
                    log_to_driver=False,
                    configure_logging=False,
                )
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise OptionError(f"engine.cluster = {cluster!r}: {_cause(error)}") from error
    with _muted():
        try:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, on_term)  # which Ray takes for itself
            yield ray
        finally:
            with _quiet():
                ray.shutdown()  # and says the last of what it has to say


def _knock(cluster: str) -> None:
    """Raise OptionError if nobody listens there, which Ray itself takes minutes to find out."""
    host, _, port = cluster.rpartition(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except (OSError, ValueError, OverflowError) as error:
        advice = "give HOST:PORT of its head, as `ray start --head` printed it"
        raise OptionError(f"engine.cluster = {cluster!r}: no Ray cluster answers there ({error}); {advice}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Ray's own warnings and logs from the terminal."""
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Keep off the terminal what Ray says there of lost machines, past all of its settings."""
    import ray._private.worker as talker

    kept = getattr(talker, "_worker_logs_enabled", True)
    talker._worker_logs_enabled = False
    try:
        yield
    finally:
        talker._worker_logs_enabled = kept


def _in_spite_of_losses(ray: Any, waiting: Sequence[Batch], orders: Orders, ship: bool) -> Iterator[Floats]:
    """Yield the values of each batch, in order; where an actor is lost, begin anew behind the last that arrived."""
    done, fruitless = 0, 0
    while done < len(waiting):
        try:
            for values in _seen(ray, waiting[done:], orders, ship):
                yield values
                done, fruitless = done + 1, 0
        except ray.exceptions.RayError as error:
            fruitless += 1
            if fruitless == TRIES:
                raise EngineError(f"Ray's workers died, perhaps for want of memory: {_cause(error)}") from error
            time.sleep(PAUSE)


def _seen(ray: Any, waiting: Sequence[Batch], orders: Orders, ship: bool) -> Iterator[Floats]:
    with _quiet():
        answers = iter(_dataset(ray, waiting, orders, ship).iter_batches(batch_size=None, prefetch_batches=0))
    try:
        while True:
            with _quiet(), _failing(ray):
                answer = next(answers, None)
            if answer is None:
                return
            for values in itertools.chain.from_iterable(map(pickle.loads, answer["values"])):
                if isinstance(values, MapmakerError):
                    raise values
                yield values
    finally:
        with _quiet(), contextlib.suppress(AttributeError):
            answers.close()


def _dataset(ray: Any, waiting: Sequence[Batch], orders: Orders, ship: bool) -> Any:
    """Return the answers to what is `waiting`, to be worked on as they are asked for."""
    actors = _actors(ray)
    tasks = [{"pictures": pickle.dumps(some)} for some in batches(waiting, _task_length(len(waiting), actors))]
    with _settings(ray):
        answers = ray.data.from_items(tasks, override_num_blocks=len(tasks))
        if ship:
            here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                ray.get_runtime_context().get_node_id(), soft=False
            )
            answers = answers.map_batches(
                read_contents,
                fn_args=(orders.base,),
                batch_size=1,
                num_cpus=0,
                concurrency=READERS,
                scheduling_strategy=here,
            )
        return answers.map_batches(
            Outpost,
            fn_constructor_args=(orders,),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=AHEAD),
            num_gpus=1 if _count(ray, "GPU") else None,
            num_cpus=1,
            max_restarts=0,  # an actor that waits to be started again, where there is no room, would keep its tasks
        )


def _task_length(batches: int, actors: int) -> int:
    """Return how many batches make a task."""
    return min(LONGEST, max(1, batches // (actors * SHARES)))


@contextlib.contextmanager
def _failing(ray: Any) -> Iterator[None]:
    """Turn what is not a loss, for which there is another try, into an EngineError."""
    try:
        yield
    except ray.exceptions.RayError:
        raise
    except Exception as error:
        raise EngineError(f"Ray failed: {_cause(error)}") from error


@contextlib.contextmanager
def _settings(ray: Any) -> Iterator[None]:
    """Have datasets that are made meanwhile keep their order, and say nothing."""
    context = ray.data.DataContext.get_current()
    kept = context.enable_progress_bars, context.execution_options.preserve_order
    context.enable_progress_bars, context.execution_options.preserve_order = False, True
    try:
        yield
    finally:
        context.enable_progress_bars, context.execution_options.preserve_order = kept


def _actors(ray: Any) -> int:
    """Return how many actors the cluster as it is now has room for: one a GPU, else one a machine."""
    return _count(ray, "GPU") or sum(node["Resources"].get("CPU", 0) >= 1 for node in _alive(ray)) or 1


def _count(ray: Any, resource: str) -> int:
    return int(sum(node["Resources"].get(resource, 0) for node in _alive(ray)))


def _alive(ray: Any) -> list[dict[str, Any]]:
    with _quiet():
        return [node for node in ray.nodes() if node["Alive"]]


def _cause(error: Exception) -> str:
    """Return the line of an error of Ray's that says why: behind a traceback the last one, else the first."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1] if "ray::" in str(error) else lines[0]
