"""What the demonstration's year has no example of on its last day: each awaited gesture, and names that do not fit.

`Scene.menage` brings a household as far as one wishes, through the services' APIs; the browser's proofs use it too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from deploy.machine.comptes import NAMESPACE, Api
from deploy.machine.local import Local
from services.socle.base.calendar import ajouter_mois, echeances
from services.socle.base.clock import horloge

ETAPES = (
    "reperee", "orientee", "a_l_etude", "acceptee", "suivie", "adhesion", "entretien", "contrat", "sous_contrat",
    "reevaluee",
)  # fmt: skip
"""How far a household may be brought, in order."""

THEMES = ("difficultes-financieres", "vivre_ensemble")


class Equipe(Struct, frozen=True):
    """The accounts of two partners, and who pays: organisations' keys as in deploy/machine/comptes.py."""

    bailleur: str
    association: str
    financeur: str

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


SAINTES = Equipe("semis", "tremplin17", "etat")
AUTRES = Equipe("autre-bailleur", "autre-association", "autre-financeur")


class Menage(Struct, frozen=True):
    dossier: UUID
    contrat: UUID
    objectif: UUID
    version: int


class Scene:
    """Two partners under a convention of their own, whose places are free."""

    def __init__(self, ici: Local, api: Api, equipe: Equipe, nom: str) -> None:
        self.ici, self.api, self.equipe, self.nom = ici, api, equipe, nom
        self.dispositif = self.convention = UUID(int=0)

    @property
    def le(self) -> date:
        return horloge(self.ici.settings).aujourd_hui()

    async def ouvrir(self, places: int = 30) -> None:
        """The dispositif, the convention signed by both, and who pays."""
        e, api, le = self.equipe, self.api, self.le
        regles = {"periodicite_mois": 2, "delai_reponse_jours": 15, "delai_etude_jours": 30}
        corps: dict[str, Any] = {
            "nom": self.nom, "publics": ["locataire_en_difficulte", "sans_domicile"], "themes": THEMES, "regles": regles,
        }  # fmt: skip
        ouvert = await api.une_fois(e.responsable, "partenaires", "/dispositifs/ouvrir", corps, f"{self.nom}:ouvrir")
        self.dispositif = UUID(ouvert["id"])
        corps = {
            "dispositif": str(self.dispositif), "bailleur": self._organisation(e.bailleur), "places": places,
            "association": self._organisation(e.association), "debut": str(le), "fin": str(le.replace(year=le.year + 2)),
        }  # fmt: skip
        proposee = await api.une_fois(
            e.responsable, "partenaires", "/conventions/proposer", corps, f"{self.nom}:proposer"
        )
        self.convention = UUID(proposee["id"])
        chemin = f"/conventions/{self.convention}"
        for compte in (e.responsable, e.coordinateur):
            await api.une_fois(compte, "partenaires", f"{chemin}/signer", {}, f"{self.nom}:signer:{compte}")
        ligne = {"financeur": self._organisation(e.financeur), "source": "avdl", "montant_centimes": 1_200_000}
        corps = {"annee": le.year, "lignes": [ligne]}
        await api.une_fois(
            e.coordinateur, "partenaires", f"{chemin}/etablir-plan-de-financement", corps, f"{self.nom}:plan"
        )
        for compte in (e.responsable, e.coordinateur):
            await api.attendre(compte, "dossiers", f"{chemin}/places")

    async def menage(self, nom: str, etape: str, ecrire: Callable[[str], str] | None = None, **identite: str) -> Menage:
        """A household named `nom`, brought to `etape` (of ETAPES) and seen there. `ecrire`: what each free text says."""
        fil = _Fil(self, nom, ecrire or TEXTES.__getitem__, identite)
        for suivante in ETAPES[: ETAPES.index(etape) + 1]:
            if suivante != "a_l_etude" or etape == "a_l_etude":
                await getattr(fil, suivante)()
        ici = f"/dossiers/{fil.menage.dossier}"
        await self.api.lire(self.equipe.agent, "dossiers", ici, au_moins=fil.menage.version)
        return fil.menage

    def _organisation(self, cle: str) -> str:
        return str(next(c.organisation for nom, c in self.ici.comptes.items() if nom.startswith(f"{cle}.")))


