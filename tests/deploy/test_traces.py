"""One click in the pages, seen by a collector: one trace to the views of the other organisation, and nothing of anybody's.

Everything runs as `maillage local` starts it, each service in a process of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from msgspec import Struct

from deploy.exploitation.service import traces
from services.socle.base import tracing
from services.socle.base.settings import Settings
from tests.collecteur import RACINE, Collecteur, Span, collecteur
from tests.deploy.lancement import Lancement
from tests.portail.navigateur import Navigateur

pytestmark = pytest.mark.timeout(600)  # a machine busy with other tests takes its time to start

MARQUE, MOTS = "Exemple-Marque-Sept", ("Marque", "Constat-Marque", "Budget-Marque")
"""A household's name, and words that its papers hold."""

ETRANGERE = "0af7651916cd43dd8448eb211c80319c"
FORGE = {"traceparent": f"00-{ETRANGERE}-b7ad6b7169203331-01", "tracestate": "essai=Marque"}
"""A trace begun outside, which asks to be recorded."""

ATTRIBUTS = {"http.route", "http.response.status_code", "maillage.correlation", "maillage.lot", "error.type"}
RESSOURCE = {
    "service.name",
    "service.instance.id",
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
}
NOM = re.compile(
    r"(GET|POST|HEAD|AUTRE) (-|[a-z]+|(/[a-z0-9_-]*|/\{[a-z_:]+\})+)|commande [A-Z]\w+|ajout|(relais|vues) [a-z.]+"
)


class Histoire(Struct, frozen=True):
    """What was done and seen: `clic` is the portal's span of the click."""

    le: Collecteur
    annonce: Mapping[str, Any]
    convention: str
    dossier: str
    clic: Span

    def trace(self) -> list[Span]:
        return self.le.de(self.clic.trace)

    def chemin(self, span: Span) -> list[str]:
        """From the first to this one: « service name »."""
        par_id = {s.id: s for s in self.trace()}
        noms = []
        while True:
            noms.append(f"{span.service.removeprefix('maillage-')} {span.nom}")
            if span.parent == RACINE:
                return noms[::-1]
            span = par_id[span.parent]

    def chemins(self, nom: str) -> list[list[str]]:
        return [self.chemin(span) for span in self.trace() if span.nom == nom]

    def entetes(self, compte: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.annonce['comptes'][compte]['jeton']}"}


@pytest.fixture(scope="module")
async def histoire(tmp_path_factory: pytest.TempPathFactory, processus: None) -> AsyncIterator[Histoire]:
    """SEMIS and Tremplin 17 agree; an agent finds a household in the pages and sends it to the association."""
    with collecteur() as le:
        ici = Lancement(tmp_path_factory.mktemp("traces"), "--horloge", "2026-01-05", MAILLAGE_TRACES=le.url)
        try:
            annonce = await asyncio.to_thread(ici.pret)
            convention = await _convenir(annonce)
            async with Navigateur(annonce["services"]["portail"]) as n:
                dossier = await _orienter(n)
            async with asyncio.timeout(60):
                await _jusqu_a(lambda: len(_messages(le)) > 0)
            [clic] = {s.trace: s for s in _clics(le) if s.trace in {m.trace for m in _messages(le)}}.values()
            yield Histoire(le, annonce, convention, dossier, clic)
        finally:
            ici.tuer()


def _clics(le: Collecteur) -> list[Span]:
    return [s for s in le.spans if s.nom == "POST /orientations/nouvelle/{id_}/verifier" and s.sorte == "SERVER"]


def _messages(le: Collecteur) -> list[Span]:
    """The views that took in what follows from a click, in the third service."""
    clics = {s.trace for s in _clics(le)}
    return [
        vues for vues in le.spans
        if vues.nom == "vues notifications.vues" and vues.trace in clics
        and any(s.nom == "relais notifications" for s in le.de(vues.trace))
    ]  # fmt: skip


async def _jusqu_a(vrai: Callable[[], bool]) -> None:
    while not vrai():
        await asyncio.sleep(0.2)


