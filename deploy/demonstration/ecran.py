"""How the demonstration reads on a terminal or in a file: plain tables, in French, a hundred columns wide."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from contracts import flux as f
from deploy.demonstration.regards import Ligne, en_clair, enumerer, jour, libelle, minuscule, semaine
from deploy.flux import Fait
from services.socle.web.problem import lisible

LARGEUR = 100
ATTENDU = {
    "repondre": "répondre à l'orientation",
    "recueillir_adhesion": "recueillir l'adhésion",
    "tenir_entretien": "tenir l'entretien initial",
    "preparer_contrat": "préparer le contrat",
    "signer_contrat": "faire signer le contrat",
    "reevaluer": "réévaluer le suivi",
    "conclure": "conclure, ou renouveler le contrat",
}
URGENCE = {"normale": "", "retard": "en retard", "escalade": "en retard de 15 jours : escaladé"}
TRANCHES = {
    "en_retard": "En retard",
    "sept_jours": "7 jours",
    "trente_jours": "30 jours",
    "plus_tard": "Plus tard",
    "sans_echeance": "Sans date",
}
COMPTES = {
    "orientes": "Orientés par SEMIS",
    "acceptes": "Acceptés par Tremplin 17",
    "adhesions": "Adhésions recueillies",
    "entretiens": "Entretiens initiaux tenus",
    "contrats": "Contrats signés",
    "clos": "Dossiers clos",
    "refuses": "Orientations refusées",
    "retires": "Orientations retirées",
    "expires": "Orientations expirées",
    "adhesions_refusees": "Adhésions refusées",
    "reevaluations": "Réévaluations tenues",
    "retards": "Réévaluations en retard",
    "escalades": "Réévaluations escaladées",
    "manquees": "Réévaluations manquées",
}
MOIS = (("orientes", "orientés"), ("acceptes", "acceptés"), ("contrats", "contrats"), ("reevaluations", "réévaluations"),
        ("retards", "retards"), ("escalades", "escalades"), ("manquees", "manquées"), ("clos", "clos"))  # fmt: skip
"""A month's columns: the count, and its heading."""


