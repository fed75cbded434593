"""Appointments: made by the association, with the household, sometimes with the landlord."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.dossiers import RendezVousAnnule, RendezVousManque, RendezVousTenu
from jeu import dossiers as g
from services.dossiers.chapitres.fuseaux import fuseau
from services.dossiers.chapitres.rendez_vous import AnnulerRendezVous, ManquerRendezVous, TenirRendezVous, rendez_vous
from services.dossiers.vues.rendez_vous import de_l_association, du_bailleur
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, classes
from tests.dossiers import histoire as h
from tests.dossiers.exemples import fixer
from tests.dossiers.quartier import Quartier
from tests.monde import DEBUT
from tests.scenario import ASSOCIATION, etant_donne

le_dossier = etant_donne(rendez_vous)
fixe = h.fixe
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


# What became of it

manquer = ManquerRendezVous(rendez_vous=h.RENDEZ_VOUS, motif="absent_sans_prevenir")
annuler = AnnulerRendezVous(rendez_vous=h.RENDEZ_VOUS)
tenir = TenirRendezVous(rendez_vous=h.RENDEZ_VOUS)


def test_il_a_eu_lieu_le_jour_dit() -> None:
    le_dossier(*DEDANS).quand(tenir, h.referent(h.janvier(24))).alors(RendezVousTenu(h.RENDEZ_VOUS, h.janvier(22)))


def test_ou_un_autre_jour() -> None:
    autre = tenir.model_copy(update={"le": h.janvier(23)})
    le_dossier(*DEDANS).quand(autre, h.referent(h.janvier(24))).alors(RendezVousTenu(h.RENDEZ_VOUS, h.janvier(23)))


def test_pas_avant_d_avoir_eu_lieu() -> None:
    le_dossier(*DEDANS).quand(tenir, h.referent(h.janvier(16))).refus("date_future")


def test_tenu_deux_fois_ne_dit_rien_de_plus() -> None:
    tenu = RendezVousTenu(h.RENDEZ_VOUS, h.janvier(22))
    le_dossier(*DEDANS, tenu).quand(tenir, h.referent(h.janvier(24))).rien()


def test_manque_dit_pourquoi() -> None:
    manque = RendezVousManque(h.RENDEZ_VOUS, "absent_sans_prevenir", "", h.janvier(22))
    le_dossier(*DEDANS).quand(manquer, h.referent(h.janvier(24))).alors(manque)
    le_dossier(*DEDANS, manque).quand(manquer, h.referent(h.janvier(24))).rien()
    autre = manquer.model_copy(update={"motif": "autre"})
    le_dossier(*DEDANS).quand(autre, h.referent(h.janvier(24))).refus("precision_requise")
    le_dossier(*DEDANS).quand(manquer, h.referent(h.janvier(16))).refus("date_future")


def test_annule_avant_son_jour() -> None:
    annule = RendezVousAnnule(h.RENDEZ_VOUS, h.janvier(16))
    le_dossier(*DEDANS).quand(annuler, h.referent(h.janvier(16))).alors(annule)
    le_dossier(*DEDANS, annule).quand(annuler, h.referent(h.janvier(17))).rien()
    le_dossier(*DEDANS, annule).quand(tenir, h.referent(h.janvier(24))).refus("rendez_vous_conclu")
    assert [r["etat"] for r in vu(du_bailleur, *TOUS, annule)] == ["annule"]


def test_ce_qui_est_conclu_ne_se_redit_pas_autrement() -> None:
    tenu = RendezVousTenu(h.RENDEZ_VOUS, h.janvier(22))
    le_dossier(*DEDANS, tenu).quand(manquer, h.referent(h.janvier(24))).refus("rendez_vous_conclu")


def test_le_bailleur_ne_lit_pas_pourquoi_il_a_ete_manque() -> None:
    manque = RendezVousManque(h.RENDEZ_VOUS, "malentendu", "Un mot", h.janvier(22))
    [commun] = vu(du_bailleur, *TOUS, manque)
    assert commun["etat"] == "manque"
    assert "motif" not in commun
    assert "precision" not in commun
    assert vu(de_l_association, *TOUS, manque)[-1]["motif"] == "malentendu"


def test_un_rendez_vous_d_un_autre_dossier_est_inconnu() -> None:
    le_dossier(*h.A_L_ADHESION).quand(tenir, h.referent(h.janvier(24))).refus("rendez_vous_inconnu")


# What each side reads


def _ecrit(fait: Any, version: int) -> Recorded[Any]:
    return Recorded(
        UUID(int=version),
        h.DOSSIER,
        version,
        fait,
        ASSOCIATION,
        h.CAMILLE,
        datetime(2026, 1, 15, tzinfo=UTC),
        h.CAMILLE,
    )


def vu(projection: Fiche, *faits: object) -> Any:
    """The appointments of a view after these facts, None when it has no row."""
    row: Row | None = None
    for version, fait in enumerate(faits, 1):
        if isinstance(fait, classes(projection)):
            row = projection.fold(row, _ecrit(fait, version))
    return row and row["rendez_vous"]


SEUL = replace(fixe, rendez_vous=h.CONTRAT, avec=("menage",), objet="Faire le point", heure="09:00")
TOUS = (*h.A_L_ADHESION, fixe, SEUL)


def test_l_association_lit_tout_dans_l_ordre_des_jours() -> None:
    premier, second = vu(de_l_association, *TOUS)
    assert (premier["heure"], premier["objet"]) == ("09:00", "Faire le point")
    assert second["avec"] == ["menage", "bailleur"]


def test_le_bailleur_ne_lit_que_les_communs_et_pas_leur_objet() -> None:
    [commun] = vu(du_bailleur, *TOUS)
    assert commun.keys() == {"rendez_vous", "jour", "heure", "fuseau", "lieu", "avec", "etat"}
    assert commun["rendez_vous"] == str(h.RENDEZ_VOUS)


def test_chacun_lit_ce_qu_il_en_a_ete() -> None:
    tenu, autre = RendezVousTenu(h.RENDEZ_VOUS, h.janvier(22)), RendezVousTenu(h.CONTRAT, h.janvier(22))
    assert [r["etat"] for r in vu(de_l_association, *TOUS, tenu)] == ["fixe", "tenu"]
    assert [r["etat"] for r in vu(du_bailleur, *TOUS, autre)] == ["fixe"]
    assert [r["etat"] for r in vu(du_bailleur, *TOUS, autre, tenu)] == ["tenu"]


def test_un_effacement_ne_laisse_rien() -> None:
    assert vu(de_l_association, *TOUS, h.clos, h.efface_par_l_association) is None
    assert vu(du_bailleur, *TOUS, h.clos, h.efface_par_l_association) is None
    assert vu(du_bailleur, *TOUS, h.clos, h.efface_par_le_bailleur) is None
    assert vu(de_l_association, *TOUS, h.clos, h.efface_par_le_bailleur)


async def test_par_l_api_chacun_lit_les_siens(q: Quartier) -> None:
    dossier = await q.reperer("Agenda", "Camille")
    await q.accepter(dossier)
    commun, seul = (str(uuid4()) for _ in range(2))
    for geste in (
        g.fixer_rendez_vous(commun, DEBUT, avec=("menage", "bailleur"), lieu="À l'agence", objet="Rencontre à trois"),
        g.fixer_rendez_vous(seul, DEBUT, lieu="Au domicile"),
    ):
        await q.fait("tremplin.referent", dossier, geste.nom, msgspec.to_builtins(geste.corps, enc_hook=str))
    adresse = f"/v1/dossiers/{dossier}/rendez-vous"
    a_l_association = await q.lire("tremplin.coordinateur", adresse)
    assert {r["rendez_vous"] for r in a_l_association["rendez_vous"]} == {commun, seul}
    au_bailleur = await q.lire("semis.agent", adresse)
    [lu] = au_bailleur["rendez_vous"]
    assert (lu["rendez_vous"], lu["lieu"]) == (commun, "À l'agence")
    assert "Rencontre à trois" not in str(au_bailleur)
    for sujet in ("autre-bailleur.agent", "autre-association.coordinateur", "etat.analyste", "operateur"):
        assert (await q.monde.lire(sujet, adresse)).status_code == 404