async def _convenir(annonce: Mapping[str, Any]) -> str:
    """A convention signed by both and paid by the State; answers its id, once dossiers knows it."""
    services, comptes = annonce["services"], annonce["comptes"]
    semis, tremplin, etat = (
        comptes[c]["organisation"] for c in ("semis.agent", "tremplin17.coordinateur", "etat.analyste")
    )
    async with httpx.AsyncClient(timeout=30) as client:

        async def faire(compte: str, chemin: str, corps: Any) -> str:
            headers = {"Authorization": f"Bearer {comptes[compte]['jeton']}", "Idempotency-Key": str(uuid4())}
            for _ in range(100):  # what was just made may not be in the views yet
                fait = await client.post(f"{services['partenaires']}/v1/{chemin}", json=corps, headers=headers)
                if fait.is_success:
                    return str(fait.json()["id"])
                await asyncio.sleep(0.05)
            raise AssertionError(fait.text)

        dispositif = await faire(
            "semis.responsable", "dispositifs/ouvrir",
            {"nom": "Insertion", "publics": ["sans_domicile"], "themes": ["vivre_ensemble"],
             "regles": {"periodicite_mois": 2, "delai_reponse_jours": 15}},
        )  # fmt: skip
        convention = await faire(
            "semis.responsable", "conventions/proposer",
            {"dispositif": dispositif, "bailleur": semis, "association": tremplin, "places": 30,
             "debut": "2026-01-05", "fin": "2026-12-31"},
        )  # fmt: skip
        ligne = {"financeur": etat, "source": "avdl", "montant_centimes": 700_000}
        chemin = f"conventions/{convention}"
        await faire("semis.responsable", f"{chemin}/etablir-plan-de-financement", {"annee": 2026, "lignes": [ligne]})
        await faire("semis.responsable", f"{chemin}/signer", {})
        await faire("tremplin17.coordinateur", f"{chemin}/signer", {})
        headers = {"Authorization": f"Bearer {comptes['semis.agent']['jeton']}"}
        async with asyncio.timeout(30):
            while (await client.get(f"{services['dossiers']}/v1/{chemin}/places", headers=headers)).is_error:
                await asyncio.sleep(0.05)
    return convention


async def _orienter(n: Navigateur) -> str:
    """Answers the dossier's id. Everything asked on the way says that it comes from a trace begun outside."""
    n.entetes.update(FORGE)
    await n.se_connecter("semis.agent", "/orientations")
    await n.suivre("Orienter un ménage")
    await n.envoyer(
        "Continuer", prenom="Camille", nom=MARQUE, naissance="28/2/1990", commune="Saintes", qpv="oui", enfants="2",
        type_menage="famille_monoparentale", publics=["sans_domicile"],
    )  # fmt: skip
    await n.envoyer("Continuer", motifs=["impayes"], constat="Constat-Marque.", expose="Budget-Marque.")
    await n.envoyer("Continuer", accord="oui", support="rendez_vous_bureau")
    await n.envoyer("Envoyer à")
    found = re.fullmatch(r"/dossiers/([0-9a-f-]{36})", n.page.chemin)
    assert found, n.page.texte
    await n.aller("/recherche")
    await n.envoyer("Chercher", q=MARQUE)
    assert f'value="{MARQUE}"' in n.page.html
    return found[1]


@pytest.mark.parametrize("ou", [None, ""])
def test_sans_adresse_rien_ne_commence(ou: str | None) -> None:
    settings = Settings(
        mode="local", postgres="postgresql://127.0.0.1", postgres_secrets=Path("aucun"), kafka="aucun", emetteurs=(),
        cle_maitre=Path("aucune"), traces=ou,
    )  # fmt: skip
    with traces("essai", settings):
        assert tracing.span("a") is tracing.span("b")
        assert tracing.current() is None


def test_du_clic_aux_vues_de_l_autre_organisation(histoire: Histoire) -> None:
    """Four processes and Kafka between them, and each span under the one it comes from."""
    assert histoire.clic.service == "maillage-portail"
    assert histoire.clic.parent == RACINE
    debut = ["portail POST /orientations/nouvelle/{id_}/verifier", "portail POST dossiers"]
    ajout = [
        *debut,
        "dossiers POST /v1/dossiers/{dossier}/orienter",
        "dossiers commande OrienterMenage",
        "dossiers ajout",
    ]
    assert [*ajout, "dossiers relais dossiers"] in histoire.chemins("relais dossiers")
    assert [*ajout, "dossiers vues dossiers.vues"] in histoire.chemins("vues dossiers.vues")
    assert [*ajout, "notifications vues notifications.vues"] in histoire.chemins("vues notifications.vues")


def test_ce_qui_s_ensuit_est_de_la_meme_trace(histoire: Histoire) -> None:
    """The message to the association, a fact of notifications' own, goes through its own store and topic."""
    [relais, *_] = [s for s in histoire.trace() if s.nom == "relais notifications"]
    apres = [s for s in histoire.trace() if s.nom == "vues notifications.vues" and s.parent == relais.parent]
    assert relais.service == "maillage-notifications"
    assert max(s.entier.end_time_unix_nano for s in apres) > relais.entier.start_time_unix_nano


