"""What each release wrote is still read: its databases are put back on a new server, today's code migrates them and serves.

A backup knows nothing of the broker, and comes from another server: readers begin again, and find nothing lost or doubled.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from deploy.moteurs.kafka import Kafka
from tests.infra import Postgres, nouveau_postgres
from tests.releases.ecarts import Table, ecarts, perdus
from tests.releases.niveau import SERVICES, Niveau, mettre_a_niveau, ouvrir_atelier
from tests.releases.release import Question, Release, connues

pytestmark = pytest.mark.timeout(300)  # the first test waits for the whole upgrade, on a machine busy with other tests

VOULUS: Mapping[str, str] = {
    "dossiers.travail.attendu": "who is awaited, for what and until when; the code it was is « quoi »",
}
"""« service.view.column », or « service.view » → why a later version shows something else there, or nothing: a line of the
CHANGELOG."""

REPONSES_VOULUES: Mapping[str, str] = {"/v1/travail": "attendu"}
"""The same of answers: a path of the API → the field that changed."""

REFERENT, COORDINATEUR = "tremplin17.referent", "tremplin17.coordinateur"
JETON = re.compile(r"chiffre:1:[0-9a-f]{32}:[0-9a-f]{32}:[A-Za-z0-9_-]+")


@pytest.fixture(scope="module", params=connues(), ids=lambda release: release.fiche.version)
def serveur(request: pytest.FixtureRequest) -> Iterator[tuple[Release, Postgres]]:
    """A server of each release's own, that has lived less than the one its dump comes from."""
    postgres = nouveau_postgres()
    yield request.param, postgres
    postgres.fermer()


@pytest.fixture(scope="module")
async def niveau(
    serveur: tuple[Release, Postgres], kafka: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Niveau]:
    release, postgres = serveur
    kafka.effacer()
    dossier = tmp_path_factory.mktemp("release")
    async with mettre_a_niveau(release, postgres.dsn_admin, kafka.bootstrap, dossier) as one:
        yield one


def test_la_mise_a_niveau_refait_les_vues_que_la_version_n_avait_pas(niveau: Niveau) -> None:
    """A view that is new here must tell of the past too."""
    assert set(niveau.neuves) <= set(niveau.perimees)


def test_chaque_fait_se_lit_tout_entier(niveau: Niveau) -> None:
    perdu: list[str] = []
    for nom, photo in niveau.avant.items():
        codec = SERVICES[nom].codec
        assert photo.faits
        for _, id_, _, _, type_, schema_version, data, _ in photo.faits:
            event = codec.decode(type_, schema_version, data)
            if codec.schema_version(event) == schema_version:
                perdu += perdus(json.loads(data), json.loads(codec.encode(event)), f"{type_} {id_}")
    assert perdu == []


def test_chaque_vue_refaite_montre_ce_qu_elle_montrait(niveau: Niveau) -> None:
    trouves: list[str] = []
    for nom, photo in niveau.avant.items():
        for vue, table in photo.vues.items():
            if f"{nom}.{vue}" in VOULUS:
                continue
            refaite = niveau.refaite[nom].vues.get(vue, Table((), ()))
            trouves += ecarts(f"{nom}.{vue}", table, refaite, VOULUS)
    assert trouves == []


def test_les_lecteurs_reprennent_au_debut_sans_rien_perdre_ni_doubler(niveau: Niveau) -> None:
    """Of the server they come from nothing holds any more; of what was read there, everything."""
    for nom, relue in niveau.relue.items():
        avant, refaite = niveau.avant[nom], niveau.refaite[nom]
        lecteur = SERVICES[nom].lecteur
        assert {lecteur, f"relais:{nom}"} <= avant.anciens
        assert not relue.anciens & {lecteur, f"relais:{nom}", *(a for a in avant.anciens if a.startswith("flux."))}
        assert relue.faits == avant.faits, "a fact was lost, changed, or a reaction was played again"
        assert {p for p in relue.positions if p[0] == lecteur} == {p for p in avant.positions if p[0] == lecteur}
        assert relue.gares == avant.gares == 0
        assert {v: _contenu(t.lignes) for v, t in relue.vues.items()} == {
            v: _contenu(t.lignes) for v, t in refaite.vues.items()
        }


def _contenu(lignes: Any) -> Counter[str]:
    return Counter(json.dumps(ligne, sort_keys=True) for ligne in lignes)


