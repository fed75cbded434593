"""A funder's feed: nothing that leads to a household, nothing lost, nothing twice, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from msgspec import inspect
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import flux as f
from contracts.envelope import TYPE_LOT, Enveloppe, lire, lire_lot
from contracts.exemples import construire
from deploy.moteurs.kafka import Kafka
from services.notifications.app import EVENEMENTS
from services.notifications.diffuseur import Diffuseur
from services.notifications.flux import sujet
from services.socle.base.database import pool
from services.socle.delivery.leader import lead_always
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from tests.dossiers import histoire as h
from tests.monde import DEBUT, SERVICE
from tests.notifications import scene as s

Lu = tuple[Enveloppe, bytes]


@asynccontextmanager
async def diffusion(scene: s.Scene) -> AsyncIterator[None]:
    """The feeds are sent to Kafka for the time of the block."""
    settings = scene.m.settings
    async with pool(settings.dsn("notifications", "cles"), largest=2) as cles:
        trousseau = Trousseau(cles, CoffreFichier(settings.cle_maitre), "notifications")
        diffuseur = Diffuseur(settings, trousseau, EVENEMENTS)
        dsn = settings.dsn("notifications", "suite")
        travail = asyncio.create_task(lead_always(dsn, "diffuseur:notifications", diffuseur.mener))
        try:
            yield
        finally:
            travail.cancel()
            await asyncio.gather(travail, return_exceptions=True)


async def demander(scene: s.Scene, sujet_: str, convention: UUID, **params: Any) -> httpx.Response:
    return await scene.m.lire(sujet_, f"/v1/flux/{convention}", "notifications", **params)


async def tout(scene: s.Scene, sujet_: str, convention: UUID, limite: int = 200) -> list[Lu]:
    """The whole feed over HTTP, page by page."""
    lus: list[Lu] = []
    apres: dict[str, str] = {}
    while True:
        reponse = await demander(scene, sujet_, convention, limite=limite, **apres)
        assert reponse.status_code == 200, reponse.text
        assert reponse.headers["content-type"] == TYPE_LOT
        lot = lire_lot(reponse.content)
        if not lot:
            return lus
        lus += lot
        apres = {"apres": reponse.headers["maillage-suivant"]}


async def compte(scene: s.Scene, sujet_: str, convention: UUID, nombre: int) -> list[Lu]:
    """The feed, once it holds `nombre` facts."""
    await scene.m.attendre(sujet_, f"/v1/flux/{convention}", service="notifications")
    async with asyncio.timeout(15):
        while len(lus := await tout(scene, sujet_, convention)) < nombre:
            await asyncio.sleep(0.05)
    assert len(lus) == nombre
    return lus


class LecteurKafka:
    """A funder's Kafka client that remembers the offset where it stopped."""

    def __init__(self, kafka: Kafka, financeur: UUID, convention: UUID) -> None:
        self.kafka, self.place, self.offset = kafka, TopicPartition(sujet(financeur, convention), 0), 0
        self.records: list[ConsumerRecord[Any, Any]] = []

    async def lire(self, jusqu_a: int, delai: float = 15.0) -> list[ConsumerRecord[Any, Any]]:
        """Read on until `jusqu_a` records were read in all; then nothing more may come at once."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka.bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([self.place])
            consumer.seek(self.place, self.offset)
            async with asyncio.timeout(delai):
                while len(self.records) < jusqu_a:
                    self.records.append(await consumer.getone(self.place))
            self.records += (await consumer.getmany(self.place, timeout_ms=150)).get(self.place, [])
            self.offset = self.records[-1].offset + 1 if self.records else 0
        finally:
            await consumer.stop()
        return self.records


def positions(records: list[ConsumerRecord[Any, Any]]) -> list[int]:
    return [lire(record.headers).streamversion for record in records]


def pseudonymes(lus: list[Lu]) -> set[str]:
    return {fait["pseudonyme"] for _, data in lus if "pseudonyme" in (fait := msgspec.json.decode(data))}


async def convention(scene: s.Scene, *financeurs: UUID, **regles: Any) -> UUID:
    """A convention of this test's own."""
    une = uuid4()
    await scene.m.faits_partenaires(
        une, s.activee(une, date(2027, 12, 31), **regles), s.plan(*financeurs, convention=une)
    )
    return une


