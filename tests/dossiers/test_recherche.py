"""Finding a household: by what one types, within one's own boundary, and never again once it is erased."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dossiers.app import EVENEMENTS, SERVICE
from services.dossiers.recherche import COMPARTIMENTS, Personne, a_trouver, index, mots, partout, question
from services.dossiers.vues import recherche as vue
from services.socle.base.database import connect
from services.socle.facts.refusal import Refus
from services.socle.rebuild import Rebuild
from services.socle.views.view import with_keys
from tests.dossiers.quartier import AUTRE_BAILLEUR, SEMIS, TREMPLIN, Quartier

TABLES = ("recherche_bailleur", "recherche_association")


async def trouver(q: Quartier, sujet: str, texte: str) -> list[str]:
    reponse = await q.demander(sujet, "/v1/recherche", {"q": texte})
    assert reponse["total"] == len(reponse["elements"])
    return [element["dossier"] for element in reponse["elements"]]


async def lignes(q: Quartier, table: str) -> dict[UUID, dict[str, Any]]:
    connection = await connect(q.monde.acces.dsn("dossiers", "suite"))
    try:
        return {row["dossier"]: dict(row) for row in await connection.fetch(f"SELECT * FROM vues.{table}")}
    finally:
        await connection.close()


# What is typed


@pytest.fixture(scope="module")
async def legoff(q: Quartier) -> str:
    return await q.reperer("Le Gôff-Ñandú", "Anne-Cécile", naissance="1988-03-07", commune="17300")


@pytest.mark.parametrize(
    "texte",
    [
        "le goff", "LEGOFFNANDU", "goff le", "ñandu", "nandú goff", "anne cec", "Anne-Cécile", "annececile",
        "07/03/1988", "7.3.88", "7 3 1988", "1988-03-07", "07031988", "goff 1988",
        "rochelle anne", "la rochelle", "17300 go", "  Gô  ",
        "an le go", "x anne",
    ],
)  # fmt: skip
async def test_accents_casse_et_ordre_ne_comptent_pas(q: Quartier, legoff: str, texte: str) -> None:
    assert legoff in await trouver(q, "semis.agent", texte)
    assert legoff in await trouver(q, "semis.responsable", texte)


@pytest.mark.parametrize("texte", ["goffe", "off", "anne durand", "08/03/1988", "anne 1989", "saintes anne"])
async def test_chaque_mot_doit_repondre(q: Quartier, legoff: str, texte: str) -> None:
    assert legoff not in await trouver(q, "semis.agent", texte)


@pytest.mark.parametrize("texte", ["a", "a b c", "'", "31", "é"])
async def test_une_recherche_trop_courte_dit_quoi_taper(q: Quartier, texte: str) -> None:
    client = q.monde.clients["dossiers"]
    reponse = await client.post("/v1/recherche", json={"q": texte}, headers=q.monde.jeton("semis.agent"))
    if texte == "31":  # two figures begin a commune's code
        assert reponse.status_code == 200
    else:
        assert (reponse.status_code, reponse.json()["code"]) == (422, "recherche_trop_courte")


async def test_les_plus_recents_d_abord_et_la_suite_par_curseur(q: Quartier) -> None:
    dossiers = {await q.reperer("Curseur", f"Prénom{n}") for n in "abcde"}
    vus: list[str] = []
    apres = None
    while True:
        corps = {"q": "curseur", "limite": 2, "apres": apres}
        page = await q.demander("semis.agent", "/v1/recherche", corps)
        vus += [element["dossier"] for element in page["elements"]]
        assert page["total"] == 5
        apres = page["suivant"]
        if apres is None:
            break
    assert len(vus) == 5
    assert set(vus) == dossiers


# Whose it is


async def test_chacun_trouve_les_siens_et_l_association_ceux_qu_on_lui_adresse(q: Quartier) -> None:
    a_nous = await q.reperer("Frontière", "Ici")
    a_eux = await q.reperer("Frontière", "Ici", AUTRE_BAILLEUR)
    assert await trouver(q, "semis.agent", "frontiere ici") == [a_nous]
    assert await trouver(q, "autre-bailleur.agent", "frontiere ici") == [a_eux]
    assert await trouver(q, "tremplin.referent", "frontiere") == []
    await q.orienter(a_nous)
    assert await trouver(q, "tremplin.referent", "frontiere") == [a_nous]
    assert await trouver(q, "autre-association.coordinateur", "frontiere") == []


@pytest.mark.parametrize("sujet", ["etat.analyste", "operateur"])
async def test_qui_ne_suit_aucun_menage_ne_cherche_pas(q: Quartier, sujet: str) -> None:
    client = q.monde.clients["dossiers"]
    for chemin, corps in (("recherche", {"q": "exemple"}), ("doublons", {"identite": {"nom": "a", "prenom": "b"}})):
        reponse = await client.post(f"/v1/{chemin}", json=corps, headers=q.monde.jeton(sujet))
        assert reponse.status_code == 403


@pytest.mark.parametrize("fin", ["refuser-orientation", "retirer-orientation", "clore"])
async def test_une_demande_sans_suite_ne_se_trouve_plus_chez_l_association(q: Quartier, fin: str) -> None:
    nom = f"Suite{fin.replace('-', '')}"
    dossier = await q.reperer(nom, "Sans")
    await q.orienter(dossier)
    assert await trouver(q, "tremplin.referent", nom) == [dossier]
    sujet, corps = {
        "refuser-orientation": ("tremplin.coordinateur", {"auteur": "association", "etape": "rencontre", "motif": "autre",
                                                          "precision": "complet"}),
        "retirer-orientation": ("semis.agent", {"motif": "situation_resolue"}),
        "clore": ("semis.agent", {"motif": "demenagement", "situation": "logement_adapte"}),
    }[fin]  # fmt: skip
    await q.fait(sujet, dossier, fin, corps)
    assert await trouver(q, "tremplin.referent", nom) == []
    assert await trouver(q, "semis.agent", nom) == [dossier]
    assert UUID(dossier) not in await lignes(q, "recherche_association")


async def test_deux_organisations_n_ont_aucun_terme_commun(q: Quartier) -> None:
    dossier = UUID(await q.reperer("Commun", "Terme", naissance="1970-01-01"))
    await q.orienter(str(dossier))
    chez_nous, chez_eux = [(await lignes(q, table))[dossier] for table in TABLES]
    assert (chez_nous["organisation"], chez_eux["organisation"]) == (SEMIS, TREMPLIN)
    assert len(chez_nous["termes"]) == len(chez_eux["termes"]) > 0
    assert not set(chez_nous["termes"]) & set(chez_eux["termes"])


async def test_rien_de_lisible_n_est_garde(q: Quartier) -> None:
    dossier = UUID(await q.reperer("Lisible", "Rien", adresse="1 rue Lisible"))
    row = (await lignes(q, "recherche_bailleur"))[dossier]
    assert "isible" not in str(row)
    assert row.keys() == {"dossier", "version", "stream_id", "organisation", "source", "commune", "le", "termes"}


# Erasing


async def test_apres_l_effacement_aucun_terme_ne_reste(q: Quartier) -> None:
    dossier = await q.reperer("Oubli", "Total")
    await q.accepter(dossier)
    fin = {"motif": "demenagement", "situation": "logement_adapte"}
    await q.fait("tremplin.coordinateur", dossier, "clore", fin)
    await q.fait("semis.responsable", dossier, "effacer-donnees")
    assert await trouver(q, "semis.agent", "oubli") == []
    assert await trouver(q, "tremplin.referent", "oubli") == [dossier], "the association's own copy is its own to erase"
    await q.fait("tremplin.coordinateur", dossier, "effacer-donnees")
    assert await trouver(q, "tremplin.referent", "oubli") == []
    for table in TABLES:
        assert UUID(dossier) not in await lignes(q, table)


async def test_un_menage_dont_la_cle_est_detruite_ne_se_trouve_plus(q: Quartier) -> None:
    """As after restoring a backup from before the erasure: the terms are back, the key is not."""
    dossier = await q.reperer("Restauré", "Sans Clé")
    menage = (await q.lire("semis.agent", f"/v1/dossiers/{dossier}"))["menage"]
    trousseau = q.monde.apps["dossiers"].state.moyens.trousseau
    await trousseau.detruire(UUID(menage), SEMIS)
    reponse = await q.demander("semis.agent", "/v1/recherche", {"q": "restaure"})
    assert reponse["elements"] == []
    candidat = {"identite": {"nom": "Restauré", "prenom": "Sans Clé"}}
    assert (await q.demander("semis.agent", "/v1/doublons", candidat))["elements"] == []
    await _reconstruire(q)
    assert (await lignes(q, "recherche_bailleur"))[UUID(dossier)]["termes"] is None


async def _reconstruire(q: Quartier) -> None:
    acces = q.monde.acces
    trousseau = q.monde.apps["dossiers"].state.moyens.trousseau
    owner, reader, writer = [await connect(acces.dsn("dossiers", f)) for f in ("proprietaire", "suite", "suite")]
    try:
        for view in with_keys([vue.du_bailleur, vue.de_l_association], trousseau):
            await Rebuild("dossiers", view, EVENEMENTS, SERVICE.lecteur).run(owner, reader, writer)
    finally:
        for connection in (owner, reader, writer):
            await connection.close()


async def test_une_reconstruction_retrouve_les_memes_termes(q: Quartier) -> None:
    for n in range(3):
        dossier = await q.reperer("Reconstruit", f"Numéro{n}")
        if n:
            await q.accepter(dossier) if n > 1 else await q.orienter(dossier)
    avant = [await lignes(q, table) for table in TABLES]
    await _reconstruire(q)
    apres = [await lignes(q, table) for table in TABLES]
    for ancien, nouveau in zip(avant, apres, strict=True):
        assert ancien.keys() == nouveau.keys()
        assert sum(bool(row["termes"]) for row in nouveau.values()) > 0
        for dossier_, row in nouveau.items():
            assert row["termes"] in (None, ancien[dossier_]["termes"])
    assert len(await trouver(q, "semis.agent", "reconstruit")) == 3
    assert len(await trouver(q, "tremplin.referent", "reconstruit")) == 2


async def test_une_vue_sans_cles_ne_s_ecrit_pas(q: Quartier) -> None:
    acces = q.monde.acces
    owner, reader, writer = [await connect(acces.dsn("dossiers", f)) for f in ("proprietaire", "suite", "suite")]
    try:
        with pytest.raises(RuntimeError, match="given no keys"):
            await Rebuild("dossiers", vue.du_bailleur, EVENEMENTS, SERVICE.lecteur).run(owner, reader, writer)
    finally:
        for connection in (owner, reader, writer):
            await connection.close()


# In SQL


async def test_la_question_ne_repond_que_pour_qui_la_pose(q: Quartier, legoff: str) -> None:
    """With the right terms in hand, another organisation, a colleague without a role and nobody at all find nothing."""
    trousseau = q.monde.apps["dossiers"].state.moyens.trousseau
    termes = partout(await trousseau.cle_derivee(vue.cle(SEMIS)), ["mot goff"])
    groupe = "{" + ",".join(map(str, termes)) + "}"
    connection = await connect(q.monde.acces.dsn("dossiers", "api"))
    try:
        for organisation, roles, attendu in (
            (str(SEMIS), "agent", [UUID(legoff)]), (str(SEMIS), "", []), (str(SEMIS), "referent", []),
            (str(AUTRE_BAILLEUR), "agent", []), (str(TREMPLIN), "referent", []), ("", "agent", []),
        ):  # fmt: skip
            async with connection.transaction(readonly=True):
                await connection.execute(
                    "SELECT set_config('maillage.organisation', $1, true), set_config('maillage.roles', $2, true)",
                    organisation, roles,
                )  # fmt: skip
                found = [
                    row[0]
                    for row in await connection.fetch("SELECT dossier FROM vues.trouver(50, NULL, NULL, $1)", groupe)
                ]
                assert found == attendu, (organisation, roles)
                seen = await connection.fetchval("SELECT count(*) FROM vues.recherche_bailleur")
                assert bool(seen) == (roles == "agent" and organisation in (str(SEMIS), str(AUTRE_BAILLEUR)))
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch("SELECT * FROM vues.trouver(50, NULL, NULL, $1)", "'} OR true --")
    finally:
        await connection.close()


# Terms


CLE, AUTRE = b"a" * 32, b"b" * 32
PERSONNES = st.builds(
    Personne,
    nom=st.text(min_size=1, max_size=30),
    prenom=st.text(min_size=1, max_size=30),
    naissance=st.none() | st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    adresse=st.text(max_size=40),
    commune=st.sampled_from(["17415", "2A004", "99999"]),
)


@given(PERSONNES, st.uuids())
def test_ce_qu_on_tape_d_une_personne_la_trouve(p: Personne, dossier: UUID) -> None:
    termes = set(index(CLE, dossier, p))
    for champ in (p.nom, p.prenom):
        try:
            demandes = question(champ)
        except Refus:
            continue
        # A name made of figures may read as a date; people's are not.
        if not any(c.isdecimal() for c in champ):
            assert all(termes & set(partout(CLE, demande)) for demande in demandes)


@given(PERSONNES, st.uuids(), st.uuids())
def test_les_termes_ne_disent_rien_sans_la_cle(p: Personne, un: UUID, autre: UUID) -> None:
    termes = index(CLE, un, p)
    assert len(termes) % 16 == 0, "their number does not tell how long a name is"
    assert index(CLE, un, p) == termes, "a rebuild makes the same"
    assert not set(termes) & set(index(AUTRE, un, p))
    if un.bytes[-1] != autre.bytes[-1]:
        assert not set(termes) & set(index(CLE, autre, p)), "two compartments share nothing, even of the same name"


def test_les_compartiments_cachent_les_noms_frequents() -> None:
    """Who reads the table without the key sees « Martin » once in most compartments, not four hundred times."""
    tous = [index(CLE, UUID(int=n), Personne("Martin", "Camille")) for n in range(400)]
    vus: dict[int, int] = {}
    for termes in tous:
        for terme in termes:
            vus[terme] = vus.get(terme, 0) + 1
    assert max(vus.values()) == -(-400 // COMPARTIMENTS)


@pytest.mark.parametrize(
    ("texte", "lus"),
    [("L’Œuvre d'ÆGIR", ["l", "oeuvre", "d", "aegir"]), ("Łukasz Straße", ["lukasz", "strasse"]), ("ﬁ\u00adn", ["fi", "n"])],
)  # fmt: skip
def test_les_mots_sont_lus_comme_on_les_tape(texte: str, lus: list[str]) -> None:
    assert mots(texte) == lus


def test_une_question_longue_est_bornee() -> None:
    assert len(question(" ".join(f"mot{n}" for n in range(50)))) == 8


def test_une_personne_a_peu_de_termes() -> None:
    """So that a hundred thousand households stay a small index."""
    p = Personne("Dupont-Lefebvre", "Marie-Christine", date(1990, 2, 28), "12 rue des Lilas 17100 Saintes", "17415")
    assert len(a_trouver(p)) < 80
