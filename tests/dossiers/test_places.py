from __future__ import annotations

from uuid import UUID

from contracts.dossiers import PlacePrise, PlaceRendue
from services.dossiers.chapitres.places import PrendrePlace, RendrePlace, convention_occupee, places
from tests.dossiers import histoire as h
from tests.scenario import etant_donne

etant_donne_que = etant_donne(places)
VOISIN = UUID(int=0x12345)
QUAND = h.coordinateur(h.janvier(12))
rendre = RendrePlace(convention=h.CONVENTION, dossier=h.DOSSIER)
prise, rendue = (fait(h.CONVENTION, h.DOSSIER, h.janvier(12)) for fait in (PlacePrise, PlaceRendue))
par_le_voisin = PlacePrise(h.CONVENTION, VOISIN, h.janvier(9))


def prendre(capacite: int) -> PrendrePlace:
    return PrendrePlace(convention=h.CONVENTION, dossier=h.DOSSIER, capacite=capacite)


def test_un_dossier_accepte_prend_une_place() -> None:
    etant_donne_que().quand(prendre(1), QUAND).alors(prise)


def test_la_derniere_place_n_est_donnee_qu_une_fois() -> None:
    etant_donne_que(par_le_voisin).quand(prendre(1), QUAND).refus("capacite_atteinte")


def test_une_place_rendue_se_reprend() -> None:
    etant_donne_que(prise, rendue, par_le_voisin).quand(prendre(2), QUAND).alors(prise)


def test_un_dossier_ne_prend_qu_une_place() -> None:
    etant_donne_que(prise).quand(prendre(30), QUAND).rien()


def test_meme_une_convention_reduite_ne_lui_reprend_pas_la_sienne() -> None:
    etant_donne_que(par_le_voisin, prise).quand(prendre(1), QUAND).rien()


def test_un_dossier_rend_sa_place() -> None:
    etant_donne_que(prise).quand(rendre, QUAND).alors(rendue)


def test_on_ne_rend_pas_ce_qu_on_n_a_pas() -> None:
    etant_donne_que(par_le_voisin).quand(rendre, QUAND).rien()
    etant_donne_que(prise, rendue).quand(rendre, QUAND).rien()


def test_la_place_se_tient_de_l_acceptation_a_la_fin() -> None:
    assert convention_occupee(h.A_L_ORIENTATION) is None
    assert convention_occupee(h.A_L_ACCEPTATION) == h.CONVENTION
    assert convention_occupee(h.EN_SUIVI) == h.CONVENTION
    assert convention_occupee((*h.A_L_ACCEPTATION, h.n_adhere_pas)) is None
    assert convention_occupee(h.CLOS) is None