class Ecran:
    """Standard output: what the demonstration shows; what it is doing goes to standard error."""

    def __init__(self, sortie: Console | None = None) -> None:
        self._console = sortie or Console(highlight=False, width=None if sys.stdout.isatty() else LARGEUR)
        self._console.width = min(self._console.width, LARGEUR)

    def titre(self, texte: str) -> None:
        self._console.print(f"\n[bold]{texte}[/bold]")

    def phrase(self, texte: str) -> None:
        self._console.print(texte)

    def commande(self, ligne: str) -> None:
        """On one line whatever the width, to be copied."""
        self._console.print(f"  {ligne}", soft_wrap=True)

    def convention(self, vue: Mapping[str, Any]) -> None:
        self.titre(f"{lisible(date.fromisoformat(vue['active_depuis']))} : la convention est signée")
        [plan] = vue["plans"]
        parts = [
            f"{libelle('source_financement', ligne['source'])} {_euros(ligne['montant_centimes'])}"
            for ligne in plan["lignes"]
        ]
        total = _euros(sum(ligne["montant_centimes"] for ligne in plan["lignes"]))
        self.phrase(
            f"{vue['bailleur_nom']} et {vue['association_nom']}, « {vue['dispositif_nom']} ».\n"
            f"{vue['places']} ménages, réévalués tous les {vue['regles']['periodicite_mois']} mois, "
            f"du {jour(vue['debut'])} au {jour(vue['fin'])}.\n"
            f"Financement {plan['annee']} : {total}. {' ; '.join(parts)}."
        )

    def cote_a_cote(self, lignes: Sequence[Ligne]) -> None:
        table = self._table("", "SEMIS, bailleur", "Tremplin 17, association", "L'État, financeur", espace=1)
        table.columns[0].width = 14
        for colonne in table.columns[1:]:
            colonne.ratio = 1
        for ligne in lignes:
            table.add_row(ligne.quoi, *(vu or "—" for vu in (ligne.bailleur, ligne.association, ligne.financeur)))
        self._console.print(table)

    def entete_des_mois(self) -> None:
        self.phrase(f"{'':<16}" + "".join(f"{titre:>{len(titre) + 2}}" for _, titre in MOIS))

    def mois(self, le: date, avant: Mapping[str, int], apres: Mapping[str, int]) -> None:
        """What a month added to the year's counts."""
        nombres = "".join(f"{apres[nom] - avant.get(nom, 0) or '·':>{len(titre) + 2}}" for nom, titre in MOIS)
        self.phrase(f"{lisible(le).partition(' ')[2]:<16}{nombres}")

    def travail(self, elements: Sequence[Mapping[str, Any]], noms: Mapping[str, str], total: int) -> None:
        table = self._table("Échéance", "Ménage", "Ce qui est attendu", "")
        for element in elements:
            qui, quoi = noms.get(element["dossier"], ""), ATTENDU[element["quoi"]]
            table.add_row(jour(element["echeance"]) or "—", qui, quoi, URGENCE[element["urgence"]])
        self._console.print(table)
        if total > len(elements):
            self.phrase(f"  … et {total - len(elements)} autres.")

    def charge(self, par_compte: Mapping[str, Mapping[str, int]]) -> None:
        table = self._table("Référent", "Ménages", *TRANCHES.values())
        table.columns[0].no_wrap = True
        for colonne in table.columns[1:]:
            colonne.justify = "right"
        for compte, charge in sorted(par_compte.items()):
            table.add_row(compte, str(charge["ouverts"]), *(str(charge[nom] or "·") for nom in TRANCHES))
        self._console.print(table)

    def boite(self, elements: Sequence[Mapping[str, Any]], noms: Mapping[str, str]) -> None:
        table = self._table("Le", "Ménage", "Message", "")
        for element in elements:
            etat = "" if element["lu_le"] else "nouveau"
            table.add_row(jour(element["le"]), noms.get(element["dossier"], ""), element["libelle"], etat)
        self._console.print(table)

    def comptes(self, *vus: Mapping[str, Any]) -> None:
        """The year's counts, as SEMIS, Tremplin 17 and the State are given them."""
        table = self._table("", "SEMIS", "Tremplin 17", "L'État")
        for colonne in table.columns[1:]:
            colonne.justify = "right"
        for nom, intitule in COMPTES.items():
            table.add_row(intitule, *("masqué" if compte[nom] is None else str(compte[nom]) for compte in vus))
        self._console.print(table)

    def flux(self, faits: Sequence[tuple[Fait, f.Event]]) -> None:
        table = self._table("N°", "Quand", "Fait", "Ménage", "Détail")
        table.columns[0].justify = "right"
        for fait, event in faits:
            pseudonyme = getattr(event, "pseudonyme", "")
            quand = semaine(event.semaine) if isinstance(event, f.FaitDeMenage) else f"{event.le:%d/%m/%Y}"
            qui = f"{pseudonyme[:8]}…" if pseudonyme else ""
            table.add_row(str(fait.enveloppe.streamversion), quand, en_clair(event), qui, _detail(event))
        self._console.print(table)

    def _table(self, *titres: str, espace: int = 0) -> Table:
        return Table(*titres, box=SIMPLE_HEAD, leading=espace, pad_edge=False, width=self._console.width)


def _euros(centimes: int) -> str:
    return f"{centimes // 100:,} €".replace(",", " ")


def _detail(event: f.Event) -> str:
    match event:
        case f.FluxMenageOriente():
            return enumerer([libelle("type_menage", event.type_menage), libelle("tranche_age", event.tranche_age)])
        case f.FluxOrientationRefusee() | f.FluxAdhesionRefusee():
            return minuscule(libelle("motif_refus", event.motif))
        case f.FluxOrientationRetiree():
            return minuscule(libelle("motif_retrait", event.motif))
        case f.FluxEntretienInitialTenu():
            return f"{event.nombre_de_besoins} besoins"
        case f.FluxContratSigne():
            return f"jusqu'à la {semaine(event.semaine_fin)}"
        case f.FluxSuiviReevalue():
            rang = f"{event.numero}{'re' if event.numero == 1 else 'e'}"
            return f"{rang} ; objectifs atteints : {event.nombre_d_objectifs_atteints} sur {event.nombre_d_objectifs}"
        case f.FluxReevaluationEnRetard() | f.FluxReevaluationEscaladee() | f.FluxReevaluationManquee():
            return f"prévue {semaine(event.semaine_echeance)}"
        case f.FluxDossierClos():
            return enumerer([libelle("motif_sortie", event.motif), libelle("situation_sortie", event.situation)])
        case f.FluxDonneesEffacees():
            return "à oublier sous ce pseudonyme"
        case f.FluxPlanDeFinancementEtabli():
            return f"{_euros(event.total_centimes)} pour {event.annee}"
        case f.FluxConventionActivee():
            return f"{event.places} places"
        case _:
            return ""
