"""What is left open about a network is chosen once, remembered, and tried before it is trusted: without a network."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker import pipeline
from mapmaker.errors import ModelError, OptionError
from mapmaker.methods.extractors import machine, memory
from mapmaker.methods.extractors.classic import Classic
from mapmaker.methods.extractors.networks import KerasExtractor, Scaling
from mapmaker.methods.extractors.settling import CPU_BATCH, settle, settled
from mapmaker.model import Floats
from mapmaker.stages import Job
from mapmaker.stages.features import FeaturesStage

SIDE = 4


@dataclass(frozen=True, kw_only=True)
class Sums(KerasExtractor):
    """Pixels as they are, like from a network: in bfloat16 it strays by `off`, from `full` pictures on memory ends."""

    version: ClassVar[int] = 1
    looks: ClassVar[list[tuple[str, int]]] = []
    off: float = 0.0
    full: int = 1000

    @property
    def file(self) -> None:
        """None is read."""

    def load(self, precision: str) -> Any:
        raise NotImplementedError

    def preprocess(self) -> Any:
        raise NotImplementedError

    def preparation(self) -> Scaling:
        return Scaling((SIDE, SIDE))

    def network(self) -> Any:
        def look(pictures: NDArray[Any]) -> Floats:
            self.looks.append((self.precision, len(pictures)))
            if len(pictures) >= self.full:
                raise OutOfMemoryError("the fake device is full")
            values = pictures.reshape(len(pictures), -1).astype(np.float32)
            if self.precision != "float32":
                values[:, 0] += self.off * values.max()
            return values

        return look


class OutOfMemoryError(RuntimeError):
    """Named as PyTorch's is."""