async def menage(scene: s.Scene, convention_: UUID, *suite: d.Event, le: date = DEBUT) -> UUID:
    dossier = uuid4()
    await scene.m.faits_dossiers(dossier, *s.oriente(le, le + timedelta(days=15), convention_), *suite, par=s.SEMIS)
    return dossier


# What is in it


class Marques:
    """Fills an event with texts and identifiers found nowhere else, and remembers them."""

    def __init__(self) -> None:
        self.textes: set[str] = set()
        self.ids: set[UUID] = set()
        self._numeros = count(1)

    def __call__(self, classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any]) -> Any:
        n = next(self._numeros)
        match type_:
            case inspect.StrType() if marques.get("x-code"):
                return f"code-{n}"
            case inspect.StrType() if champ == "commune":
                return "17415"
            case inspect.StrType() if champ == "heure":
                return "14:30"
            case inspect.StrType():
                self.textes.add(f"MARQUE{n}MARQUE")
                return f"MARQUE{n}MARQUE"
            case inspect.UUIDType():
                identifiant = uuid4()
                self.ids.add(identifiant)
                return str(identifiant)
            case inspect.DateType():
                return "2026-02-11"
            case inspect.IntType():
                return 3
            case inspect.BoolType():
                return True
        raise AssertionError(f"{classe}.{champ}")

    def event(self, classe: type[Any], **fixes: Any) -> Any:
        return replace(msgspec.convert(construire(classe, self), classe), **fixes)


async def test_rien_n_y_mene_a_un_menage(scene: s.Scene) -> None:
    une, dossier, marques = await convention(scene, s.ETAT), uuid4(), Marques()
    fixes: dict[type[Any], dict[str, Any]] = {
        d.MenageOriente: {"convention": une, "association": s.TREMPLIN, "bailleur": s.SEMIS},
        d.ContratSigne: {"complet": True},
        d.OrientationAcceptee: {"convention": une},
    }
    sans_flux = {d.PlacePrise, d.PlaceRendue}
    faits = [marques.event(c, **fixes.get(c, {})) for c in get_args(d.Event) if c not in sans_flux]
    await scene.m.faits_dossiers(dossier, *faits, par=s.SEMIS)
    attendus = [f.coder(fait, "p" * 16) for fait in faits]
    nombre = 2 + sum(code is not None for code in attendus)  # the convention's activation and its plan come first
    lus = await compte(scene, "etat.analyste", une, nombre)
    http = (await demander(scene, "etat.analyste", une, limite=200)).content
    async with diffusion(scene):
        records = await LecteurKafka(scene.kafka, s.ETAT, une).lire(nombre)
    octets = http + b"".join(
        [r.value + r.key + r.topic.encode() + b"".join(n.encode() + v for n, v in r.headers) for r in records]
    )
    assert marques.textes
    for texte in marques.textes:
        assert texte.encode() not in octets
    for identifiant in {dossier, *marques.ids, UUID(int=1)}:
        for forme in (str(identifiant).encode(), identifiant.hex.encode(), identifiant.bytes):
            assert forme not in octets
    assert [data for _, data in lus] == [record.value for record in records]
    assert {type_ for type_ in (e.type.rpartition(".")[2] for e, _ in lus)} >= {type(c).__name__ for c in attendus if c}


