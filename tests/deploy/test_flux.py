"""The funder's reference client misses nothing and repeats nothing, whatever happens to it and to the broker."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from contracts import flux as contrat
from contracts.envelope import en_tetes
from deploy.flux import FluxIllisible, Position, connexion, faits, reprendre
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from tests.deploy.lancement import RACINE

FINANCEUR, CONVENTION = UUID(int=1), UUID(int=2)
SUJET = f"flux.{FINANCEUR}.{CONVENTION}"
JOUR = date(2026, 1, 5)


@pytest.fixture
def broker(processus: None) -> Iterable[KafkaEmbarque]:
    with KafkaEmbarque() as kafka:
        yield kafka


async def publier(kafka: KafkaEmbarque, positions: Iterable[int], epoque: str = "a") -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    for position in positions:
        fait = contrat.FluxConventionEchue(CONVENTION, JOUR, JOUR)
        enveloppe = contrat.enveloppe(fait, FINANCEUR, CONVENTION, position, epoque)
        await producer.send_and_wait(SUJET, msgspec.json.encode(fait), partition=0, headers=en_tetes(enveloppe))
    await producer.stop()


async def lire(kafka: KafkaEmbarque, depuis: Position) -> tuple[list[int], Position]:
    """The places of the facts read, and where to go on from."""
    lus = [fait async for fait in faits(connexion(kafka.bootstrap), depuis, une_fois=True)]
    return [fait.enveloppe.streamversion for fait in lus], lus[-1].position if lus else depuis


async def test_it_goes_on_where_it_stopped_and_drops_what_it_knows(broker: KafkaEmbarque) -> None:
    await publier(broker, range(1, 6))
    lus, la = await lire(broker, Position(SUJET))
    assert lus == [1, 2, 3, 4, 5]
    assert await lire(broker, la) == ([], la)
    await publier(broker, [4, 5, 6, 6, 7])
    assert (await lire(broker, la))[0] == [6, 7]


async def test_sent_again_in_another_epoch_nothing_is_seen_twice(broker: KafkaEmbarque) -> None:
    await publier(broker, range(1, 6))
    _, la = await lire(broker, Position(SUJET))
    await publier(broker, range(1, 9), "b")
    assert (await lire(broker, la))[0] == [6, 7, 8]
    assert (await lire(broker, Position(SUJET)))[0] == [*range(1, 9)]


@pytest.mark.parametrize("encore", [range(1, 8), [*range(1, 5), *range(1, 12)]], ids=["shorter", "longer"])
async def test_a_wiped_broker_is_read_from_its_beginning(broker: KafkaEmbarque, encore: Iterable[int]) -> None:
    await publier(broker, range(1, 11))
    lus, la = await lire(broker, Position(SUJET))
    broker.effacer()
    await publier(broker, encore, "b")
    suite, la = await lire(broker, la)
    assert suite == [p for p in encore if p > len(lus)]
    await publier(broker, [11, 12, 13], "b")
    assert (await lire(broker, la))[0] == [p for p in (11, 12, 13) if p not in suite]


async def test_a_fact_that_is_missing_is_said_not_passed_over(broker: KafkaEmbarque) -> None:
    await publier(broker, [1, 2, 4])
    with pytest.raises(FluxIllisible, match="Il manque le fait 3"):
        await lire(broker, Position(SUJET))


async def test_what_cannot_be_read_is_one_sentence(broker: KafkaEmbarque, tmp_path: Path) -> None:
    with pytest.raises(FluxIllisible, match="n'existe pas, ou ne vous est pas ouvert"):
        await lire(broker, Position("flux.inconnu"))
    (tmp_path / "position").write_bytes(msgspec.json.encode(Position("flux.autre", 3)))
    with pytest.raises(FluxIllisible, match="la position d'un autre flux"):
        reprendre(SUJET, tmp_path / "position")


async def test_the_command_prints_a_cloudevent_a_line_and_keeps_its_place(
    broker: KafkaEmbarque, tmp_path: Path
) -> None:
    commande = [sys.executable, "-m", "deploy.cli", "flux", "suivre", SUJET, "--kafka", broker.bootstrap]
    position = ["--position", str(tmp_path / "position")]
    await publier(broker, range(1, 4))

    async def une_fois() -> list[int]:
        fini = await asyncio.create_subprocess_exec(*commande, *position, "--une-fois", cwd=RACINE, stdout=PIPE)
        sortie, _ = await fini.communicate()
        assert fini.returncode == 0
        return [json.loads(ligne)["streamversion"] for ligne in sortie.splitlines()]

    assert await une_fois() == [1, 2, 3]
    await publier(broker, [4])
    assert await une_fois() == [4]
    assert await une_fois() == []

    await publier(broker, [5])
    suivi = await asyncio.create_subprocess_exec(*commande, *position, cwd=RACINE, stdout=PIPE)
    assert suivi.stdout
    fait = json.loads(await suivi.stdout.readline())
    assert (fait["specversion"], fait["streamversion"]) == ("1.0", 5)
    assert fait["data"]["convention"] == str(CONVENTION)
    suivi.terminate()
    assert await suivi.wait() == 0
    assert msgspec.json.decode((tmp_path / "position").read_bytes(), type=Position).version == 5
    assert os.listdir(tmp_path) == ["position"]
