"""The sharing table, account by account: what each must find in all it can read, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from services.dossiers.vues.indicateurs import SEUIL
from tests.frontieres.conftest import COMPTES, Scene, temoins
from tests.frontieres.exploration import INCONNU, Vue, chemins, points, sans_correlation
from tests.frontieres.partage import lignes
from tests.frontieres.recit import MOMENTS, Recit
from tests.frontieres.terrain import EQUIPES, RETIRE, SANS_ROLE

CHEZ_EUX = frozenset(sujet for sujet in COMPTES if sujet.startswith("autre-"))
CHEZ_NOUS = frozenset(sujet for groupe in ("bailleur", "association", "payeurs") for sujet in EQUIPES[groupe])
NOTRES: Mapping[str, Callable[[Recit], str]] = {
    "dossier": lambda recit: recit.dossier,
    "convention": lambda recit: recit.convention,
    "dispositif": lambda recit: recit.dispositif,
}


def octets(vues: Iterable[Vue]) -> bytes:
    return b"\n".join(vue.octets for vue in vues)


def trouvees(vues: Iterable[Vue], marques: Mapping[str, str]) -> set[str]:
    tout = octets(vues)
    return {nom for nom, marque in marques.items() if marque.encode() in tout}


@pytest.mark.parametrize(("moment", "sujet"), [(moment, sujet) for moment in MOMENTS for sujet in temoins(moment)])
def test_chacun_trouve_ce_que_dit_la_table(scene: Scene, sujet: str, moment: str) -> None:
    """Of our own household: exactly what the table says, wherever it may be read. Others find nothing."""
    vues = trouvees(scene.photo(moment, sujet), scene.notre.marques)
    doivent = {ligne.marque for ligne in lignes() if sujet in ligne.doivent[moment]}
    peuvent = {ligne.marque for ligne in lignes() if sujet in ligne.peuvent[moment]}
    assert vues - peuvent == set(), f"{sujet} must not find"
    assert doivent - vues == set(), f"{sujet} must find"


@pytest.mark.parametrize("sujet", COMPTES)
def test_rien_ne_passe_d_un_reseau_a_l_autre(scene: Scene, sujet: str) -> None:
    """Not a text, a code or an identifier of the other network's household, at any moment, in any answer or count."""
    recits = [r for r, chez in ((scene.notre, CHEZ_NOUS), (scene.leur, CHEZ_EUX)) if sujet not in chez]
    for moment in MOMENTS:
        for recit in recits:
            cherchees = {**recit.marques, "menage": recit.menage, **_membres(scene, recit, sujet)}
            trouves = trouvees(scene.photo(moment, sujet), cherchees)
            assert trouves == set(), f"{sujet}, {moment}"


def _membres(scene: Scene, recit: Recit, sujet: str) -> dict[str, str]:
    """Who works there is nobody else's business, but the exploitant's, who lets them in."""
    if sujet == "exploitant":
        return {}
    return {nom: scene.terrain.membres[nom] for nom in (recit.roles.referent, recit.roles.coordinateur)}


CLES_DE_L_ASSOCIATION = frozenset(
    {"scores", "themes", "besoins", "progressions", "objectifs", "notes", "niveau", "moyen", "calendrier", "numero"}
)


@pytest.mark.parametrize("sujet", [*EQUIPES["bailleur"], *EQUIPES["payeurs"], *EQUIPES["dehors"], *SANS_ROLE])
def test_nul_autre_que_l_association_ne_voit_la_forme_de_son_travail(scene: Scene, sujet: str) -> None:
    """Numbers carry no mark: a score is recognised by the place it would be in."""
    for moment in MOMENTS:
        for vue in scene.photo(moment, sujet):
            if vue.service == "dossiers" and vue.corps.startswith(b"{") and "openapi" not in vue.adresse:
                if sujet in CHEZ_EUX and vue.statut == 200:
                    continue  # an association too, at home
                assert CLES_DE_L_ASSOCIATION.isdisjoint(_cles(json.loads(vue.corps))), vue.adresse