@pytest.fixture(autouse=True)
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A processor with AMX and no GPU; nothing learnt from other tests."""
    monkeypatch.setattr(machine, "processor_flags", lambda: frozenset({"amx_bf16"}))
    monkeypatch.setattr(machine, "capabilities", lambda: ())
    monkeypatch.setattr(memory, "_ROOMS", {})
    monkeypatch.setattr(machine, "back_end", lambda: "tensorflow")
    Sums.looks.clear()
    yield


@pytest.fixture
def files(pictures: Callable[[Path, int], Path], tmp_path: Path) -> list[Path]:
    return sorted(pictures(tmp_path / "pictures", 3).iterdir())


@pytest.fixture
def notes() -> list[str]:
    return []


def test_what_was_chosen_holds_on_another_machine(
    files: list[Path], tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = settle(Sums(), tmp_path, files, notes.append)
    assert first == Sums(precision="bfloat16", batch=CPU_BATCH)
    monkeypatch.setattr(machine, "processor_flags", lambda: frozenset())
    Sums.looks.clear()
    assert settle(Sums(), tmp_path, files, notes.append) == settled(Sums(), tmp_path) == first
    assert settle(Sums(), tmp_path / "elsewhere", files, notes.append) == Sums(precision="float32", batch=CPU_BATCH)
    assert Sums.looks == []  # nothing was tried again, and float32 need not be
    assert notes == []


def test_what_is_asked_for_is_what_is_chosen(files: list[Path], tmp_path: Path, notes: list[str]) -> None:
    settle(Sums(), tmp_path, files, notes.append)
    for asked in (Sums(precision="float32", batch=5), Sums(precision="float16", batch=7)):
        assert settle(asked, tmp_path, files, notes.append) == asked


def test_only_to_look_what_would_be_chosen_changes_nothing(tmp_path: Path) -> None:
    assert settled(Sums(), tmp_path) == Sums(precision="bfloat16", batch=CPU_BATCH)
    assert list(tmp_path.iterdir()) == []
    assert settled(Sums(), tmp_path / "none") == Sums(precision="bfloat16", batch=CPU_BATCH)


def test_neither_precision_nor_batch_moves_posters(tmp_path: Path) -> None:
    (tmp_path / "w.h5").write_bytes(b"weights")
    asked = [
        pipeline.plan(pipeline.tables({"extractor": name, "weights": str(tmp_path / "w.h5"), **options}))
        for name, options in (
            ("inception_v3", {}),
            ("inception_v3", {"precision": "float16", "features": {"batch": 5}}),
            ("resnet50", {}),
        )
    ]
    basis, same, other = map(pipeline._basis, asked)
    assert basis == same != other


def test_what_has_no_choices_stays_as_it_is(tmp_path: Path, notes: list[str]) -> None:
    classic = Classic()
    assert settle(classic, tmp_path, [], notes.append) is classic
    assert settled(classic, tmp_path) is classic


def test_low_precision_that_strays_falls_back_with_a_note(files: list[Path], tmp_path: Path, notes: list[str]) -> None:
    chosen = settle(Sums(off=0.9), tmp_path, files, notes.append)
    assert chosen == Sums(off=0.9, precision="float32", batch=CPU_BATCH)
    (note,) = notes
    assert "Sums in bfloat16 strays from float32: cosine similarity 0.9" in note
    assert settle(Sums(off=0.9), tmp_path, files, notes.append) == chosen
    assert len(notes) == 1
    assert settle(Sums(off=float("nan")), None, files, notes.append).precision == "float32"  # type: ignore[attr-defined]
    assert settle(Sums(off=0.001), None, files, notes.append).precision == "bfloat16"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"precision": "auto", "batch": 3}', '{"precision": "float32", "batch": 0}']
)
def test_a_damaged_memory_is_none(files: list[Path], tmp_path: Path, notes: list[str], damage: str) -> None:
    settle(Sums(), tmp_path, files, notes.append)
    (kept,) = tmp_path.glob("*/settled.json")
    kept.write_text(damage)
    assert settle(Sums(), tmp_path, files, notes.append) == Sums(precision="bfloat16", batch=CPU_BATCH)
    assert json.loads(kept.read_text())["batch"] == CPU_BATCH


def test_pictures_that_cannot_be_read_are_for_others_to_tell(tmp_path: Path, notes: list[str]) -> None:
    (tmp_path / "a.png").write_text("no picture")
    assert settle(Sums(), tmp_path, [tmp_path / "a.png"], notes.append) == Sums(precision="bfloat16", batch=CPU_BATCH)


@pytest.mark.parametrize(("full", "batch"), [(1000, 64), (100, 64), (40, 64)])
def test_on_a_gpu_the_smallest_batch_that_is_as_quick_is_found_and_kept(
    files: list[Path], tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch, full: int, batch: int
) -> None:
    monkeypatch.setattr(machine, "capabilities", lambda: (7.5,))
    monkeypatch.setattr("mapmaker.methods.extractors.settling.is_on_gpu", lambda: True)
    monkeypatch.setattr("mapmaker.methods.extractors.settling._seconds", lambda network, p: len(network(p)) / 100)
    assert settled(Sums(full=full), tmp_path) == Sums(full=full, precision="float16", batch=0)
    chosen = settle(Sums(full=full), tmp_path, files, notes.append)
    assert chosen == Sums(full=full, precision="float16", batch=batch)
    assert settled(Sums(full=full), tmp_path) == chosen


def test_a_larger_batch_that_is_quicker_is_taken(
    files: list[Path], tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "capabilities", lambda: (9.0, 8.0))
    monkeypatch.setattr("mapmaker.methods.extractors.settling.is_on_gpu", lambda: True)
    monkeypatch.setattr("mapmaker.methods.extractors.settling._seconds", lambda *_: 1.0)
    assert settle(Sums(), tmp_path, files, notes.append) == Sums(precision="bfloat16", batch=256)


def test_a_gpu_that_the_back_end_does_not_use_is_none(
    files: list[Path], tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "capabilities", lambda: (7.5,))
    monkeypatch.setattr("mapmaker.methods.extractors.settling.is_on_gpu", lambda: False)
    assert settle(Sums(), tmp_path, files, notes.append) == Sums(precision="bfloat16", batch=CPU_BATCH)


def test_out_of_memory_halves_what_is_looked_at_and_remembers_it(
    files: list[Path], tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Sums(full=4, precision="float32", batch=10)
    chosen = settle(asked, tmp_path, files, notes.append)
    prepared = np.arange(10 * SIDE * SIDE * 3).reshape(10, SIDE, SIDE, 3)
    expected = prepared.reshape(10, -1)
    assert np.array_equal(chosen(prepared), expected)
    sizes = [size for _, size in Sums.looks]
    assert sizes == [10, 5, 3, 3, 3, 3]  # the last is padded: no other size for a compiler
    assert [note.partition(":")[0] for note in notes] == ["out of memory"] * 2
    Sums.looks.clear()
    monkeypatch.setattr(memory, "_ROOMS", {})  # another process
    again = settle(asked, tmp_path, files, notes.append)
    assert again == chosen  # the numbers in the cache are still its own
    assert np.array_equal(again(prepared), expected)
    assert [size for _, size in Sums.looks] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("name", "precision", "gpu", "ways"),
    [
        ("Sums", "float32", True, {"of the GPU", "--precision bfloat16", "--extractor resnet50", "=-1"}),
        ("Sums", "float32", False, {"--precision bfloat16", "--extractor resnet50"}),
        ("Sums", "bfloat16", True, {"of the GPU", "--extractor resnet50", "=-1"}),
        ("ResNet50", "float16", False, set()),
    ],
)
def test_no_memory_for_one_picture_is_one_line_that_says_what_is_left_to_do(
    name: str, precision: str, gpu: bool, ways: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapmaker.methods.extractors.networks.is_on_gpu", lambda: gpu)
    with pytest.raises(ModelError, match=f"out of memory: {name} has no room for a single picture; end what ") as error:
        type(name, (Sums,), {})(full=1, precision=precision, batch=4)(np.zeros((4, SIDE, SIDE, 3), np.uint8))
    said = str(error.value)
    assert {way for way in ("of the GPU", "--precision bfloat16", "--extractor resnet50", "=-1") if way in said} == ways
    assert "\n" not in said


def test_other_errors_are_not_taken_for_want_of_memory() -> None:
    jax = type("JaxRuntimeError", (RuntimeError,), {})
    tensorflow = type("ResourceExhaustedError", (Exception,), {})
    short = [jax("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes"), tensorflow("OOM"), MemoryError()]
    assert all(memory.is_out_of_memory(error) for error in short)
    others = [jax("INVALID_ARGUMENT: shapes"), ValueError("out of memory"), RuntimeError("no such layer")]
    assert not any(memory.is_out_of_memory(error) for error in others)

    def fail(_: object) -> Floats:
        raise others[0]

    with pytest.raises(RuntimeError, match="INVALID_ARGUMENT"):
        memory.in_room(fail, np.zeros((4, 1)), memory.Room(), lambda: ModelError("no room"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"precision": "bfloat"}, "features.precision = 'bfloat' is not known: did you mean 'bfloat16'?"),
        ({"precision": "double"}, "features.precision = 'double' is not known: known: "),
        ({"batch": -1}, "features.batch = -1 is below 0"),
    ],
)
def test_choices_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        mm.extract([], extractor="model", model="m.keras", **options)
    assert str(error.value).startswith(said)


def test_a_stage_keeps_its_numbers_under_what_was_chosen(files: list[Path], job: Job) -> None:
    stage = FeaturesStage(Sums())
    before = stage._cache(job).folder
    settle(stage.extractor, job.work.cache("features"), files, job.progress.note)
    assert stage._cache(job).folder == before
    assert FeaturesStage(Sums(precision="bfloat16", batch=CPU_BATCH))._cache(job).folder == before
    assert FeaturesStage(Sums(precision="float32"))._cache(job).folder != before


def test_nothing_heavy_is_imported_to_know_what_was_chosen() -> None:
    program = (
        "import sys; from pathlib import Path; from mapmaker.methods.extractors.networks import InceptionV3; "
        "from mapmaker.methods.extractors.settling import settled; chosen = settled(InceptionV3(), Path('none')); "
        "assert chosen.batch or chosen.precision; "
        "print(*{'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