async def test_l_heure_de_l_envoi_n_en_dit_pas_plus_que_la_semaine(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    await menage(scene, une)
    async with diffusion(scene):
        records = await LecteurKafka(scene.kafka, s.ETAT, une).lire(3)
    for record in records:
        enveloppe = lire(record.headers)
        assert record.timestamp == enveloppe.time.timestamp() * 1000
        assert record.key == enveloppe.partitionkey.encode()
        assert record.partition == 0
    assert lire(records[-1].headers).time.date() == date(2026, 1, 5)  # the Monday of the week


# Pseudonyms


async def test_deux_financeurs_et_deux_annees_n_ont_aucun_pseudonyme_en_commun(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT, s.DEPARTEMENT)
    for _ in range(3):
        await menage(
            scene,
            une,
            replace(h.acceptee, convention=une, le=date(2026, 12, 31)),
            replace(h.adhere, le=date(2027, 1, 1)),
        )
    etat = await compte(scene, "etat.analyste", une, 11)
    departement = await compte(scene, "departement.analyste", une, 11)
    assert len(pseudonymes(etat)) == len(pseudonymes(departement)) == 6  # three households, two years
    assert pseudonymes(etat).isdisjoint(pseudonymes(departement))
    # The last of 2026 and the first of 2027 fall in the same week, and are not told to be of one household.
    semaines = [msgspec.json.decode(data)["semaine"] for e, data in etat if e.type.endswith(("Acceptee", "Recueillie"))]
    assert set(semaines) == {"2026-W53"}


async def test_une_convention_peut_suivre_ses_annees_comme_une_seule(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT, s.DEPARTEMENT, pseudonymes_pluriannuels=True)
    await menage(
        scene, une, replace(h.acceptee, convention=une, le=date(2026, 12, 31)), replace(h.adhere, le=date(2027, 1, 1))
    )
    etat = await compte(scene, "etat.analyste", une, 5)
    assert len(pseudonymes(etat)) == 1
    assert pseudonymes(etat).isdisjoint(pseudonymes(await compte(scene, "departement.analyste", une, 5)))


async def test_un_menage_efface_l_est_sous_tous_ses_pseudonymes_et_ne_revient_pas(scene: s.Scene) -> None:
    premiere, seconde = await convention(scene, s.ETAT), await convention(scene, s.ETAT)
    refus = replace(h.refusee, le=date(2026, 1, 8))
    reoriente = s.oriente(date(2026, 12, 20), date(2027, 1, 4), seconde)[-1]
    acceptee = replace(h.acceptee, convention=seconde, le=date(2027, 1, 2))
    effaces = [d.DonneesEffacees(uuid4(), qui, date(2027, 2, 1)) for qui in (s.SEMIS, s.TREMPLIN)]
    apres = d.ReevaluationEnRetard(date(2027, 2, 1), date(2027, 2, 2))
    dossier = await menage(scene, premiere, refus, reoriente, acceptee, *effaces, apres)
    await scene.vu(dossier)
    for une, faits, noms in ((premiere, 5, 1), (seconde, 6, 2)):
        lus = await compte(scene, "etat.analyste", une, faits)
        oublies = [msgspec.json.decode(data)["pseudonyme"] for e, data in lus if e.type.endswith("DonneesEffacees")]
        assert len(oublies) == len(set(oublies)) == noms
        assert set(oublies) == pseudonymes(lus)
        # The convention's own facts come from another service, and may come after.
        du_menage = [e.type for e, data in lus if b'"pseudonyme"' in data]
        assert du_menage[-1].endswith("DonneesEffacees")


# Reading


async def test_qui_reprend_a_son_curseur_ne_manque_rien_et_ne_voit_rien_deux_fois(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    kafka = LecteurKafka(scene.kafka, s.ETAT, une)
    lus: list[int] = []
    curseur: dict[str, str] = {}
    async with diffusion(scene):
        for tour in range(3):
            for _ in range(4):
                await menage(scene, une)
            await compte(scene, "etat.analyste", une, 2 + 4 * (tour + 1))
            for _ in range(2):  # twice three facts of four to six: something is left each time
                reponse = await demander(scene, "etat.analyste", une, limite=3, **curseur)
                lus += [e.streamversion for e, _ in lire_lot(reponse.content)]
                curseur = {"apres": reponse.headers["maillage-suivant"]}
            await kafka.lire(2 + 4 * (tour + 1))
    assert lus == list(range(1, 15))
    assert positions(kafka.records) == list(range(1, 15))
    vide = await demander(scene, "etat.analyste", une, **curseur)
    assert (vide.content, vide.headers["maillage-suivant"]) == (b"[]", curseur["apres"])


async def test_un_curseur_garde_son_sens_et_une_relecture_redit_les_memes_octets(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 3)
    premiere = await demander(scene, "etat.analyste", une, limite=2)
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 4)
    encore = await demander(scene, "etat.analyste", une, limite=2)
    assert premiere.content == encore.content
    assert premiere.headers["maillage-suivant"] == encore.headers["maillage-suivant"]


@pytest.mark.parametrize("apres", ["!", "WyJ4Il0", "Wy0xXQ", "WzQyOTQ5NjcyOTZd", "W10"])
async def test_un_curseur_qui_n_en_est_pas_un_est_refuse(scene: s.Scene, apres: str) -> None:
    une = await convention(scene, s.ETAT)
    await compte(scene, "etat.analyste", une, 2)
    reponse = await demander(scene, "etat.analyste", une, apres=apres)
    assert (reponse.status_code, reponse.json()["code"]) == (400, "curseur_invalide")


async def test_seuls_les_financeurs_du_plan_lisent(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT, s.SEMIS)  # the landlord's own share is a line of the plan
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 3)
    for autre in ("semis.agent", "tremplin.coordinateur", "departement.analyste", "autre.agent", SERVICE):
        reponse = await demander(scene, autre, une)
        assert (reponse.status_code, reponse.json()["code"]) == (404, "inconnu"), autre
        assert (await demander(scene, autre, uuid4())).json()["detail"] == reponse.json()["detail"]
    assert (await demander(scene, "etat.analyste", uuid4())).status_code == 404
    assert (await scene.m.clients["notifications"].get(f"/v1/flux/{une}")).status_code == 401


