"""docker-compose.yml: accepted by Compose, complete, and asking for no right it does not need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.kafka.acl import SUIT
from deploy.roles import SERVICES

RACINE = Path(__file__).parents[2]
EXEMPLE = RACINE / "deploy" / "compose" / "exemple.env"
POM = (RACINE / "deploy" / "kafka" / "pom.xml").read_text()

Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    loaded: Compose = yaml.safe_load((RACINE / "docker-compose.yml").read_text())
    return loaded


def externe() -> Compose:
    loaded: Compose = yaml.safe_load((RACINE / "deploy" / "compose" / "flux-externe.yml").read_text())
    return loaded


def plugin() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("processus")
@pytest.mark.parametrize("files", [["docker-compose.yml"], ["docker-compose.yml", "deploy/compose/flux-externe.yml"]])
def test_compose_accepts_it(files: list[str], compose: Compose) -> None:
    # Where Compose itself is not installed the tests below still hold the file to its own references.
    if not plugin():
        assert set(compose) <= {"name", "services", "networks", "volumes", "secrets"} | {
            k for k in compose if k[0] == "x"
        }
        return
    options = [option for name in files for option in ("-f", name)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAILLAGE_")}
    result = subprocess.run(
        ["docker", "compose", "--env-file", str(EXEMPLE), *options, "config", "--quiet"],
        cwd=RACINE,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_every_name_it_uses_is_declared(compose: Compose) -> None:
    for name, service in compose["services"].items():
        assert set(service["networks"]) <= set(compose["networks"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (RACINE / source).exists(), volume
        read = re.findall(r"/run/secrets/([a-z_]+)", yaml.dump(service))
        assert set(read) <= set(service.get("secrets", [])), name
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    assert used == set(compose["secrets"])


@pytest.mark.usefixtures("processus")
def test_the_secrets_it_mounts_are_those_the_script_writes(compose: Compose, tmp_path: Path) -> None:
    script = RACINE / "deploy" / "compose" / "ecrire_secrets.py"
    said = subprocess.run(["python3", script, tmp_path / "s"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(rf"MAILLAGE_SECRETS={tmp_path / 's'}\nMAILLAGE_UID=[1-9]\d*\n", said)
    written = {file.name for file in (tmp_path / "s").iterdir()}
    given_by_the_operator = {"jeton", "connexions"}
    assert set(compose["secrets"]) - given_by_the_operator <= written


def test_no_container_has_a_power_it_does_not_need(compose: Compose) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service), name
        assert "docker.sock" not in yaml.dump(service)
        if name not in ("postgres", "kafka"):  # those images have their own users
            assert service["user"].startswith("${MAILLAGE_UID:?"), name
        assert "cap_add" not in service or name == "postgres"


def test_everything_that_serves_says_whether_it_is_well(compose: Compose) -> None:
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "migrer"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network without TLS"
    for name in SERVICES:
        assert "/sante/pret" in yaml.dump(compose["services"][name]["healthcheck"])
        assert compose["services"][name]["depends_on"]["migrer"] == {"condition": "service_completed_successfully"}
    assert compose["networks"]["interne"] == {"internal": True}


def test_each_service_holds_its_own_secrets_only(compose: Compose) -> None:
    assert set(SUIT) == set(SERVICES)
    for name in SERVICES:
        mine = {f"roles_{name}", f"kafka_{name}", "cle_maitre", "jeton"}
        mine |= {"connexions"} if name == "portail" else set()
        assert set(compose["services"][name]["secrets"]) == mine


def test_no_secret_stands_in_the_files(compose: Compose) -> None:
    for text in (yaml.dump(compose), yaml.dump(externe()), EXEMPLE.read_text()):
        for variable in re.findall(r"(MAILLAGE_\w*(?:SECRET|MOT_DE_PASSE)\w*)[:=] *(.+)", text):
            assert "/" in variable[1] or variable[1].startswith("${"), variable
        assert not re.search(r"POSTGRES_PASSWORD:", text)


def test_kafka_is_the_same_as_on_one_machine(compose: Compose) -> None:
    version = compose["services"]["kafka"]["image"].split(":")[1]
    assert POM.count(f"<version>{version}</version>") == 2


def test_the_outside_listener_adds_to_the_broker_without_taking_away(compose: Compose) -> None:
    kafka = compose["services"]["kafka"]
    assert set(kafka["secrets"]) | {"kafka_externe"} == set(externe()["services"]["kafka"]["secrets"])
    assert set(externe()["secrets"]) == {"kafka_externe"}