async def test_les_donnees_personnelles_s_ouvrent_avec_la_cle_gardee(niveau: Niveau) -> None:
    """All of them, except those of the households whose keys were destroyed: they stay so."""
    ouverts = effaces = 0
    for nom, photo in niveau.avant.items():
        jetons = sorted({j for fait in photo.faits for j in JETON.findall(fait[6].decode())})
        detruites = await niveau.bases.valeur(
            "cles", f"SELECT coalesce(array_agg(cle), '{{}}') FROM {nom}.cles WHERE enveloppe IS NULL"
        )
        morts = {j for j in jetons if j.split(":")[2] in {cle.hex for cle in detruites}}
        async with ouvrir_atelier(SERVICES[nom], niveau.monde.settings) as atelier:
            clairs = await atelier.trousseau.ouvrir(jetons)
        assert {j for j, clair in zip(jetons, clairs, strict=True) if clair == "(effacé)"} == morts
        ouverts, effaces = ouverts + len(jetons) - len(morts), effaces + len(morts)
    assert ouverts > effaces > 0


async def test_chacun_obtient_les_reponses_qu_il_avait(niveau: Niveau) -> None:
    """The landlord, the référent, the coordinator and the funder, of each service, names in clear and pseudonyms included."""
    trouves: list[str] = []
    for question in niveau.release.questions:
        pertes = perdus(question.reponse, await _demander(niveau, question), f"{question.compte} {question.chemin}")
        voulu = REPONSES_VOULUES.get(question.chemin.partition("?")[0])
        trouves += [perte for perte in pertes if voulu is None or f".{voulu} : " not in perte]
    assert trouves == []


async def test_une_commande_deja_faite_se_reconnait(niveau: Niveau) -> None:
    geste = niveau.release.fiche.geste
    assert await _demander(niveau, geste) == geste.reponse


async def test_un_geste_nouveau_sur_un_vieux_dossier_se_voit(niveau: Niveau) -> None:
    """One command to each service, and what it changes in the view of whoever reads it."""
    m, geste = niveau.monde, niveau.release.fiche.geste
    dossier = geste.chemin.removesuffix("/deposer-note")
    avant = await _lire(niveau, REFERENT, "dossiers", f"{dossier}/notes")
    note = geste.corps | {"note": "0a0a0a0a-0000-4000-8000-000000000001", "texte": "Écrit par la version suivante."}
    reponse = await m.poster(geste.compte, geste.chemin, note)
    assert reponse.status_code == 200, reponse.text
    assert reponse.json()["version"] == geste.reponse["version"] + 1
    apres = await m.lire(REFERENT, f"{dossier}/notes", au_moins=reponse.json()["version"])
    nouvelles = [n for n in apres.json()["elements"] if n not in avant["elements"]]
    assert [n["texte"] for n in nouvelles] == ["Écrit par la version suivante."]

    boite = await _lire(niveau, COORDINATEUR, "notifications", "/v1/boite?non_lus=true")
    lu = boite["elements"][0]["message"]
    reponse = await m.poster(COORDINATEUR, f"/v1/boite/{lu}/lire", service="notifications")
    assert reponse.status_code == 200, reponse.text
    assert (await _lire(niveau, COORDINATEUR, "notifications", "/v1/boite"))["non_lus"] == boite["non_lus"] - 1

    moi = await _lire(niveau, COORDINATEUR, "partenaires", "/v1/moi")
    membres = f"/v1/organisations/{moi['organisation']}"
    reponse = await m.poster(COORDINATEUR, f"{membres}/inviter-membre", {"nom": "Venue Après"}, "partenaires")
    assert reponse.status_code == 200, reponse.text
    vus = await _lire(
        niveau, COORDINATEUR, "partenaires", f"{membres}/membres?limite=200&au_moins={reponse.json()['version']}"
    )
    assert "Venue Après" in [membre["nom"] for membre in vus["elements"]]


async def _demander(niveau: Niveau, question: Question) -> Any:
    m = niveau.monde
    if question.corps is None:
        return await _lire(niveau, question.compte, question.service, question.chemin)
    en_tetes = m.jeton(question.compte) | ({"Idempotency-Key": question.cle} if question.cle else {})
    reponse = await m.clients[question.service].post(question.chemin, json=question.corps, headers=en_tetes)
    assert reponse.status_code == 200, f"{question.chemin}: {reponse.text}"
    return reponse.json()


async def _lire(niveau: Niveau, compte: str, service: str, chemin: str) -> Any:
    reponse = await niveau.monde.clients[service].get(chemin, headers=niveau.monde.jeton(compte))
    assert reponse.status_code == 200, f"{chemin}: {reponse.text}"
    return reponse.json()
