"""A bench for each test that curates."""

import pytest

from mapmaker.stages import Job
from tests.stages.bench import Bench


@pytest.fixture
def bench(job: Job) -> Bench:
    """Clusters found in the job's work folder, and no clusters.toml yet."""
    return Bench(job)