class _Fil:
    """One household's story, one method for each of ETAPES."""

    def __init__(self, scene: Scene, nom: str, ecrire: Callable[[str], str], identite: dict[str, str]) -> None:
        self._scene, self._nom, self._ecrire, self._identite = scene, nom, ecrire, identite
        self._rang = 0
        self.menage = Menage(UUID(int=0), self._id("contrat"), self._id("objectif"), 0)

    def _id(self, quoi: str) -> UUID:
        return uuid5(NAMESPACE, f"{self._scene.nom}:{self._nom}:{quoi}")

    async def _faire(self, compte: str, commande: str, **corps: Any) -> None:
        self._rang += 1
        chemin = f"/dossiers/{self.menage.dossier}/{commande}" if self.menage.dossier.int else f"/dossiers/{commande}"
        quoi = f"{self._scene.nom}:{self._nom}:{self._rang}"
        effet = await self._scene.api.une_fois(compte, "dossiers", chemin, corps, quoi)
        self.menage = Menage(UUID(effet["id"]), self.menage.contrat, self.menage.objectif, effet["version"])

    async def reperee(self) -> None:
        agent = self._scene.equipe.agent
        await self._faire(
            agent, "reperer", menage=str(self._id("menage")),
            identite={"nom": self._nom, "prenom": "Camille", "telephone": "06 39 98 00 99", **self._identite},
            composition={"adultes": 1, "enfants": 2, "type_menage": "famille_monoparentale", "tranche_age": "25-39"},
            logement={"commune": "17415", "qpv": True, "typologie": "t4"}, publics=["locataire_en_difficulte"],
        )  # fmt: skip
        await self._faire(agent, "poser-diagnostic", motifs=["impayes"], constat=self._ecrire("constat"))
        await self._faire(agent, "tenir-rencontre", support="visite_domicile")

    async def orientee(self) -> None:
        scene, e = self._scene, self._scene.equipe
        await self._faire(e.agent, "recueillir-consentement", finalite="transmission", support="rendez_vous_bureau")
        await self._faire(
            e.agent, "orienter", association=scene._organisation(e.association), dispositif=str(scene.dispositif),
            convention=str(scene.convention), motifs=["impayes"], expose=self._ecrire("expose"),
        )  # fmt: skip

    async def a_l_etude(self) -> None:
        await self._faire(self._scene.equipe.coordinateur, "mettre-a-l-etude")

    async def acceptee(self) -> None:
        await self._faire(self._scene.equipe.coordinateur, "accepter-orientation")

    async def suivie(self) -> None:
        e = self._scene.equipe
        referent = str(self._scene.ici.comptes[e.referent].membre)
        await self._faire(e.coordinateur, "designer-referent", referent=referent)

    async def adhesion(self) -> None:
        referent = self._scene.equipe.referent
        await self._faire(referent, "tenir-rencontre", support="visite_domicile")
        await self._faire(referent, "recueillir-adhesion", support="visite_domicile")

    async def entretien(self) -> None:
        besoins = [{"theme": theme, "score": 2, "precision": self._ecrire("besoin")} for theme in THEMES]
        await self._faire(
            self._scene.equipe.referent, "tenir-entretien-initial", besoins=besoins, synthese=self._ecrire("entretien"),
            support="visite_domicile",
        )  # fmt: skip

    async def contrat(self) -> None:
        debut = self._scene.le
        fin = ajouter_mois(debut, 12) - timedelta(days=1)
        objectif = {"objectif": str(self.menage.objectif), "theme": THEMES[0], "intitule": self._ecrire("objectif")}
        engagements = [
            {"partie": p, "texte": self._ecrire(f"engagement.{p}")} for p in ("menage", "association", "bailleur")
        ]
        await self._faire(
            self._scene.equipe.referent, "preparer-contrat", contrat=str(self.menage.contrat), debut=str(debut), fin=str(fin),
            objectifs=[objectif], engagements=engagements, calendrier=[str(jour) for jour in echeances(debut, fin, 2)],
        )  # fmt: skip

    async def sous_contrat(self) -> None:
        e = self._scene.equipe
        for partie, compte in (("menage", e.referent), ("association", e.referent), ("bailleur", e.responsable)):
            await self._faire(compte, "signer-contrat", contrat=str(self.menage.contrat), partie=partie, moyen="papier")

    async def reevaluee(self) -> None:
        referent = self._scene.equipe.referent
        for niveau in ("equipe", "referent"):
            note = {"note": str(self._id(f"note {niveau}")), "niveau": niveau, "texte": self._ecrire(f"note.{niveau}")}
            await self._faire(referent, "deposer-note", **note)
        await self._faire(
            referent, "reevaluer", scores=[{"theme": theme, "score": 3} for theme in THEMES],
            progressions=[{"objectif": str(self.menage.objectif), "avancement": 25}], synthese=self._ecrire("synthese"),
        )  # fmt: skip


TEXTES = {
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

NOM_LONG = "de La Rochefoucauld-Exemple-Montmorency-Châteaubriant"
PRENOM_LONG = "Marie-Antoinette Éléonore Guillemette"
ADRESSE_LONGUE = (
    "Résidence des Anciens Combattants d’Afrique du Nord, bâtiment C, escalier 14, appartement 1207, "
    "248 bis avenue du Maréchal-de-Lattre-de-Tassigny, 17100 Saintes"
)
COURRIEL_LONG = "marie-antoinette.de-la-rochefoucauld-exemple-montmorency@tres-long-domaine.exemple.example"


async def dresser(ici: Local, api: Api) -> Scene:
    """One household at each stage, one of them with the longest of names, beside those of the year."""
    scene = Scene(ici, api, SAINTES, "Garder son logement, agglomération de Saintes")
    await scene.ouvrir(places=80)
    for rang, etape in enumerate(ETAPES, 50):
        await scene.menage(f"Exemple {rang}", etape)
    for etape in ("orientee", "sous_contrat"):
        await scene.menage(
            f"{NOM_LONG} {etape[0].upper()}", etape, prenom=PRENOM_LONG, adresse=ADRESSE_LONGUE, courriel=COURRIEL_LONG
        )
    return scene
