"""Addresses, parameters and methods nobody should use: refused with a stable code, and nothing stored."""

from __future__ import annotations

import pytest

from services.socle.web.paging import curseur
from tests.entrees.requetes import LUS, POSTES, Place, nom, refuse
from tests.frontieres.exploration import INCONNU, Point
from tests.frontieres.partage import SERVICES_ENTRE_EUX

pytestmark = pytest.mark.usefixtures("rien_n_est_enregistre")


@pytest.mark.parametrize("point", LUS, ids=nom)
async def test_bien_demande_cela_repond(place: Place, point: Point) -> None:
    """What the other tests change is what they are refused for."""
    reponse = await place.envoyer(point)
    assert reponse.status_code == 200, reponse.text


IMPOSSIBLES = (
    "pas-un-uuid",
    "..%2F..%2Fetc%2Fpasswd",
    "%00",
    "%E9",
    "%0A",
    "a" * 5000,
    "%F0%9F%92%A5",
    "'%20OR%201=1--",
    "{dossier}",
)


@pytest.mark.parametrize("point", [p for p in (*LUS, *POSTES) if p.chose], ids=nom)
async def test_un_identifiant_qui_ne_mene_a_rien(place: Place, point: Point) -> None:
    """Impossible, unknown or somebody else's: not found, all alike."""
    chose = str(point.chose)
    for texte in IMPOSSIBLES:
        code = refuse(point, await place.envoyer(point, adresse=place.adresse(point, **{chose: texte})), 404)
        assert code in ("inconnu", "adresse_inconnue"), texte
    # The services among themselves act on everybody's dossiers: nothing is foreign to the clock.
    for texte in {INCONNU} if place.qui(point) in SERVICES_ENTRE_EUX else {INCONNU, place.etrangers[chose]}:
        adresse = place.adresse(point, **{chose: texte})
        assert refuse(point, await place.envoyer(point, adresse=adresse), 404) == "inconnu", texte


NULLE_PART = ("/", "/v1", "/v1/", "/v2/moi", "/v1/moi/", "//v1/moi", "/docs", "/v1/dossiers/", "/.env")


@pytest.mark.parametrize("service", ["dossiers", "partenaires", "notifications"])
async def test_une_adresse_qui_n_existe_pas(place: Place, service: str) -> None:
    client = place.terrain.lieu.clients[service]
    for adresse in NULLE_PART:
        reponse = await client.get(adresse, headers=place.terrain.lieu.jeton("semis.agent"))
        assert (reponse.status_code, reponse.json()["code"]) == (404, "adresse_inconnue"), adresse


VALEURS = (
    *("", "x" * 3000, "-1", "0", "99999999999999999999999", "1e400", "NaN", "true", "2026-02-30", "é"),
    *("'--", "{}", "[]", "*", INCONNU),
    *(curseur(), curseur(None), curseur("a\x00"), curseur(10**30), curseur("2026-01-01", "x"), curseur([[[]]])),
)
ILLISIBLES = ("%00", "%ED%A0%80", "%FF", "a%0Ab")


@pytest.mark.parametrize("point", [p for p in LUS if p.parametres], ids=nom)
async def test_un_parametre_qui_n_a_pas_de_sens(place: Place, point: Point) -> None:
    """Answered, or refused with a code; a cursor of somebody's making is no key to anything."""
    for parametre in point.parametres:
        sans = place.adresse(point).partition("?")[0] if parametre == "annee" else place.adresse(point)
        debut = f"{sans}{'&' if '?' in sans else '?'}{parametre}="
        for valeur in VALEURS:
            reponse = await place.envoyer(point, adresse=debut + valeur)
            if reponse.status_code != 200:
                assert refuse(point, reponse, 400, 422) in ("champs_invalides", "curseur_invalide"), valeur
        for valeur in ILLISIBLES:
            reponse = await place.envoyer(point, adresse=debut + valeur)
            assert refuse(point, reponse, 400) == "requete_illisible", valeur


HORS_BORNES = {
    "limite": ("0", "201", "x"),
    "annee": ("1999", "2101", ""),
    "au_moins": ("-1", "2147483648"),
    "apres": ("x",),
}


@pytest.mark.parametrize("point", [p for p in LUS if p.parametres.keys() & HORS_BORNES], ids=nom)
async def test_un_parametre_hors_de_ses_bornes(place: Place, point: Point) -> None:
    for parametre in point.parametres.keys() & HORS_BORNES:
        for valeur in HORS_BORNES[parametre]:
            requis = "&annee=2026" if point.parametres.get("annee") and parametre != "annee" else ""
            adresse = f"{place.adresse(point).partition('?')[0]}?{parametre}={valeur}{requis}"
            attendu = "curseur_invalide" if parametre == "apres" else "champs_invalides"
            assert refuse(point, await place.envoyer(point, adresse=adresse)) == attendu, valeur


@pytest.mark.parametrize("point", [*LUS, *POSTES], ids=nom)
async def test_une_autre_methode(place: Place, point: Point) -> None:
    """What an address does not answer to is refused, without a word of what it is about."""
    client = place.terrain.lieu.clients[point.service]
    siennes = {p.methode.upper() for p in (*LUS, *POSTES) if (p.service, p.gabarit) == (point.service, point.gabarit)}
    for methode in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - siennes:
        jeton = place.terrain.lieu.jeton(place.qui(point))
        reponse = await client.request(methode, place.adresse(point), headers=jeton)
        code = refuse(point, reponse, 404, 405)
        assert code in ("methode_refusee", "inconnu"), methode  # « inscrire » reads as an organisation's id
        assert code == "inconnu" or reponse.headers["allow"] in siennes
