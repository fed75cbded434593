from __future__ import annotations

from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.partenaires import MembreInvite, MembreRetire, OrganisationInscrite
from services.partenaires.chapitres.natures import GESTIONNAIRE, ROLES
from services.partenaires.chapitres.organisation import (
    HabiliterMembre,
    HabiliterSujetConnu,
    InscrireOrganisation,
    InviterMembre,
    RetirerMembre,
    organisation,
)
from tests.partenaires.personnages import (
    AGENT,
    EMETTEUR,
    EXPLOITANT,
    JANVIER,
    MARS,
    RESPONSABLE,
    SECOND,
    SERVICE,
    habilite,
    inscrite,
    invite,
    nomme,
    par_l_association,
    par_l_exploitant,
    par_le_bailleur,
    retire,
)
from tests.scenario import ASSOCIATION, BAILLEUR, acte, etant_donne

etant_donne_que = etant_donne(organisation)

le_bailleur = inscrite(BAILLEUR, "bailleur")
l_exploitant = inscrite(EXPLOITANT, "exploitant")
dirigee = (le_bailleur, invite(RESPONSABLE), habilite(RESPONSABLE, "responsable"))
inscrire = InscrireOrganisation(nom="SEMIS", nature="bailleur", commune="17415", emetteur=EMETTEUR)
inviter = InviterMembre(nom="Camille Exemple", courriel="camille@exemple.fr")


def habiliter(membre: UUID, *roles: str, sujet: str = "s-1", titulaire: UUID | None = None) -> HabiliterSujetConnu:
    return HabiliterSujetConnu(demande=HabiliterMembre(membre=membre, sujet=sujet, roles=roles), titulaire=titulaire)


# Inscription


def test_l_exploitant_inscrit_une_organisation() -> None:
    par = par_l_exploitant()
    etant_donne_que().quand(inscrire, par).alors(
        OrganisationInscrite(nomme("organisation", par), "SEMIS", "bailleur", "17415", EMETTEUR, JANVIER)
    )


def test_un_bailleur_n_inscrit_pas_d_organisation() -> None:
    etant_donne_que().quand(inscrire, par_le_bailleur()).refus("role_insuffisant")


def test_une_organisation_ne_s_inscrit_qu_une_fois() -> None:
    etant_donne_que(le_bailleur).quand(inscrire, par_l_exploitant()).refus("organisation_deja_inscrite")


def test_une_nature_hors_de_la_liste_est_refusee() -> None:
    etant_donne_que().quand(inscrire.model_copy(update={"nature": "club"}), par_l_exploitant()).refus("nature_inconnue")


def test_le_role_de_gestionnaire_existe_dans_sa_nature() -> None:
    assert all(role in ROLES[nature] for nature, role in GESTIONNAIRE.items())


@pytest.mark.parametrize("emetteur", ["identite.exemple.fr", "https://exemple.fr/a b", "https://" + "a" * 200, ""])
def test_un_emetteur_est_une_adresse_web(emetteur: str) -> None:
    with pytest.raises(ValidationError):
        InscrireOrganisation(nom="SEMIS", nature="bailleur", commune="17415", emetteur=emetteur)


# Premiers membres


def test_l_exploitant_invite_le_premier_membre() -> None:
    par = par_l_exploitant()
    etant_donne_que(le_bailleur).quand(inviter, par).alors(
        MembreInvite(nomme("membre", par), BAILLEUR, "Camille Exemple", "camille@exemple.fr", JANVIER)
    )


def test_l_exploitant_habilite_le_premier_responsable() -> None:
    etant_donne_que(le_bailleur, invite(RESPONSABLE)).quand(
        habiliter(RESPONSABLE, "responsable"), par_l_exploitant()
    ).alors(habilite(RESPONSABLE, "responsable", sujet="s-1"))


def test_avant_un_gestionnaire_l_exploitant_habilite_aussi_des_agents() -> None:
    etant_donne_que(le_bailleur, invite(AGENT), habilite(AGENT, "agent"), invite(SECOND)).quand(
        habiliter(SECOND, "agent"), par_l_exploitant()
    ).alors(habilite(SECOND, "agent", sujet="s-1"))


def test_l_exploitant_n_invite_plus_dans_une_organisation_qui_se_gere() -> None:
    etant_donne_que(*dirigee).quand(inviter, par_l_exploitant()).refus("organisation_autonome")


def test_l_exploitant_ne_peut_pas_s_habiliter_dans_une_organisation_qui_se_gere() -> None:
    etant_donne_que(*dirigee, invite(AGENT)).quand(habiliter(AGENT, "agent"), par_l_exploitant()).refus(
        "organisation_autonome"
    )


