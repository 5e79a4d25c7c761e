"""The machine and the settings of Keras in, the back end and its best precision out, before anything heavy is imported.

Only Keras' own settings are read from the environment here, as Keras itself will read them.
"""

import contextlib
import functools
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from mapmaker.errors import OptionError, near

BACK_ENDS = ("tensorflow", "jax", "torch")
"""Of Keras; the extra that installs one has its name."""
BFLOAT16_CAPABILITY = 8.0
"""Compute capability of the first NVIDIA GPUs with units for bfloat16 (Ampere),"""
FLOAT16_CAPABILITY = 7.0
"""and for float16 (Volta)."""
UNITS: Mapping[str, frozenset[str]] = {
    "tensorflow": frozenset({"amx_bf16", "avx512_bf16"}),
    "torch": frozenset({"amx_bf16", "avx512_bf16"}),
    "jax": frozenset(),
}
"""Flags of processors on which a back end is quicker with bfloat16, any of them: see docs/networks.md."""
_CPU = Path("/proc/cpuinfo")
_GPU = r"(\d+|GPU-[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_GPUS = re.compile(rf"{_GPU}(,{_GPU})*")
"""What both CUDA_VISIBLE_DEVICES and nvidia-smi's `--id` may be."""


def back_end() -> str:
    """Return the back end that Keras uses, or would. OptionError if we do not know it."""
    keras = sys.modules.get("keras")
    name = keras.config.backend() if keras is not None and hasattr(keras, "config") else _asked_back_end()
    if name not in BACK_ENDS:
        raise OptionError(f"KERAS_BACKEND = {name!r} is no back end that works here: {near(name, BACK_ENDS)}")
    return str(name)


def _asked_back_end() -> str:
    if name := os.environ.get("KERAS_BACKEND"):
        return name
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return str(json.loads((home / "keras.json").read_text(encoding="utf-8")).get("backend", "tensorflow"))
    return "tensorflow"


def best_precision(back_end: str, gpu: bool) -> str:
    """Return the precision in which `back_end` is quickest on this machine, on its GPU if `gpu`."""
    if gpu:
        weakest = min(capabilities(), default=0.0)
        if weakest >= BFLOAT16_CAPABILITY:
            return "bfloat16"
        return "float16" if weakest >= FLOAT16_CAPABILITY else "float32"
    return "bfloat16" if processor_flags() & UNITS[back_end] else "float32"


def has_gpu(back_end: str) -> bool:
    """Return whether there is a GPU that `back_end`, as it is installed, would use: to be confirmed once it runs."""
    return bool(capabilities()) and _built_for_gpu(back_end)


def _built_for_gpu(back_end: str) -> bool:
    """Return False where the package is known to be one for processors alone."""
    if back_end == "torch":
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return "+cpu" not in importlib.metadata.version("torch")
    if back_end == "jax":
        return any((found.name or "").startswith("jax-cuda") for found in importlib.metadata.distributions())
    return True


@functools.cache
def processor_flags() -> frozenset[str]:
    """Return what the processor says it can do; nothing where Linux does not tell."""
    with contextlib.suppress(OSError), _CPU.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()


@functools.cache
def capabilities() -> tuple[float, ...]:
    """Return the compute capability of each NVIDIA GPU that may be used.

    CUDA_VISIBLE_DEVICES may say which, as indices or UUIDs; whatever else it holds, such as parts of GPUs, all are
    asked. The indices are nvidia-smi's; CUDA has the same order with CUDA_DEVICE_ORDER=PCI_BUS_ID, and else the
    quickest first.
    """
    program = shutil.which("nvidia-smi")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if program is None or visible in ("", "-1"):
        return ()
    asked = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    if visible is not None and _GPUS.fullmatch(visible):
        asked.append(f"--id={visible}")
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20).stdout
        return tuple(float(line) for line in told.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return ()