async def test_le_fait_porte_sa_trace_et_le_flux_du_financeur_aucune(histoire: Histoire) -> None:
    """From the store to Kafka, in `ce_traceparent`; what leaves the network bears neither the header nor the id."""
    kafka = histoire.annonce["kafka"]["bootstrap"]
    faits = await _lire(kafka, "dossiers", 1)
    [ajout] = {s.id for s in histoire.trace() if s.nom == "ajout" and _parent(histoire, s) == "commande OrienterMenage"}
    portes = [dict(r.headers).get("ce_traceparent", b"").decode() for r in faits]
    assert f"00-{histoire.clic.trace}-{ajout}" in {p[:52] for p in portes}
    assert {len(p) for p in portes if p} == {55}

    etat = histoire.annonce["comptes"]["etat.analyste"]["organisation"]
    flux = await _lire(kafka, f"flux.{etat}.{histoire.convention}", 3)
    async with httpx.AsyncClient() as client:
        url = f"{histoire.annonce['services']['notifications']}/v1/flux/{histoire.convention}"
        http = await client.get(url, headers=histoire.entetes("etat.analyste") | FORGE)
    assert http.status_code == 200
    dehors = http.content + b"".join(b"%s: %s" % entete for entete in http.headers.raw)
    dehors += b"".join(r.key + r.value + b"".join(n.encode() + v for n, v in r.headers) for r in flux)
    assert b"Flux" in dehors
    assert b"trace" not in dehors.lower()
    for trace in {s.trace for s in histoire.le.spans}:
        assert trace.encode() not in dehors
        assert bytes.fromhex(trace) not in dehors


def _parent(histoire: Histoire, span: Span) -> str:
    return next((s.nom for s in histoire.trace() if s.id == span.parent), "")


async def _lire(kafka: str, sujet: str, au_moins: int) -> list[ConsumerRecord[Any, Any]]:
    """All that a topic holds, once there is enough."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        numeros = await consumer._client._wait_on_metadata(sujet)
        places = [TopicPartition(sujet, n) for n in sorted(numeros)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        lus: list[ConsumerRecord[Any, Any]] = []
        async with asyncio.timeout(30):
            while len(lus) < au_moins or any(
                [await consumer.position(p) < end for p, end in (await consumer.end_offsets(places)).items()]
            ):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    lus += records
        return lus
    finally:
        await consumer.stop()


def test_rien_de_personne_n_est_parti(histoire: Histoire) -> None:
    """Neither by what spans may hold, nor anywhere in the bytes that were sent."""
    assert {s.service for s in histoire.le.spans} == {
        "maillage-portail", "maillage-dossiers", "maillage-partenaires", "maillage-notifications",
    }  # fmt: skip
    for ressource in histoire.le.ressources:
        assert ressource.keys() <= RESSOURCE
    for span in histoire.le.spans:
        assert NOM.fullmatch(span.nom), span.nom
        assert span.attributs.keys() <= ATTRIBUTS
        assert not [*span.entier.events, *span.entier.links]
        assert span.entier.trace_state == span.entier.status.message == ""
        for texte in (span.nom, *map(str, span.attributs.values())):
            assert not set(texte) & set("?=&%@")
    envoye = b"".join(histoire.le.octets)
    secrets = {compte["jeton"] for compte in histoire.annonce["comptes"].values()}
    for mot in (*MOTS, "Camille", "1990", "Saintes", "127.0.0.1", "python-httpx", histoire.dossier, *secrets):
        assert mot.encode() not in envoye, mot
    assert "POST /v1/recherche" in {s.nom for s in histoire.le.spans}  # what was searched is among what was asked


def test_les_pages_ne_continuent_aucune_trace_du_dehors(histoire: Histoire) -> None:
    portail = [s for s in histoire.le.spans if s.service == "maillage-portail" and s.sorte == "SERVER"]
    assert portail
    assert ETRANGERE not in {s.trace for s in portail}


async def test_une_api_continue_une_trace_du_dehors_qui_n_ouvre_rien(histoire: Histoire) -> None:
    """Whoever calls an API may follow what they asked; being in a trace gives no right, even that of the agent's click."""
    url = f"{histoire.annonce['services']['dossiers']}/v1/dossiers/{histoire.dossier}"
    clic = {"traceparent": f"00-{histoire.clic.trace}-{histoire.clic.id}-01"}
    async with httpx.AsyncClient() as client:
        assert (await client.get(url, headers=clic)).status_code == 401
        assert (await client.get(url, headers=histoire.entetes("autre-bailleur.agent") | clic)).status_code == 404
        assert (await client.get(url, headers=histoire.entetes("semis.agent") | FORGE)).status_code == 200
        faux = {"traceparent": f"00-{ETRANGERE}-x" + "0" * 2000}
        assert (await client.get(url, headers=histoire.entetes("semis.agent") | faux)).status_code == 200
    async with asyncio.timeout(30):
        await _jusqu_a(
            lambda: any(s.trace == ETRANGERE and s.service == "maillage-dossiers" for s in histoire.le.spans)
        )
    siennes = [s for s in histoire.le.de(ETRANGERE) if s.sorte == "SERVER" and s.service == "maillage-dossiers"]
    assert [(s.nom, s.attributs["http.response.status_code"]) for s in siennes] == [("GET /v1/dossiers/{dossier}", 200)]