def test_l_exploitant_reinstalle_un_gestionnaire_quand_il_n_y_en_a_plus() -> None:
    etant_donne_que(*dirigee, retire(RESPONSABLE), invite(SECOND)).quand(
        habiliter(SECOND, "responsable"), par_l_exploitant()
    ).alors(habilite(SECOND, "responsable", sujet="s-1"))


# Gestion par l'organisation elle-même


def test_le_responsable_invite_chez_lui() -> None:
    par = par_le_bailleur()
    etant_donne_que(*dirigee).quand(inviter, par).alors(
        MembreInvite(nomme("membre", par), BAILLEUR, "Camille Exemple", "camille@exemple.fr", JANVIER)
    )


def test_un_agent_n_invite_pas() -> None:
    etant_donne_que(*dirigee).quand(inviter, par_le_bailleur(role="agent")).refus("role_insuffisant")


def test_une_autre_organisation_n_existe_pas_pour_les_autres() -> None:
    for command in (inviter, habiliter(RESPONSABLE, "responsable"), RetirerMembre(membre=RESPONSABLE)):
        etant_donne_que(*dirigee).quand(command, par_l_association()).refus("inconnu")


def test_rien_ne_se_fait_dans_une_organisation_qui_n_existe_pas() -> None:
    for command in (inviter, habiliter(AGENT, "agent"), RetirerMembre(membre=AGENT)):
        etant_donne_que().quand(command, par_l_exploitant()).refus("inconnu")


# Habilitation


def test_une_habilitation_remplace_les_roles() -> None:
    etant_donne_que(*dirigee, invite(AGENT), habilite(AGENT, "agent", sujet="s-1")).quand(
        habiliter(AGENT, "responsable", "agent"), par_le_bailleur(MARS)
    ).alors(habilite(AGENT, "agent", "responsable", sujet="s-1", le=MARS))


def test_habiliter_a_l_identique_ne_change_rien() -> None:
    etant_donne_que(*dirigee, invite(AGENT), habilite(AGENT, "agent", sujet="s-1")).quand(
        habiliter(AGENT, "agent", titulaire=AGENT), par_le_bailleur()
    ).rien()


def test_un_membre_change_de_sujet_quand_son_fournisseur_d_identite_change() -> None:
    etant_donne_que(*dirigee, invite(AGENT), habilite(AGENT, "agent", sujet="ancien")).quand(
        habiliter(AGENT, "agent"), par_le_bailleur()
    ).alors(habilite(AGENT, "agent", sujet="s-1"))


def test_on_n_habilite_que_des_membres_invites() -> None:
    etant_donne_que(*dirigee).quand(habiliter(AGENT, "agent"), par_le_bailleur()).refus("membre_inconnu")


def test_un_membre_retire_ne_se_rehabilite_pas() -> None:
    etant_donne_que(*dirigee, invite(AGENT), retire(AGENT)).quand(habiliter(AGENT, "agent"), par_le_bailleur()).refus(
        "membre_retire"
    )


def test_une_habilitation_donne_au_moins_un_role() -> None:
    etant_donne_que(*dirigee, invite(AGENT)).quand(habiliter(AGENT), par_le_bailleur()).refus("roles_absents")


@pytest.mark.parametrize(
    ("nature", "role"),
    [(nature, role) for nature, siens in ROLES.items() for role in sorted(set().union(*ROLES.values()) - siens)],
)
def test_un_role_d_une_autre_nature_est_interdit(nature: str, role: str) -> None:
    etant_donne_que(inscrite(ASSOCIATION, nature), invite(AGENT)).quand(
        habiliter(AGENT, role), par_l_exploitant()
    ).refus("role_interdit")


@pytest.mark.parametrize(
    ("nature", "role"), [(nature, role) for nature, siens in ROLES.items() for role in sorted(siens)]
)
def test_chaque_nature_a_ses_roles(nature: str, role: str) -> None:
    etant_donne_que(inscrite(ASSOCIATION, nature), invite(AGENT)).quand(
        habiliter(AGENT, role), par_l_exploitant()
    ).alors(habilite(AGENT, role, organisation=ASSOCIATION, nature=nature, sujet="s-1"))


def test_un_sujet_deja_tenu_dans_une_autre_organisation_est_refuse() -> None:
    etant_donne_que(*dirigee, invite(AGENT)).quand(
        habiliter(AGENT, "agent", titulaire=UUID(int=0x999)), par_le_bailleur()
    ).refus("sujet_deja_attribue")


def test_un_sujet_deja_tenu_dans_l_organisation_est_refuse() -> None:
    etant_donne_que(*dirigee, invite(AGENT), habilite(AGENT, "agent", sujet="s-1"), invite(SECOND)).quand(
        habiliter(SECOND, "agent"), par_le_bailleur()
    ).refus("sujet_deja_attribue")