async def test_chacun_a_la_liste_de_ses_flux(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 3)
    siens = (await scene.m.lire("etat.analyste", "/v1/flux", "notifications")).json()["elements"]
    assert {"convention": str(une), "position": 3, "sujet": f"flux.{s.ETAT}.{une}"} in siens
    autres = (await scene.m.lire("departement.analyste", "/v1/flux", "notifications")).json()["elements"]
    assert str(une) not in {flux["convention"] for flux in autres}
    assert (await scene.m.lire("semis.agent", "/v1/flux", "notifications")).status_code == 403


async def test_qui_arrive_plus_tard_recoit_tout_et_qui_part_ne_recoit_plus_rien(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 3)
    etat, departement = (LecteurKafka(scene.kafka, qui, une) for qui in (s.ETAT, s.DEPARTEMENT))
    async with diffusion(scene):
        assert positions(await etat.lire(3)) == [1, 2, 3]
        await scene.m.faits_partenaires(une, s.plan(s.DEPARTEMENT, convention=une))
        assert positions(await departement.lire(4)) == [1, 2, 3, 4]
        await menage(scene, une)
        assert positions(await departement.lire(5)) == [1, 2, 3, 4, 5]
        assert positions(await etat.lire(3)) == [1, 2, 3]
    assert (await demander(scene, "etat.analyste", une)).status_code == 404


async def test_rien_ne_parait_avant_que_la_convention_dise_comment_nommer(scene: s.Scene) -> None:
    """Facts of a household may arrive before the convention's own: its topic is another one."""
    une = uuid4()
    await scene.m.faits_partenaires(une, s.plan(s.ETAT, convention=une))
    dossier = await menage(scene, une)
    await scene.vu(une, service="partenaires")
    await scene.vu(dossier)
    vide = await demander(scene, "etat.analyste", une)
    assert (vide.status_code, vide.content) == (200, b"[]")
    await scene.m.faits_partenaires(une, s.activee(une))
    await compte(scene, "etat.analyste", une, 3)


async def test_un_courtier_qui_a_tout_perdu_est_rempli_a_nouveau(scene: s.Scene) -> None:
    une = await convention(scene, s.ETAT)
    await menage(scene, une)
    await compte(scene, "etat.analyste", une, 3)
    async with diffusion(scene):
        avant = await LecteurKafka(scene.kafka, s.ETAT, une).lire(3)
    async with diffusion(scene):
        await menage(scene, une)
        assert positions(await LecteurKafka(scene.kafka, s.ETAT, une).lire(4)) == [1, 2, 3, 4]
    scene.kafka.effacer()
    async with diffusion(scene):
        apres = await LecteurKafka(scene.kafka, s.ETAT, une).lire(4, delai=40)
    assert positions(apres) == [1, 2, 3, 4]
    assert [r.value for r in apres[:3]] == [r.value for r in avant]
    assert lire(apres[0].headers).id == lire(avant[0].headers).id
    assert lire(apres[0].headers).epoque != lire(avant[0].headers).epoque
