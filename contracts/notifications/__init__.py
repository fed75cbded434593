"""The events of the notifications service: what was said to whom, and what the funders' feeds are made of.

They stay inside Maillage, and hold nothing personal: identifiers, codes, dates and counts.
"""

from __future__ import annotations

from typing import TypeAlias

from contracts.notifications import courrier, faits_codes
from contracts.notifications.courrier import EcheanceSansSuite as EcheanceSansSuite
from contracts.notifications.courrier import MessageAdresse as MessageAdresse
from contracts.notifications.courrier import MessageLu as MessageLu
from contracts.notifications.courrier import Nom as Nom
from contracts.notifications.faits_codes import SANS_PSEUDONYME as SANS_PSEUDONYME
from contracts.notifications.faits_codes import FaitDeConventionCode as FaitDeConventionCode
from contracts.notifications.faits_codes import FaitDeMenageCode as FaitDeMenageCode

Event: TypeAlias = courrier.Event | faits_codes.Event