def test_le_sujet_d_un_membre_retire_est_libre() -> None:
    etant_donne_que(
        *dirigee, invite(AGENT), habilite(AGENT, "agent", sujet="s-1"), retire(AGENT), invite(SECOND)
    ).quand(habiliter(SECOND, "agent"), par_le_bailleur()).alors(habilite(SECOND, "agent", sujet="s-1"))


def test_un_sujet_ne_nomme_personne() -> None:
    etant_donne_que(*dirigee, invite(AGENT)).quand(
        habiliter(AGENT, "agent", sujet="camille@exemple.fr"), par_le_bailleur()
    ).refus("sujet_nominatif")


@pytest.mark.parametrize("sujet", ["", "a b", "a\x00", "é", "s" * 256])
def test_un_sujet_est_un_identifiant_opaque(sujet: str) -> None:
    with pytest.raises(ValidationError):
        HabiliterMembre(membre=AGENT, sujet=sujet, roles=("agent",))


def test_le_dernier_responsable_garde_son_role() -> None:
    etant_donne_que(*dirigee).quand(habiliter(RESPONSABLE, "agent"), par_le_bailleur()).refus("dernier_gestionnaire")


# Retrait


def test_le_responsable_retire_un_agent() -> None:
    etant_donne_que(*dirigee, invite(AGENT), habilite(AGENT, "agent")).quand(
        RetirerMembre(membre=AGENT), par_le_bailleur(MARS)
    ).alors(MembreRetire(AGENT, BAILLEUR, MARS))


def test_un_membre_seulement_invite_se_retire() -> None:
    etant_donne_que(*dirigee, invite(AGENT)).quand(RetirerMembre(membre=AGENT), par_le_bailleur()).alors(
        MembreRetire(AGENT, BAILLEUR, JANVIER)
    )


def test_retirer_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*dirigee, invite(AGENT), retire(AGENT)).quand(RetirerMembre(membre=AGENT), par_le_bailleur()).rien()


def test_un_inconnu_ne_se_retire_pas() -> None:
    etant_donne_que(*dirigee).quand(RetirerMembre(membre=AGENT), par_le_bailleur()).refus("membre_inconnu")


def test_le_dernier_responsable_ne_se_retire_pas_lui_meme() -> None:
    etant_donne_que(*dirigee).quand(RetirerMembre(membre=RESPONSABLE), par_le_bailleur()).refus("dernier_gestionnaire")


def test_l_exploitant_retire_a_l_instant_meme_le_dernier_responsable() -> None:
    etant_donne_que(*dirigee).quand(RetirerMembre(membre=RESPONSABLE), par_l_exploitant()).alors(
        MembreRetire(RESPONSABLE, BAILLEUR, JANVIER)
    )


def test_le_dernier_exploitant_ne_se_retire_pas() -> None:
    etant_donne_que(
        l_exploitant, invite(AGENT, EXPLOITANT), habilite(AGENT, "exploitant", organisation=EXPLOITANT)
    ).quand(RetirerMembre(membre=AGENT), par_l_exploitant()).refus("dernier_exploitant")


def test_meme_un_autre_exploitant_ne_retire_pas_le_dernier() -> None:
    etant_donne_que(
        l_exploitant, invite(AGENT, EXPLOITANT), habilite(AGENT, "exploitant", organisation=EXPLOITANT)
    ).quand(RetirerMembre(membre=AGENT), acte(JANVIER, UUID(int=0xE1), "exploitant")).refus("dernier_exploitant")


def test_un_exploitant_se_retire_quand_il_en_reste_un() -> None:
    etant_donne_que(
        l_exploitant,
        invite(AGENT, EXPLOITANT),
        habilite(AGENT, "exploitant", organisation=EXPLOITANT),
        invite(SECOND, EXPLOITANT),
        habilite(SECOND, "exploitant", organisation=EXPLOITANT),
    ).quand(RetirerMembre(membre=AGENT), par_l_exploitant()).alors(MembreRetire(AGENT, EXPLOITANT, JANVIER))


def test_l_exploitant_gere_toujours_les_comptes_de_service() -> None:
    comptes = inscrite(SERVICE, "service"), invite(AGENT, SERVICE), habilite(AGENT, "service", organisation=SERVICE)
    etant_donne_que(*comptes, invite(SECOND, SERVICE)).quand(habiliter(SECOND, "service"), par_l_exploitant()).alors(
        habilite(SECOND, "service", organisation=SERVICE, nature="service", sujet="s-1")
    )


def test_un_compte_de_service_ne_gere_personne() -> None:
    comptes = inscrite(SERVICE, "service"), invite(AGENT, SERVICE), habilite(AGENT, "service", organisation=SERVICE)
    etant_donne_que(*comptes).quand(inviter, acte(JANVIER, SERVICE, "service")).refus("role_insuffisant")
