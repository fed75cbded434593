"""Everything a person or the clock may ask of a dossier: the name in the address, what it says, and who decides.

What the API receives is not always what the chapter decides about: orienting, accepting and designating need facts from
outside the dossier, and reach their chapter wrapped (OrienterSousConvention, AccepterAvecIdentite, DesignerParmi).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from services.dossiers.chapitres.adhesion import RecueillirAdhesion, RefuserAdhesion, adhesion
from services.dossiers.chapitres.contrat import PreparerContrat, SignerContrat, contrat
from services.dossiers.chapitres.entretien import TenirEntretienInitial, entretien
from services.dossiers.chapitres.equipe import DesignerReferent, equipe
from services.dossiers.chapitres.fin import CloreDossier, fin
from services.dossiers.chapitres.notes import DeposerNote, notes
from services.dossiers.chapitres.orientation import (
    AccepterOrientation,
    ExpirerOrientation,
    MettreALEtude,
    OrienterMenage,
    RefuserOrientation,
    RetirerOrientation,
    orientation,
)
from services.dossiers.chapitres.reperage import PoserDiagnostic, RepererMenage, TenirRencontre, reperage
from services.dossiers.chapitres.suivi import (
    ConstaterEscalade,
    ConstaterManquee,
    ConstaterRetard,
    ReevaluerSuivi,
    suivi,
)
from services.dossiers.chapitres.vie_privee import (
    EffacerDonnees,
    RecueillirConsentement,
    RetirerConsentement,
    vie_privee,
)
from services.socle.facts.chapter import Chapter
from services.socle.facts.command import Commande

Entree: TypeAlias = tuple[type[Commande], Chapter[Any, Any, Any, Any]]

COMMANDES: Mapping[str, Entree] = {
    "reperer": (RepererMenage, reperage),
    "poser-diagnostic": (PoserDiagnostic, reperage),
    "tenir-rencontre": (TenirRencontre, reperage),
    "recueillir-consentement": (RecueillirConsentement, vie_privee),
    "retirer-consentement": (RetirerConsentement, vie_privee),
    "orienter": (OrienterMenage, orientation),
    "mettre-a-l-etude": (MettreALEtude, orientation),
    "accepter-orientation": (AccepterOrientation, orientation),
    "refuser-orientation": (RefuserOrientation, orientation),
    "retirer-orientation": (RetirerOrientation, orientation),
    "recueillir-adhesion": (RecueillirAdhesion, adhesion),
    "refuser-adhesion": (RefuserAdhesion, adhesion),
    "designer-referent": (DesignerReferent, equipe),
    "tenir-entretien-initial": (TenirEntretienInitial, entretien),
    "preparer-contrat": (PreparerContrat, contrat),
    "signer-contrat": (SignerContrat, contrat),
    "reevaluer": (ReevaluerSuivi, suivi),
    "deposer-note": (DeposerNote, notes),
    "clore": (CloreDossier, fin),
    "effacer-donnees": (EffacerDonnees, vie_privee),
}

COMMANDES_DE_L_HORLOGE: Mapping[str, Entree] = {
    "expirer-orientation": (ExpirerOrientation, orientation),
    "constater-retard": (ConstaterRetard, suivi),
    "constater-escalade": (ConstaterEscalade, suivi),
    "constater-manquee": (ConstaterManquee, suivi),
}
"""For the role « service » only."""
