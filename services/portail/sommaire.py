"""The list of pages: what is served, and what stands in the menu. Adding a page is adding a line here.

A page is a module under pages/ at its address (`/dossiers/…/notes` is pages/dossiers/notes.py), a template of the same name
under gabarits/ and a test of the same name under tests/portail/pages/; where an address names nothing of its own, the module
is `liste` (all of them) or `fiche` (one of them). A module whose name begins with « _ » is a piece of its folder's pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.portail.navigation import (
    ASSOCIATION,
    BAILLEUR,
    COLLECTIVITE,
    COORDINATION,
    EXPLOITANT,
    FINANCEUR,
    Lien,
    Metier,
)
from services.portail.pages import (
    a_faire,
    accessibilite,
    accueil,
    aide,
    boite,
    connexion,
    deconnecte,
    deconnexion,
    etat,
    flux,
    indicateurs,
    menages,
    recherche,
    vie_privee,
)
from services.portail.pages.charge import fiche as charge_d_un_membre
from services.portail.pages.charge import liste as charge
from services.portail.pages.conventions import dispositif, nouvelle, plan
from services.portail.pages.conventions import fiche as convention
from services.portail.pages.conventions import liste as conventions
from services.portail.pages.dossiers import (
    adhesion,
    adhesion_refus,
    clore,
    consultations,
    contrat,
    contrat_imprimer,
    contrat_signer,
    effacer,
    entretien,
    historique,
    note,
    notes,
    point,
    referent,
    rencontre,
    retirer,
    signer,
)
from services.portail.pages.dossiers import fiche as dossier
from services.portail.pages.dossiers.accords import fiche as accord
from services.portail.pages.dossiers.accords import liste as accords
from services.portail.pages.dossiers.rendez_vous import fiche as un_rendez_vous
from services.portail.pages.dossiers.rendez_vous import liste as rendez_vous
from services.portail.pages.dossiers.rendez_vous import nouveau as rendez_vous_nouveau
from services.portail.pages.orientations import liste as orientations
from services.portail.pages.orientations.nouvelle import accord as orienter_accord
from services.portail.pages.orientations.nouvelle import menage as orienter_menage
from services.portail.pages.orientations.nouvelle import motif as orienter_motif
from services.portail.pages.orientations.nouvelle import verifier as orienter_verifier
from services.portail.pages.orientations_a_traiter import fiche as a_traiter_une
from services.portail.pages.orientations_a_traiter import liste as a_traiter
from services.portail.pages.orientations_a_traiter import refuser


class Page(NamedTuple):
    """`menu`: how it reads at the top of every page, for whoever is `pour`; most pages are reached from another one."""

    routes: APIRouter
    menu: str = ""
    pour: tuple[Metier, ...] = ()

    @property
    def adresse(self) -> str:
        """Where it is: the address of its first route."""
        route = self.routes.routes[0]
        assert isinstance(route, APIRoute)
        return route.path


PAGES: tuple[Page, ...] = (
    Page(accueil.routes),
    Page(connexion.routes),
    Page(deconnexion.routes),
    Page(deconnecte.routes),
    Page(orientations.routes, "Mes orientations", (BAILLEUR,)),
    Page(orienter_menage.routes),
    Page(orienter_motif.routes),
    Page(orienter_accord.routes),
    Page(orienter_verifier.routes),
    Page(a_traiter.routes, "Orientations à traiter", (COORDINATION,)),
    Page(a_traiter_une.routes),
    Page(refuser.routes),
    Page(charge.routes, "Charge par référent", (COORDINATION,)),
    Page(charge_d_un_membre.routes),
    Page(a_faire.routes, "À faire", (ASSOCIATION,)),
    Page(menages.routes, "Ménages", (ASSOCIATION,)),
    Page(conventions.routes, "Conventions", (BAILLEUR, COORDINATION, FINANCEUR, COLLECTIVITE)),
    Page(nouvelle.routes),  # before one convention, whose address would take theirs
    Page(dispositif.routes),
    Page(convention.routes),
    Page(plan.routes),
    Page(indicateurs.routes, "Indicateurs", (FINANCEUR, COLLECTIVITE)),
    Page(flux.routes, "Flux", (FINANCEUR, COLLECTIVITE)),
    Page(boite.routes, "Boîte", (BAILLEUR, ASSOCIATION, FINANCEUR, COLLECTIVITE)),
    Page(recherche.routes, "Recherche", (BAILLEUR, ASSOCIATION)),
    Page(etat.routes, "État du système", (EXPLOITANT,)),
    Page(dossier.routes),
    Page(historique.routes),
    Page(consultations.routes),
    Page(accords.routes),
    Page(accord.routes),
    Page(retirer.routes),
    Page(signer.routes),
    Page(referent.routes),
    Page(rencontre.routes),
    Page(adhesion.routes),
    Page(adhesion_refus.routes),
    Page(entretien.routes),
    Page(contrat.routes),
    Page(contrat_imprimer.routes),
    Page(contrat_signer.routes),
    Page(point.routes),
    Page(rendez_vous.routes),
    Page(rendez_vous_nouveau.routes),  # before one appointment, whose address would take it
    Page(un_rendez_vous.routes),
    Page(note.routes),
    Page(notes.routes),
    Page(clore.routes),
    Page(effacer.routes),
    Page(aide.routes),
    Page(accessibilite.routes),
    Page(vie_privee.routes),
)
"""In the order in which addresses are tried, and in which the menu shows its entries."""

MENU: Sequence[Lien] = tuple(Lien(page.menu, page.adresse, page.pour) for page in PAGES if page.menu)
