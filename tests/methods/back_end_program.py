"""A process of its own with one back end of Keras: python -m ... FOLDER; all it sees goes into FOLDER/BACK END.npz."""

import os
import sys
from pathlib import Path

import numpy as np

from mapmaker.methods.extractors import back_end, machine
from mapmaker.methods.extractors.architectures import Architecture
from mapmaker.methods.extractors.networks import KerasModel, Vgg16, _look

SMALL = 64
"""Side of the pictures that VGG16 gets: it takes any."""
TWO = {"tensorflow": ["cpu:0", "cpu:1"], "jax": ["cpu:0", "cpu:1"], "torch": ["cpu:0", "cpu:0"]}
"""Two devices, as far as a back end can play that a processor is two."""


def main(folder: Path) -> None:
    """Look at the pictures of FOLDER/pixels.npy in every way."""
    name = machine.back_end()
    if name == "tensorflow":
        import tensorflow

        (cpu,) = tensorflow.config.list_physical_devices("CPU")
        tensorflow.config.set_logical_device_configuration(cpu, [tensorflow.config.LogicalDeviceConfiguration()] * 2)
    pictures = np.load(folder / "pixels.npy")
    Vgg16.architecture = Architecture("VGG16", "vgg16", SMALL)  # a tenth of the time
    model = KerasModel(model=folder / "small.keras", precision="float32")
    look = _look(model.preprocess(), flat=False)
    one, two = (
        back_end.Network(lambda: model.load("float32"), look, devices) for devices in (TWO[name][:1], TWO[name])
    )
    assert (one.devices, two.devices) == (1, 2)
    np.savez(
        folder / name,
        small=one(pictures),
        two=two(pictures),
        bfloat16=KerasModel(model=folder / "small.keras", precision="bfloat16")(pictures),
        vgg16=Vgg16(weights=folder / "vgg16.h5", precision="float32")(pictures[:2, :SMALL, :SMALL]),
        in_use=np.array(back_end.devices_in_use()),
    )


if __name__ == "__main__":
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    main(Path(sys.argv[1]))
