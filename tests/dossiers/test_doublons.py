"""Before a household is entered: those already there that look like it, and why; never another organisation's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.dossiers.recherche import Personne, a_rapprocher, adresse, son
from services.dossiers.ressemblance import ecart, pourquoi, raisons
from tests.dossiers.quartier import AUTRE_BAILLEUR, Quartier

CONNU = Personne("Lefebvre", "Marie-Christine", date(1990, 2, 8), "12 rue des Lilas, apt 3, 17100 Saintes")


def p(
    nom: str = CONNU.nom, prenom: str = CONNU.prenom, naissance: date | None = CONNU.naissance, adresse: str = ""
) -> Personne:
    return Personne(nom, prenom, naissance, adresse)


# What looks alike


@pytest.mark.parametrize(
    ("saisi", "attendu"),
    [
        (p(), "même date de naissance, même nom"),
        (p("LEFÈBVRE", "marie christine"), "même date de naissance, même nom"),
        (p("Marie-Christine", "Lefebvre"), "même date de naissance, même nom"),
        (p("Lefèvre"), "même date de naissance, nom proche"),
        (p("Lefbevre"), "même date de naissance, nom proche"),
        (p("Lefebvre-Durand", "Marie"), "même date de naissance, nom proche"),
        (p(naissance=date(1990, 8, 2)), "même nom, date de naissance proche"),
        (p(naissance=date(1990, 2, 18)), "même nom, date de naissance proche"),
        (p(naissance=date(1980, 2, 8)), "même nom, date de naissance proche"),
        (p(naissance=None), "même nom, date de naissance non renseignée"),
        (p("Durand", "Paul", date(1950, 1, 1), "12, r. des lilas appt. 3 - 17100 SAINTES"), "même adresse"),
    ],
)
def test_ce_qui_se_ressemble_et_pourquoi(saisi: Personne, attendu: str) -> None:
    assert pourquoi(raisons(saisi, CONNU)) == attendu
    assert a_rapprocher(saisi) & a_rapprocher(CONNU), "what looks alike must also be a candidate"


@pytest.mark.parametrize(
    "saisi",
    [
        p("Durand", "Paul"),  # born the same day
        p("Lefebvre", "Paul"),  # a twin
        p(naissance=date(1971, 11, 23)),  # a namesake
        p("Lefèvre", naissance=None),
        p("Durand", "Paul", date(1950, 1, 1), "12 rue des Lilas, apt 4, 17100 Saintes"),
        p("Durand", "Paul", date(1950, 1, 1), ""),
    ],
)
def test_ce_qui_ne_se_ressemble_pas(saisi: Personne) -> None:
    assert raisons(saisi, CONNU) == ()


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("Dupont", "Dupond"), ("Dupont", "Dupnot"), ("Mohamed", "Muhammad"), ("Thibault", "Tibo"), ("Moreau", "Moro"),
        ("Chloé", "Cloe"), ("Christophe", "Cristof"), ("Fatima", "Fatma"), ("Haddad", "Hadad"),
    ],
)  # fmt: skip
def test_les_noms_qui_sonnent_pareil(un: str, autre: str) -> None:
    assert son(un) == son(autre)


def test_un_nom_sans_consonne_garde_un_son() -> None:
    assert {son(nom) for nom in ("Eau", "O", "李")} == {"o", "李"}


@pytest.mark.parametrize(
    ("a", "b", "attendu"), [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xyz", 3),
                            ("ca", "abc", 3), ("", "abc", 3), ("martin", "mratni", 2)],
)  # fmt: skip
def test_l_ecart_compte_les_fautes_de_frappe(a: str, b: str, attendu: int) -> None:
    assert ecart(a, b) == ecart(b, a) == attendu


def test_une_adresse_se_compare_sans_abreviations_ni_commune() -> None:
    assert adresse("3 bd de la République 17000 La Rochelle") == adresse("3, boulevard République")
    assert adresse("17000") == "17000"
    assert adresse("") == ""


# Through the API


async def doublons(q: Quartier, sujet: str, sauf: str | None = None, **identite: Any) -> list[tuple[str, str]]:
    reponse = await q.demander(sujet, "/v1/doublons", {"identite": identite, "sauf": sauf})
    assert reponse["total"] == len(reponse["elements"])
    return [(element["dossier"], element["pourquoi"]) for element in reponse["elements"]]


async def test_le_bailleur_voit_le_menage_deja_saisi_avant_d_envoyer(q: Quartier) -> None:
    identite: dict[str, Any] = {
        "nom": "Ressemblant",
        "prenom": "Alix",
        "naissance": "1991-04-06",
        "adresse": "5 rue du Port 17000 X",
    }
    dossier = await q.reperer(**identite)
    reponse = await q.demander("semis.agent", "/v1/doublons", {"identite": {**identite, "nom": "Resemblant"}})
    [element] = reponse["elements"]
    assert element["identite"]["nom"] == "Ressemblant"
    assert element["dossier"] == dossier
    assert element["etape"] == "reperee"
    assert element["raisons"] == ["meme_naissance", "nom_proche", "meme_adresse"]
    assert await doublons(q, "semis.agent", sauf=dossier, **identite) == []


async def test_le_plus_probable_d_abord(q: Quartier) -> None:
    proche = await q.reperer("Ordonné", "Bao", naissance="1985-05-05")
    meme = await q.reperer("Ordonnée", "Bao", naissance="1985-05-06")
    trouves = await doublons(q, "semis.agent", nom="Ordonnée", prenom="Bao", naissance="1985-05-06")
    assert trouves == [
        (meme, "même date de naissance, même nom"), (proche, "nom proche, date de naissance proche"),
    ]  # fmt: skip


async def test_jamais_par_dessus_la_frontiere_d_une_organisation(q: Quartier) -> None:
    identite: dict[str, Any] = {"nom": "Voisine", "prenom": "Camille", "naissance": "1979-12-31"}
    a_eux = await q.reperer(bailleur=AUTRE_BAILLEUR, **identite)
    assert await doublons(q, "semis.agent", **identite) == []
    assert await doublons(q, "tremplin.referent", **identite) == []
    a_nous = await q.reperer(**identite)
    assert [d for d, _ in await doublons(q, "semis.agent", **identite)] == [a_nous]
    assert [d for d, _ in await doublons(q, "autre-bailleur.agent", **identite)] == [a_eux]
    await q.orienter(a_nous)
    assert [d for d, _ in await doublons(q, "tremplin.referent", **identite)] == [a_nous]


@pytest.mark.parametrize("identite", [{}, {"nom": "", "prenom": "X"}, {"nom": "A\x00", "prenom": "X"}, {"surnom": "X"}])
async def test_une_question_mal_posee_dit_quel_champ_reprendre(q: Quartier, identite: dict[str, str]) -> None:
    client = q.monde.clients["dossiers"]
    reponse = await client.post("/v1/doublons", json={"identite": identite}, headers=q.monde.jeton("semis.agent"))
    assert reponse.status_code == 422
    assert all(champ["chemin"].startswith("/identite") for champ in reponse.json()["champs"])
