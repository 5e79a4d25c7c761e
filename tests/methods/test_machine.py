"""What is known of a machine before anything heavy is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from mapmaker.errors import MissingExtra, OptionError
from mapmaker.methods.extractors import back_end as back_ends
from mapmaker.methods.extractors import machine


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Keras is imported, nothing asked before."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    machine.processor_flags.cache_clear()
    machine.capabilities.cache_clear()


def test_the_back_end_is_the_one_that_keras_would_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert machine.back_end() == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    assert machine.back_end() == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert machine.back_end() == "torch"
    for damaged in ("", "[]", '"torch"'):
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        (tmp_path / "keras.json").write_text(damaged)
        assert machine.back_end() == "tensorflow"


def test_a_back_end_that_nobody_knows_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "pytorch")
    with pytest.raises(OptionError, match=r"KERAS_BACKEND = 'pytorch' .* did you mean 'torch'\?"):
        machine.back_end()


@pytest.mark.parametrize("name", machine.BACK_ENDS)
def test_the_missing_extra_is_that_of_the_back_end_asked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=rf"pip install 'mapmaker\[{name}\]'"):
        back_ends.import_keras()


@pytest.mark.parametrize(
    ("flags", "precisions"),
    [
        ("fpu avx2", ("float32", "float32", "float32")),
        ("fpu avx512_bf16", ("bfloat16", "float32", "bfloat16")),
        ("fpu avx512_bf16 amx_bf16", ("bfloat16", "float32", "bfloat16")),
    ],
)
def test_a_processor_computes_in_what_its_units_gain_by(
    flags: str, precisions: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\nflags\t\t: {flags}\n")
    monkeypatch.setattr(machine, "_CPU", tmp_path / "cpuinfo")
    assert tuple(machine.best_precision(name, gpu=False) for name in machine.BACK_ENDS) == precisions


def test_where_linux_does_not_tell_it_is_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_CPU", tmp_path / "none")
    assert machine.best_precision("tensorflow", gpu=False) == "float32"


@pytest.mark.parametrize(
    ("told", "precision"),
    [("9.0\n", "bfloat16"), ("8.0\n7.5\n", "float16"), ("6.1\n", "float32"), ("[N/A]\n", "float32"), ("", "float32")],
)
def test_the_weakest_gpu_says_what_all_compute_in(
    told: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\nprintf '{told}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert machine.best_precision("torch", gpu=True) == precision
    machine.capabilities.cache_clear()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert machine.capabilities() == ()


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, (9.0, 6.1)),
        ("0", (9.0,)),
        ("1,0", (6.1, 9.0)),
        ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", (9.0,)),
        ("GPU-8932", (9.0, 6.1)),  # CUDA takes a beginning, nvidia-smi does not
        ("MIG-8932f937-d72c-4106-c12f-20bd9faed9f6", (9.0, 6.1)),
        ("NoDevFiles", (9.0, 6.1)),
        ("0,-1", (9.0, 6.1)),
        ("", ()),
        ("-1", ()),
    ],
)
def test_a_gpu_that_is_masked_has_no_say(
    visible: str | None, found: tuple[float, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "    *--id=0 | *--id=GPU-*) echo 9.0 ;;\n"
        "    *--id=1,0) echo 6.1; echo 9.0 ;;\n"
        "    *--id=*) exit 6 ;;\n"
        "    *) echo 9.0; echo 6.1 ;;\n"
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert machine.capabilities() == found


def test_without_a_gpu_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(subprocess, "run", None)
    assert not any(machine.has_gpu(name) for name in machine.BACK_ENDS)
