"""The events of the partenaires service: who works with whom, under which convention, with whose money.

One module per chapter, as in contracts.dossiers.
"""

from __future__ import annotations

from typing import TypeAlias

from contracts.partenaires import conventions, dispositifs, financement, organisations
from contracts.partenaires.conventions import ConventionActivee as ConventionActivee
from contracts.partenaires.conventions import ConventionEchue as ConventionEchue
from contracts.partenaires.conventions import ConventionProposee as ConventionProposee
from contracts.partenaires.conventions import ConventionSignee as ConventionSignee
from contracts.partenaires.dispositifs import DispositifOuvert as DispositifOuvert
from contracts.partenaires.financement import LigneDeFinancement as LigneDeFinancement
from contracts.partenaires.financement import PlanDeFinancementEtabli as PlanDeFinancementEtabli
from contracts.partenaires.formes import Libelle as Libelle
from contracts.partenaires.formes import Regles as Regles
from contracts.partenaires.organisations import MembreHabilite as MembreHabilite
from contracts.partenaires.organisations import MembreInvite as MembreInvite
from contracts.partenaires.organisations import MembreRetire as MembreRetire
from contracts.partenaires.organisations import OrganisationInscrite as OrganisationInscrite

Event: TypeAlias = organisations.Event | dispositifs.Event | conventions.Event | financement.Event
