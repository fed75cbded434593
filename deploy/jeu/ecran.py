"""How the demonstration reads on a terminal or in a file: plain tables, in French, a hundred columns wide."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table

from contracts import flux as f
from deploy.flux import Fait
from deploy.jeu.regards import Ligne, jour, libelle, semaine, titre
from services.socle.problem import lisible

LARGEUR = 100
ATTENDU = {
    "repondre": "répondre à l'orientation",
    "recueillir_adhesion": "recueillir l'adhésion",
    "tenir_entretien": "tenir l'entretien initial",
    "preparer_contrat": "préparer le contrat",
    "signer_contrat": "faire signer le contrat",
    "reevaluer": "réévaluer le suivi",
}
URGENCE = {"normale": "", "retard": "en retard", "escalade": "en retard de 15 jours : escaladé"}
TRANCHES = {
    "en_retard": "en retard",
    "sept_jours": "dans les 7 jours",
    "trente_jours": "dans les 30 jours",
    "plus_tard": "plus tard",
    "sans_echeance": "sans échéance",
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

    def convention(self, vue: Mapping[str, Any]) -> None:
        self.titre(f"{lisible(date.fromisoformat(vue['active_depuis']))} : la convention est signée")
        [plan] = vue["plans"]
        parts = [
            f"{_euros(ligne['montant_centimes'])} {libelle('source_financement', ligne['source'])}"
            for ligne in plan["lignes"]
        ]
        total = _euros(sum(ligne["montant_centimes"] for ligne in plan["lignes"]))
        self.phrase(
            f"{vue['bailleur_nom']} et {vue['association_nom']}, « {vue['dispositif_nom']} » : {vue['places']} ménages, "
            f"une réévaluation tous les {vue['regles']['periodicite_mois']} mois, du {jour(vue['debut'])} au "
            f"{jour(vue['fin'])}.\nFinancement {plan['annee']} : {total} = {' + '.join(parts)}."
        )

    def cote_a_cote(self, lignes: Sequence[Ligne]) -> None:
        table = self._table("", "SEMIS, bailleur", "Tremplin 17, association", "L'État, financeur", lignes=True)
        table.columns[0].width = 13
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
            qui, quoi = noms.get(element["dossier"], ""), ATTENDU[element["attendu"]]
            table.add_row(jour(element["echeance"]) or "—", qui, quoi, URGENCE[element["urgence"]])
        self._console.print(table)
        if total > len(elements):
            self.phrase(f"… et {total - len(elements)} autres.")

    def charge(self, par_compte: Mapping[str, Mapping[str, int]]) -> None:
        table = self._table("Compte", "Dossiers ouverts", *TRANCHES.values())
        for compte, charge in par_compte.items():
            table.add_row(compte, str(charge["ouverts"]), *(str(charge[nom]) for nom in TRANCHES))
        self._console.print(table)

    def boite(self, elements: Sequence[Mapping[str, Any]], noms: Mapping[str, str]) -> None:
        table = self._table("Le", "Ménage", "Message")
        for element in elements:
            table.add_row(jour(element["le"]), noms.get(element["dossier"], ""), element["libelle"])
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
        table = self._table("N°", "Semaine", "Fait", "Ménage", "Détail")
        for fait, event in faits:
            pseudonyme = getattr(event, "pseudonyme", "")
            quand = semaine(event.semaine) if isinstance(event, f.FaitDeMenage) else f"{event.le:%d/%m/%Y}"
            qui = f"{pseudonyme[:8]}…" if pseudonyme else ""
            table.add_row(str(fait.enveloppe.streamversion), quand, titre(event), qui, _detail(event))
        self._console.print(table)

    def _table(self, *titres: str, lignes: bool = False) -> Table:
        return Table(*titres, box=HORIZONTALS, show_lines=lignes, pad_edge=False, width=self._console.width)


def _euros(centimes: int) -> str:
    return f"{centimes // 100:,} €".replace(",", " ")


def _detail(event: f.Event) -> str:
    match event:
        case f.FluxMenageOriente():
            return f"{libelle('type_menage', event.type_menage)}, {libelle('tranche_age', event.tranche_age)}"
        case f.FluxOrientationRefusee() | f.FluxAdhesionRefusee():
            return libelle("motif_refus", event.motif)
        case f.FluxOrientationRetiree():
            return libelle("motif_retrait", event.motif)
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
            return f"{libelle('motif_sortie', event.motif)} ; {libelle('situation_sortie', event.situation)}"
        case f.FluxDonneesEffacees():
            return "à oublier sous ce pseudonyme"
        case f.FluxPlanDeFinancementEtabli():
            return f"{_euros(event.total_centimes)} pour {event.annee}"
        case f.FluxConventionActivee():
            return f"{event.places} places"
        case _:
            return ""
