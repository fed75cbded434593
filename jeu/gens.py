"""Who the stories are about: organisations, those who work there, and a household. Nobody here exists."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from contracts.dossiers import Composition, Identite, Logement

ORGANISATIONS = {
    "semis": ("SEMIS", "bailleur", "17415"),
    "tremplin17": ("Tremplin 17", "association", "17415"),
    "etat": ("État, services du logement", "financeur", "17300"),
    "autre-bailleur": ("Autre bailleur", "bailleur", "33063"),
    "autre-association": ("Autre association", "association", "33063"),
    "autre-financeur": ("Autre financeur", "financeur", "33063"),
}
"""Key → name, nature, commune. Those named « autre » share nothing with the first three."""

MEMBRES = {
    "semis.responsable": ("semis", "responsable", "Responsable Exemple"),
    "semis.agent": ("semis", "agent", "Agente Exemple"),
    "tremplin17.coordinateur": ("tremplin17", "coordinateur", "Coordinatrice Exemple"),
    "tremplin17.referent": ("tremplin17", "referent", "Référente Exemple"),
    "tremplin17.referent2": ("tremplin17", "referent", "Référent Exemple-Bis"),
    "etat.analyste": ("etat", "analyste", "Analyste Exemple"),
    "autre-bailleur.responsable": ("autre-bailleur", "responsable", "Responsable Autre-Exemple"),
    "autre-bailleur.agent": ("autre-bailleur", "agent", "Agent Autre-Exemple"),
    "autre-association.coordinateur": ("autre-association", "coordinateur", "Coordinateur Autre-Exemple"),
    "autre-association.referent": ("autre-association", "referent", "Référente Autre-Exemple"),
    "autre-financeur.analyste": ("autre-financeur", "analyste", "Analyste Autre-Exemple"),
}
"""Account → organisation, role, the name that pages show. An organisation's first is its manager, who lets in the others."""


class Equipe(Struct, frozen=True):
    """The accounts of two partners, and who pays: organisations' keys."""

    bailleur: str
    association: str
    financeur: str = ""

    @property
    def agent(self) -> str:
        return f"{self.bailleur}.agent"

    @property
    def responsable(self) -> str:
        return f"{self.bailleur}.responsable"

    @property
    def coordinateur(self) -> str:
        return f"{self.association}.coordinateur"

    @property
    def referent(self) -> str:
        return f"{self.association}.referent"

    @property
    def analyste(self) -> str:
        return f"{self.financeur}.analyste"


SAINTES = Equipe("semis", "tremplin17", "etat")
AUTRES = Equipe("autre-bailleur", "autre-association", "autre-financeur")


def camille(nom: str = "Exemple", **identite: str) -> Identite:
    """Somebody to meet. Dates, telephones and addresses are those a caller gives."""
    return Identite(**{"nom": nom, "prenom": "Camille", **identite})


TROIS = Composition(1, 2, "famille_monoparentale", "25-39")
LOGEMENT = Logement("17415", True)

TEXTES: Mapping[str, str] = {
    "constat": "Deux mois de loyer en retard et des courriers non ouverts.",
    "expose": "Le ménage demande de l’aide pour reprendre pied. Il préfère être appelé le matin.",
    "besoin": "Budget du mois non tenu, un crédit en cours.",
    "entretien": "Première rencontre longue et confiante. Le ménage sait ce qu’il veut changer en premier.",
    "objectif": "Tenir un budget mensuel et reprendre le paiement du loyer.",
    "engagement.menage": "Recevoir le référent aux rendez-vous du calendrier et prévenir en cas d’absence.",
    "engagement.association": "Rencontrer le ménage au moins deux fois par mois.",
    "engagement.bailleur": "Suspendre les relances de loyer tant que le plan d’apurement est tenu.",
    "note.equipe": "Préférer les visites le matin ; sonner deux fois.",
    "note.referent": "Accueil prudent. Revenir sur la question des dettes quand la confiance sera là.",
    "synthese": "Les rendez-vous sont tenus. Un premier objectif avance.",
}
"""What is written about a household, where a story has nothing better to say: field → text."""
