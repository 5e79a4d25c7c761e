"""The API is what its description says: schemathesis asks what that allows, and what it does not."""

import subprocess
import sys
from pathlib import Path

from .conftest import Served

CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_schemathesis_finds_nothing(served: Served, tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run"]
    command += [f"{served.url}/v1/openapi.json", "--checks", "all", "--max-examples", "12", "--seed", "1", "--no-color"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    assert "Tested: 9" in ran.stdout
    assert served.ask("/v1/about").status == 200


def test_the_description_tells_every_address_and_every_error(served: Served) -> None:
    told = served.ask("/v1/openapi.json").value
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {
        "/v1/about",
        "/v1/posters",
        "/v1/posters/{id}",
        "/v1/posters/{id}/picture",
        "/v1/posters/{id}/similar",
        "/v1/similar",
        "/v1/mix",
        "/v1/recommend",
        "/v1/map",
    }
    similar = told["paths"]["/v1/similar"]["post"]
    assert {"400", "404", "408", "409", "413", "415", "421", "422", "501", "503"} <= set(similar["responses"])
    weights = told["paths"]["/v1/mix"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert weights["weights"]["maxItems"] == 100
    k = next(one for one in similar["parameters"] if one["name"] == "k")
    assert (k["schema"]["minimum"], k["schema"]["maximum"], k["schema"]["default"]) == (1, 1000, 6)