def _cles(valeur: Any) -> Iterator[str]:
    match valeur:
        case dict():
            yield from valeur
            for element in valeur.values():
                yield from _cles(element)
        case list():
            for element in valeur:
                yield from _cles(element)


@pytest.mark.parametrize("sujet", EQUIPES["payeurs"])
def test_qui_paie_ne_lit_que_des_nombres_et_aucun_petit(scene: Scene, sujet: str) -> None:
    """One household is less than eleven: whoever only pays reads no count but the zeros."""
    for moment in MOMENTS:
        for vue in scene.photo(moment, sujet):
            if vue.service != "dossiers" or vue.statut != 200 or "/v1/conventions/" not in vue.adresse:
                continue
            compte = json.loads(vue.corps)
            assert compte["masque"] is True
            assert compte.pop("seuil") == SEUIL  # the rule, not a count
            assert set(_nombres(compte)) <= {0, int(compte["annee"])}, vue.adresse


def test_ceux_qui_travaillent_lisent_les_nombres(scene: Scene) -> None:
    """So that the test above is about masking, and not about nothing being counted."""
    for sujet in (*EQUIPES["bailleur"], *EQUIPES["association"]):
        vue = next(v for v in scene.photo("clos", sujet) if "indicateurs" in v.adresse and v.statut == 200)
        assert json.loads(vue.corps)["etapes"] == dict.fromkeys(
            ("orientes", "acceptes", "adhesions", "entretiens", "contrats", "clos"), 1
        )


def _nombres(valeur: Any) -> Iterator[int]:
    match valeur:
        case bool() | None:
            return
        case int():
            yield valeur
        case dict():
            for element in valeur.values():
                yield from _nombres(element)
        case list():
            for element in valeur:
                yield from _nombres(element)


@pytest.mark.parametrize("sujet", [*SANS_ROLE, RETIRE])
def test_sans_role_ou_retire_on_n_entre_pas(scene: Scene, sujet: str) -> None:
    """A member removed from their organisation, or who never got a role in it, is nobody."""
    for moment in MOMENTS:
        for vue in scene.photo(moment, sujet):
            if vue.adresse.startswith("/v1/"):
                assert (vue.statut, b'"jeton_sans_acces"' in vue.corps) == (401, True), vue.adresse


@pytest.mark.parametrize("sujet", [s for s in COMPTES if s not in CHEZ_NOUS])
async def test_ce_qui_est_a_d_autres_n_existe_pas(scene: Scene, sujet: str) -> None:
    """Byte for byte what is answered about an id that nothing bears, whatever the thing."""
    comparees = 0
    for point in points("get"):
        if point.chose is not None and point.chose in NOTRES:
            existant, inexistant = list(chemins(point, {point.chose: [NOTRES[point.chose](scene.notre)]}))
            requis = {nom: "2026" for nom, required in point.parametres.items() if required}
            reponses = [await scene.terrain.lire(sujet, point.service, a, **requis) for a in (existant, inexistant)]
            vu, vide = (sans_correlation(r) for r in reponses)
            assert vu == vide, existant
            assert reponses[0].status_code in (401, 403, 404)
            comparees += 1
    assert comparees >= 6


def test_les_photos_montrent_quelque_chose(scene: Scene) -> None:
    """The crawl itself: every address was asked, and each account that comes in reads a good part of them."""
    demandees = {len(photo) for moment in scene.photos.values() for photo in moment.values()}
    assert min(demandees) > 20
    for sujet in CHEZ_NOUS:
        assert sum(vue.statut == 200 for vue in scene.photo("clos", sujet)) > 10, sujet
    inconnus = [v for v in scene.photo("clos", "semis.agent") if INCONNU in v.adresse]
    assert inconnus
    assert {v.statut for v in inconnus} == {404}
