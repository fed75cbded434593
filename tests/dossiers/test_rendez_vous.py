"""Appointments: made by the association, with the household, sometimes with the landlord."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.dossiers import RendezVousFixe
from services.dossiers.chapitres.fuseaux import fuseau
from services.dossiers.chapitres.rendez_vous import rendez_vous
from tests.dossiers import histoire as h
from tests.dossiers.exemples import fixer
from tests.scenario import etant_donne

le_dossier = etant_donne(rendez_vous)
fixe = RendezVousFixe(
    h.RENDEZ_VOUS, h.janvier(22), "14:30", "Europe/Paris", "Au domicile", ("menage", "bailleur"), "", h.janvier(15)
)
DEDANS = (*h.A_L_ADHESION, fixe)


def test_l_association_fixe_un_rendez_vous() -> None:
    le_dossier(*h.A_L_ADHESION).quand(fixer, h.referent(h.janvier(15))).alors(fixe)


def test_des_l_acceptation_avant_meme_l_adhesion() -> None:
    le_dossier(*h.A_L_ACCEPTATION).quand(fixer, h.coordinateur(h.janvier(13))).alors(replace(fixe, le=h.janvier(13)))


@pytest.mark.parametrize("histoire", [h.A_L_ORIENTATION, (*h.A_L_ACCEPTATION, h.n_adhere_pas)])
def test_pas_sans_accompagnement(histoire: tuple[object, ...]) -> None:
    le_dossier(*histoire).quand(fixer, h.referent(h.janvier(15))).refus("orientation_non_acceptee")


def test_un_identifiant_ne_sert_qu_une_fois() -> None:
    le_dossier(*DEDANS).quand(fixer, h.referent(h.janvier(16))).refus("rendez_vous_deja_fixe")


def test_une_nouvelle_orientation_garde_les_identifiants_pris() -> None:
    reprise = (*DEDANS, h.clos)
    le_dossier(*reprise).quand(fixer, h.referent(h.clos.le)).refus("dossier_clos")


def test_saisi_apres_coup_mais_pas_avant_le_reperage() -> None:
    passe = fixer.model_copy(update={"jour": h.janvier(6)})
    le_dossier(*h.A_L_ADHESION).quand(passe, h.referent(h.janvier(15))).alors(replace(fixe, jour=h.janvier(6)))
    trop_tot = fixer.model_copy(update={"jour": h.janvier(4)})
    le_dossier(*h.A_L_ADHESION).quand(trop_tot, h.referent(h.janvier(15))).refus("date_anterieure")


def test_l_annee_2206_tapee_pour_2026() -> None:
    loin = fixer.model_copy(update={"jour": h.janvier(22).replace(year=2206)})
    le_dossier(*h.A_L_ADHESION).quand(loin, h.referent(h.janvier(15))).refus("date_trop_lointaine")


def test_l_association_ne_se_compte_pas_parmi_ceux_qui_viennent() -> None:
    avec_soi = fixer.model_copy(update={"avec": ("menage", "association")})
    le_dossier(*h.A_L_ADHESION).quand(avec_soi, h.referent(h.janvier(15))).refus("rendez_vous_avec_soi")
    deux_fois = fixer.model_copy(update={"avec": ("menage", "menage")})
    le_dossier(*h.A_L_ADHESION).quand(deux_fois, h.referent(h.janvier(15))).refus("en_double")


@pytest.mark.parametrize("heure", ["24:00", "9:30", "09h30", "", "09:60"])
def test_une_heure_qui_n_en_est_pas_une(heure: str) -> None:
    with pytest.raises(ValidationError, match="L'heure est attendue"):
        fixer.__class__.model_validate(fixer.model_dump() | {"heure": heure})


@pytest.mark.parametrize(
    ("commune", "attendu"),
    [
        ("17415", "Europe/Paris"),
        ("2A004", "Europe/Paris"),
        ("97411", "Indian/Reunion"),
        ("97608", "Indian/Mayotte"),
        ("97209", "America/Martinique"),
        ("98818", "Pacific/Noumea"),
    ],
)
def test_l_heure_est_celle_du_logement(commune: str, attendu: str) -> None:
    assert fuseau(commune) == attendu
    la_bas = replace(h.repere, logement=replace(h.repere.logement, commune=commune))
    histoire = (la_bas, *h.A_L_ADHESION[1:])
    le_dossier(*histoire).quand(fixer, h.referent(h.janvier(15))).alors(replace(fixe, fuseau=attendu))
