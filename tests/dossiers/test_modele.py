"""Anybody asks for anything, at any moment: the chapters, which share one history, against a small independent model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from contracts import dossiers as d
from services.dossiers.chapitres.contrat import SignerContrat
from services.dossiers.chapitres.orientation import AccepterAvecIdentite, AccepterOrientation, OrienterSousConvention
from services.dossiers.chapitres.places import PrendrePlace, RendrePlace, convention_occupee, places
from services.dossiers.chapitres.suivi import ConstaterEscalade, ConstaterManquee, ConstaterRetard
from services.socle.facts.refusal import Refus
from tests.dossiers import histoire as h
from tests.dossiers.calendrier_naif import chome, grille
from tests.dossiers.exemples import EXEMPLES, TOUTES, chapitre, orienter, preparer, reevaluer
from tests.dossiers.gestes import ACTES, non

PLACES = 2
PARTIES = ("menage", "association", "bailleur")
BAILLEUR = {"agent", "responsable"}
ASSOCIATION = {"referent", "coordinateur"}
ACTEURS = {
    "agent": h.agent,
    "responsable": h.responsable,
    "referent": h.referent,
    "coordinateur": h.coordinateur,
    "horloge": h.horloge,
    "etranger": h.etranger,
}
ISSUES = (
    "mettre-a-l-etude", "accepter-orientation", "refuser-orientation", "retirer-orientation", "expirer-orientation",
    "retirer-consentement", "clore",
)  # fmt: skip
CONSTATATIONS = {
    "constater-retard": ConstaterRetard,
    "constater-escalade": ConstaterEscalade,
    "constater-manquee": ConstaterManquee,
}


def celui_qui_le_fait(nom: str, partie: str) -> str:
    """Who usually asks for that; the others try too, but seldom enough for the story to go on."""
    if nom in ("signer-contrat", "clore", "recueillir-consentement", "retirer-consentement", "effacer-donnees"):
        return "responsable" if partie == "bailleur" else "coordinateur"
    acte = EXEMPLES[nom].acte
    return next(qui for qui, jouer in ACTEURS.items() if jouer(acte.le) == acte)


@dataclass
class Modele:
    """What somebody who has read the rules once would keep on a sheet of paper about a dossier."""

    etape: str = "rien"
    connu_de_l_association: bool = False
    accord: bool = False
    limite: date = date.min
    etude: bool = False
    retiree: bool = False
    designe: bool = False
    entretien: bool = False
    contrat: str = "aucun"
    signataires: set[str] = field(default_factory=set)
    fin: date = date.min
    effaceurs: set[str] = field(default_factory=set)

    def suite(self) -> tuple[str, str]:
        """What usually comes next, and which party it takes."""
        match self.etape:
            case "rien":
                return "reperer", ""
            case "repere" | "sans_suite":
                return ("orienter", "") if self.accord else ("recueillir-consentement", "bailleur")
            case "oriente":
                return "accepter-orientation", ""
            case "accepte":
                return "recueillir-adhesion", ""
            case "adherent" if not self.entretien:
                return "tenir-entretien-initial", ""
            case "adherent" if self.contrat == "prepare":
                return "signer-contrat", next(p for p in PARTIES if p not in self.signataires)
            case "adherent" if self.contrat == "vigueur":
                return "reevaluer", ""
            case "adherent":
                return "preparer-contrat", ""
            case _:
                return "effacer-donnees", "bailleur"

    def attend(self, nom: str, qui: str, jour: date, partie: str, libres: int) -> str:
        """« fait », « rien » or « refus »."""
        if nom == "reperer":
            return "fait" if self.etape == "rien" and qui in BAILLEUR else "refus"
        if self.etape == "rien":
            return "refus"
        if qui not in self._admis(nom, partie):
            return "refus"
        if self.etape in ("clos", "efface") and nom not in ("effacer-donnees", "expirer-orientation"):
            return "refus"
        return self._selon_l_etape(nom, qui, jour, partie, libres)

    def _admis(self, nom: str, partie: str) -> set[str]:
        association = ASSOCIATION if self.connu_de_l_association else set()
        match nom:
            case "expirer-orientation":
                return {"horloge"}
            case "poser-diagnostic" | "orienter" | "retirer-orientation":
                return BAILLEUR
            case "tenir-rencontre" | "recueillir-consentement" | "retirer-consentement":
                return BAILLEUR | association
            case "clore":
                return association if self.etape in ("accepte", "adherent") else BAILLEUR
            case "signer-contrat":
                return BAILLEUR if partie == "bailleur" else association
            case "designer-referent":
                return association & {"coordinateur"}
            case "effacer-donnees":
                return {"responsable"} | (association & {"coordinateur"})
            case _:
                return association

    def _selon_l_etape(self, nom: str, qui: str, jour: date, partie: str, libres: int) -> str:
        a_temps = self.etape == "oriente" and jour <= self.limite
        suivi = self.etape in ("accepte", "adherent")
        match nom:
            case "poser-diagnostic":
                return oui(self.etape in ("repere", "sans_suite"))
            case "tenir-rencontre":
                return oui(qui in BAILLEUR or self.etape != "sans_suite")
            case "recueillir-consentement":
                return "rien" if self.accord else "fait"
            case "retirer-consentement":
                return "fait" if self.accord else "rien"
            case "orienter":
                return oui(self.etape in ("repere", "sans_suite") and self.accord and libres > 0)
            case "expirer-orientation":
                return "rien" if self.etape != "oriente" else oui(jour > self.limite)
            case "mettre-a-l-etude":
                return oui(a_temps and not self.etude)
            case "accepter-orientation":
                return "rien" if suivi else oui(a_temps and libres > 0)
            case "refuser-orientation":
                return oui(a_temps)
            case "retirer-orientation":
                return "rien" if self.etape == "sans_suite" and self.retiree else oui(a_temps)
            case "recueillir-adhesion":
                return "rien" if self.etape == "adherent" else oui(self.etape == "accepte")
            case "refuser-adhesion":
                return oui(self.etape == "accepte")
            case "designer-referent":
                return "refus" if not suivi else "rien" if self.designe else "fait"
            case "tenir-entretien-initial":
                return oui(self.etape == "adherent" and not self.entretien)
            case "preparer-contrat":
                libre = self.contrat == "aucun" or not self.signataires or jour > self.fin
                return oui(self.etape == "adherent" and self.entretien and libre)
            case "signer-contrat":
                ouvert = self.contrat == "prepare" and partie not in self.signataires
                return oui(ouvert and jour <= self.fin)
            case "reevaluer":
                return oui(self.contrat == "vigueur" and jour <= self.fin)
            case "deposer-note" | "fixer-rendez-vous":
                return oui(suivi)
            case "tenir-rendez-vous" | "manquer-rendez-vous" | "annuler-rendez-vous":
                return "refus"  # the model makes each under an identifier of its own, and ends none
            case "clore":
                return "fait"
            case "effacer-donnees":
                cote = "bailleur" if qui in BAILLEUR else "association"
                return "rien" if cote in self.effaceurs else oui(self.etape not in ("oriente", "accepte", "adherent"))
            case _:
                raise AssertionError(nom)

    def noter(self, nom: str, qui: str, jour: date, partie: str, duree: int) -> None:
        """What changes when it is done."""
        match nom:
            case "reperer":
                self.etape = "repere"
            case "recueillir-consentement":
                self.accord = True
            case "retirer-consentement":
                self.accord = False
                if self.etape == "oriente":
                    self.etape, self.retiree = "sans_suite", True
            case "orienter":
                self.etape, self.connu_de_l_association = "oriente", True
                self.limite = jour + timedelta(days=15)
                self.etude = self.retiree = self.designe = False
            case "mettre-a-l-etude":
                self.limite, self.etude = self.limite + timedelta(days=30), True
            case "accepter-orientation":
                self.etape = "accepte"
            case "refuser-orientation" | "expirer-orientation" | "refuser-adhesion":
                self.etape = "sans_suite"
            case "retirer-orientation":
                self.etape, self.retiree = "sans_suite", True
            case "recueillir-adhesion":
                self.etape = "adherent"
            case "designer-referent":
                self.designe = True
            case "tenir-entretien-initial":
                self.entretien = True
            case "preparer-contrat":
                self.contrat, self.signataires, self.fin = "prepare", set(), jour + timedelta(days=duree)
            case "signer-contrat":
                self.signataires.add(partie)
                if self.signataires == set(PARTIES):
                    self.contrat = "vigueur"
            case "clore":
                self.etape = "clos"
            case "effacer-donnees":
                self.etape = "efface"
                self.effaceurs.add("bailleur" if qui in BAILLEUR else "association")
            case _:
                pass


def oui(accepte: bool) -> str:
    return "fait" if accepte else "refus"


@dataclass
class Dossier:
    identifiant: UUID
    histoire: list[Any] = field(default_factory=list)
    modele: Modele = field(default_factory=Modele)
    identifiants: int = 0

    def nouveau(self) -> UUID:
        self.identifiants += 1
        return uuid5(self.identifiant, str(self.identifiants))


class Vie(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.jour = date(2026, 1, 5)
        self.dossiers = [Dossier(UUID(int=n)) for n in range(3)]
        self.places: list[Any] = []

    @initialize(pas=st.tuples(st.integers(0, 11), st.integers(2, 11), st.just(3)))
    def l_histoire_a_commence(self, pas: tuple[int, int, int]) -> None:
        for n, combien in enumerate(pas):
            for _ in range(combien):
                self.un_pas_de_plus(n=n, duree=200)

    # What happens

    @rule(jours=st.integers(1, 45))
    def le_temps_passe(self, jours: int) -> None:
        self.jour = min(self.jour + timedelta(days=jours), date(2028, 12, 31))

    @rule(
        n=st.integers(0, 2),
        nom=st.sampled_from(sorted(TOUTES.keys() - CONSTATATIONS.keys())),
        egare=st.sampled_from([*sorted(ACTEURS), *[""] * 12]),
        partie=st.sampled_from(PARTIES),
        duree=st.integers(20, 400),
    )
    def on_demande(self, n: int, nom: str, egare: str, partie: str, duree: int) -> None:
        self._demander(self.dossiers[n], nom, egare or celui_qui_le_fait(nom, partie), partie, duree)

    @rule(n=st.integers(0, 2), duree=st.integers(20, 400))
    def un_pas_de_plus(self, n: int, duree: int) -> None:
        """The usual way, so that the far chapters are reached often enough."""
        nom, partie = self.dossiers[n].modele.suite()
        self._demander(self.dossiers[n], nom, celui_qui_le_fait(nom, partie), partie, duree)

    @precondition(lambda self: any(dossier.modele.etape == "oriente" for dossier in self.dossiers))
    @rule(nom=st.sampled_from(ISSUES), jours=st.integers(0, 20))
    def une_orientation_attend(self, nom: str, jours: int) -> None:
        """The moment when most may go otherwise, and which passes quickly."""
        self.le_temps_passe(jours=jours)
        dossier = next(dossier for dossier in self.dossiers if dossier.modele.etape == "oriente")
        self._demander(dossier, nom, celui_qui_le_fait(nom, "bailleur"), "bailleur", 200)

    @rule(n=st.integers(0, 2), nom=st.sampled_from(sorted(CONSTATATIONS)))
    def l_horloge_passe(self, n: int, nom: str) -> None:
        histoire = self.dossiers[n].histoire
        attendues = [f.prochaine_echeance for f in histoire if hasattr(f, "prochaine_echeance")]
        if not attendues or attendues[-1] is None:
            return
        commande = CONSTATATIONS[nom](echeance=attendues[-1])
        try:
            nouveaux = self._decider(nom, commande, histoire, h.horloge(self.jour))
        except Refus as refus:
            assert refus.motif == "pas_encore_du"  # noqa: PT017 - the step goes on
            return
        histoire += nouveaux
        assert self._decider(nom, commande, histoire, h.horloge(self.jour)) == []

    @precondition(lambda self: self.places)
    @rule()
    def la_place_ne_se_reprend_pas(self) -> None:
        for dossier in self.dossiers:
            if convention_occupee(dossier.histoire):
                prendre = PrendrePlace(convention=h.CONVENTION, dossier=dossier.identifiant, capacite=PLACES)
                assert places.decide(prendre, places.state(self.places), h.coordinateur(self.jour)) == []

    # What must hold

    @invariant()
    def jamais_deux_orientations_ouvertes(self) -> None:
        for dossier in self.dossiers:
            ouverte = False
            for fait in dossier.histoire:
                match fait:
                    case d.MenageOriente():
                        assert not ouverte
                        ouverte = True
                    case d.OrientationRefusee() | d.OrientationRetiree() | d.OrientationExpiree() | d.AdhesionRefusee():
                        assert ouverte
                        ouverte = False

    @invariant()
    def rien_n_est_transmis_sans_accord(self) -> None:
        for dossier in self.dossiers:
            accord = False
            for fait in dossier.histoire:
                accord = isinstance(fait, d.ConsentementRecueilli) or (
                    accord and not isinstance(fait, d.ConsentementRetire)
                )
                assert accord or not isinstance(fait, d.MenageOriente)

    @invariant()
    def apres_la_fin_il_n_y_a_que_l_effacement(self) -> None:
        for dossier in self.dossiers:
            fini = False
            for fait in dossier.histoire:
                assert not fini or isinstance(fait, d.DonneesEffacees)
                fini = fini or isinstance(fait, d.DossierClos | d.DonneesEffacees)

    @invariant()
    def les_places_prises_sont_celles_des_dossiers_suivis(self) -> None:
        solde = Counter[UUID]()
        for fait in self.places:
            solde[fait.dossier] += 1 if isinstance(fait, d.PlacePrise) else -1
        suivis = {x.identifiant for x in self.dossiers if x.modele.etape in ("accepte", "adherent")}
        assert {qui: n for qui, n in solde.items() if n} == dict.fromkeys(suivis, 1)
        assert len(suivis) <= PLACES

    @invariant()
    def les_echeances_se_suivent(self) -> None:
        for dossier in self.dossiers:
            for contrat in _contrats(dossier.histoire):
                _verifier_echeances(contrat)

    @invariant()
    def aucun_fait_n_est_de_demain(self) -> None:
        for dossier in self.dossiers:
            assert all(fait.le <= self.jour for fait in dossier.histoire)

    # How a command goes

    def _demander(self, dossier: Dossier, nom: str, qui: str, partie: str, duree: int) -> None:
        modele, acte = dossier.modele, ACTEURS[qui](self.jour)
        if nom == "reperer" and qui == "etranger":
            return  # a landlord too: it would open a dossier of its own
        libres = PLACES - len(places.state(self.places))
        attendu = modele.attend(nom, qui, self.jour, partie, libres)
        commande = self._commande(dossier, nom, partie, duree)
        impossible = non(nom, dossier.histoire, acte) if nom in ACTES else set()
        try:
            nouveaux = self._decider(nom, commande, dossier.histoire, acte)
            suites = self._suites(dossier, nouveaux)
        except Refus as refus:
            assert attendu == "refus", (nom, qui, modele, refus.motif)  # noqa: PT017 - the story goes on
            return
        assert attendu == ("fait" if nouveaux else "rien"), (nom, qui, modele, nouveaux)
        assert not (nouveaux and impossible), (nom, qui, modele, impossible)  # nobody was told it could not be done
        dossier.histoire += nouveaux
        self.places += suites
        if nouveaux:
            modele.noter(nom, qui, self.jour, partie, duree)

    @staticmethod
    def _decider(nom: str, commande: Any, histoire: list[Any], acte: Any) -> list[Any]:
        chapter = chapitre(nom)
        return chapter.decide(commande, chapter.state(histoire), acte)

    def _suites(self, dossier: Dossier, nouveaux: list[Any]) -> list[Any]:
        """The place goes with its fact, all or nothing."""
        avant, apres = convention_occupee(dossier.histoire), convention_occupee([*dossier.histoire, *nouveaux])
        if avant == apres:
            return []
        commande: PrendrePlace | RendrePlace = (
            PrendrePlace(convention=apres, dossier=dossier.identifiant, capacite=PLACES)
            if apres
            else RendrePlace(convention=h.CONVENTION, dossier=dossier.identifiant)
        )
        return list(places.decide(commande, places.state(self.places), h.coordinateur(self.jour)))

    def _commande(self, dossier: Dossier, nom: str, partie: str, duree: int) -> Any:
        match nom:
            case "orienter":
                prises = len(places.state(self.places))
                connue = replace(h.convention, places=PLACES, prises=prises, fin=date(2028, 12, 31))
                return OrienterSousConvention(orienter, connue, h.identite)
            case "accepter-orientation":
                return AccepterAvecIdentite(AccepterOrientation(), h.identite, h.CONVENTION, PLACES)
            case "preparer-contrat":
                return preparer.model_copy(
                    update={
                        "contrat": dossier.nouveau(),
                        "debut": self.jour,
                        "fin": self.jour + timedelta(days=duree),
                        "calendrier": (self.jour,),
                        "objectifs": tuple(o.model_copy(update={"terme": None}) for o in preparer.objectifs),
                    }
                )
            case "signer-contrat":
                prepares = [f.contrat for f in dossier.histoire if isinstance(f, d.ContratPrepare)]
                lu = prepares[-1] if prepares else UUID(int=0)
                return SignerContrat.model_validate({"contrat": lu, "partie": partie or "menage", "moyen": "papier"})
            case "reevaluer":
                return reevaluer
            case "deposer-note":
                return EXEMPLES[nom].commande.model_copy(update={"note": dossier.nouveau()})
            case "fixer-rendez-vous":
                return EXEMPLES[nom].commande.model_copy(update={"rendez_vous": dossier.nouveau(), "jour": self.jour})
            case _:
                return EXEMPLES[nom].commande


def _contrats(histoire: list[Any]) -> list[list[Any]]:
    """The facts from each contract's coming into force to the next."""
    contrats: list[list[Any]] = []
    for fait in histoire:
        if isinstance(fait, d.ContratSigne) and fait.complet:
            contrats.append([fait])
        elif contrats:
            contrats[-1].append(fait)
    return contrats


def _verifier_echeances(contrat: list[Any]) -> None:
    signe, *suite = contrat
    dues = grille(signe.le, signe.fin)
    prochaines = [f.prochaine_echeance for f in contrat if hasattr(f, "prochaine_echeance") and f.prochaine_echeance]
    assert set(prochaines) <= set(dues)
    assert prochaines == sorted(prochaines)
    assert not any(map(chome, prochaines))
    issues = [f.echeance for f in suite if isinstance(f, d.SuiviReevalue | d.ReevaluationManquee) and f.echeance]
    assert issues == sorted(set(issues))
    for genre, delai in ((d.ReevaluationEnRetard, 1), (d.ReevaluationEscaladee, 15)):
        constates = [f for f in suite if isinstance(f, genre)]
        assert len({f.echeance for f in constates}) == len(constates)
        assert all(f.le == f.echeance + timedelta(days=delai) for f in constates)


TestVie = Vie.TestCase
TestVie.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
