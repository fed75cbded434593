"""What each question of the API answers, for its OpenAPI document: the columns of the views' own queries."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.dossiers.vues import frise, indicateurs, notes, orientations, portefeuille, travail
from services.socle.web import access_log as consultations
from services.socle.web.shapes import (
    ENTIER,
    IDENTIFIANT,
    JOUR,
    OUI_NON,
    TEXTE,
    ligne,
    liste,
    objet,
    ou_rien,
    page,
    par,
    repond,
)

_UN = UUID(int=0)
"""A query about one thing has the same columns whichever it is."""

DOSSIER = repond({"anyOf": [ligne(select(orientations.vue)), ligne(select(portefeuille.vue))]})
FRISE = repond(objet(elements=liste(ligne(frise.de(_UN)))))
NOTES = repond(objet(elements=liste(ligne(notes.de(_UN)))))
CONSULTATIONS = repond(page(ligne(consultations.de(_UN, None, 1, None), sauf=("rang", "total"))))

PORTEFEUILLE = repond(page(ligne(portefeuille.liste())))
ORIENTATIONS = repond(page(ligne(orientations.liste())))
TRAVAIL = repond(page(ligne(travail.liste())))

COMPTES = repond(objet(total=ENTIER, par_etape=par(ENTIER)))
COMPTES_DU_TRAVAIL = repond(
    objet(total=ENTIER, par_tranche=objet(**dict.fromkeys(travail.TRANCHES, ENTIER)), par_attendu=par(ENTIER))
)
CHARGE = repond(objet(elements=liste(ligne(travail.charge(date.min), actif=OUI_NON))))

PLACES = repond(objet(places=ENTIER, prises=ENTIER, libres=ENTIER))
_AUTRES = [str(c.key) for c in indicateurs.compte(_UN, 2026).selected_columns if c.key not in indicateurs.ETAPES]
INDICATEURS = repond(
    objet(
        convention=IDENTIFIANT,
        annee=ENTIER,
        masque=OUI_NON,
        seuil=ou_rien(ENTIER),
        etapes=objet(**dict.fromkeys(indicateurs.ETAPES, ou_rien(ENTIER))),
        par_mois=objet(**dict.fromkeys(indicateurs.ETAPES, ou_rien(par(ENTIER)))),
        **dict.fromkeys(_AUTRES, ou_rien(ENTIER)),
    )
)

RECHERCHE = repond(page({"anyOf": [ligne(orientations.liste()), ligne(portefeuille.liste())]}))
_RESSEMBLANT = objet(
    dossier=IDENTIFIANT, identite={}, etape=TEXTE, etape_depuis=JOUR, raisons=liste(TEXTE), pourquoi=TEXTE
)
DOUBLONS = repond(objet(elements=liste(_RESSEMBLANT), total=ENTIER))
