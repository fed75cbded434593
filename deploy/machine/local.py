"""Everything on one machine: PostgreSQL, Kafka, the services as processes of their own, the clock and the accounts.

What `maillage local` and `maillage demo` start. Nothing outlives it: each server belongs to this process, and goes with it
even if it is killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime
from datetime import time as heure
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
from fastapi import HTTPException
from msgspec import Struct
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from contracts.codes import liste
from deploy.catalogue import PORTAIL, SERVICES
from deploy.exploitation.entretien import refaire
from deploy.exploitation.installation import installer
from deploy.machine.comptes import CONNEXIONS, Compte, installer_comptes
from deploy.machine.emetteur import EmetteurLocal
from deploy.machine.fournisseur import CompteAffiche
from deploy.machine.pepiniere import Pepiniere, Service
from deploy.machine.poste import Poste
from deploy.moteurs.kafka_apache import KafkaApache
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs.postgres import PostgresEmbarque
from deploy.moteurs.processus import MoteurIndisponible, port_libre
from deploy.moteurs.sujets import SUJETS
from deploy.roles import preparer
from deploy.serveur import prise_libre, servir
from deploy.statiques import ConstructionImpossible, construire
from deploy.terminal import arret, ecrire
from services.socle.base.calendar import PARIS
from services.socle.base.clock import regler
from services.socle.base.settings import Settings
from services.socle.keys.vault import CoffreFichier

NEUF_HEURES = heure(9)
EMETTEUR = "https://emetteur.maillage.localhost"
"""The local issuer's name, in every token and beside every member: the same whatever the ports of this run."""

RATTRAPAGES = 4
"""How often the scheduler is waited for, half a minute each time, before the clock says that something is still due."""

Moteur = Literal["embarque", "apache"]
Dire = Callable[[str], None]


class Demande(Struct, frozen=True):
    """What to start. `donnees`: folder kept between two runs; `horloge`: first day of a simulated clock."""

    kafka: Moteur = "embarque"
    donnees: Path | None = None
    horloge: date | None = None


class Local(Struct, frozen=True):
    """What runs, and how to reach it. `comptes` by the name people sign in with; `racine` is the folder of this run's
    own files, kept when the data are; `dsn_admin` is the databases' superuser's."""

    racine: Path
    urls: Mapping[str, str]
    kafka: str
    moteur: Moteur
    poste: Poste
    comptes: Mapping[str, Compte]
    settings: Settings
    dsn_admin: str

    def annonce(self) -> dict[str, Any]:
        """The line that `maillage local --json` prints: outside tools read it, so its fields only ever grow."""
        return {
            "services": dict(self.urls),
            "kafka": {"bootstrap": self.kafka, "moteur": self.moteur},
            "horloge": self.poste.url,
            "comptes": {nom: msgspec.to_builtins(compte) for nom, compte in self.comptes.items()},
        }


Jouer = Callable[[Local, Dire], Awaitable[None]]
"""A story that fills the deployment."""


@asynccontextmanager
async def local(demande: Demande, dire: Dire, pepiniere: Pepiniere | None = None) -> AsyncIterator[Local]:
    """Start everything, in order, and stop it in the other. Raises MoteurIndisponible with a French sentence."""
    async with AsyncExitStack() as stack:
        pepiniere = pepiniere or Pepiniere()
        stack.callback(pepiniere.fermer)
        racine = _racine(demande.donnees) if demande.donnees else pepiniere.dossier
        horloge = _horloge(racine, demande)
        dire("PostgreSQL et Kafka démarrent")
        postgres, kafka, _ = await asyncio.gather(
            asyncio.to_thread(_postgres, demande.donnees, stack),
            asyncio.to_thread(_kafka, demande, stack),
            asyncio.to_thread(_pages),
        )
        stack.callback(pepiniere.arreter)  # again, so that the services stop before what they work with
        dire("Les bases se préparent")
        acces = await preparer(postgres.dsn_admin, racine / "secrets.json")
        prise = prise_libre()
        emetteur = EmetteurLocal(EMETTEUR, cle=racine / "emetteur.json")
        # One client for all: each loads the machine's certificates when it is made, which takes longer than a request.
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=120, limits=CONNEXIONS))
        poste = Poste(prise.getsockname()[1], horloge, lambda: _rattraper(client, urls, poste), emetteur)
        await stack.enter_async_context(servir(poste.application(), prise))
        urls = {nom: f"http://127.0.0.1:{port_libre()}" for nom in SERVICES}
        pages = f"http://127.0.0.1:{port_libre()}"
        settings = Settings(
            mode="local",
            postgres=f"postgresql://{acces.serveur}",
            postgres_secrets=acces.secrets,
            kafka=kafka.bootstrap,
            emetteurs=(poste.confiance,),
            cle_maitre=_cle(racine),
            horloge=horloge,
            jeton_url=f"{poste.url}/jeton",
            jeton_client="service.notifications",
            url_dossiers=urls.get("dossiers"),
            url_partenaires=urls.get("partenaires"),
            url_notifications=urls.get("notifications"),
            url_portail=pages,
            url_flux=urls.get("notifications"),
            kafka_externe=kafka.bootstrap,
            connexions=(poste.connexion,),
        )
        perimees = await installer(settings, acces.dsn, EMETTEUR)
        dire("Les services démarrent")
        adresses = {**urls, PORTAIL: pages}
        pepiniere.lancer([_service(nom, url, settings, racine) for nom, url in adresses.items()])
        await _prets(client, pepiniere, adresses)
        for service, vue in perimees:  # data kept from a former version; what was Kafka's is relayed again by now
            dire(f"La vue {vue} de {service} se refait")
            await refaire(settings, acces.dsn(service, "proprietaire"), service, vue, Console(quiet=True))
        comptes = await installer_comptes(urls, poste)
        poste.comptes = [
            CompteAffiche(nom, c.nom_organisation, liste("role").libelle(c.role)) for nom, c in comptes.items()
        ]
        yield Local(racine, adresses, kafka.bootstrap, demande.kafka, poste, comptes, settings, postgres.dsn_admin)


def _pages() -> None:
    """The pages' styles and scripts, built if they are not. Raises MoteurIndisponible."""
    try:
        construire()
    except ConstructionImpossible as error:
        raise MoteurIndisponible(str(error)) from error


def _racine(donnees: Path) -> Path:
    donnees.mkdir(parents=True, exist_ok=True)
    return donnees.resolve()


def _postgres(donnees: Path | None, stack: AsyncExitStack) -> PostgresEmbarque:
    serveur = PostgresEmbarque(donnees / "postgres" if donnees else None)
    stack.callback(serveur.fermer)
    serveur.demarrer()
    return serveur


def _kafka(demande: Demande, stack: AsyncExitStack) -> KafkaApache | KafkaEmbarque:
    if demande.kafka == "apache":
        broker: KafkaApache | KafkaEmbarque = KafkaApache(
            SUJETS, donnees=demande.donnees / "kafka" if demande.donnees else None
        )
    else:
        broker = KafkaEmbarque(SUJETS)
    stack.callback(broker.fermer)
    broker.relancer()
    return broker


def _cle(racine: Path) -> Path:
    cle = racine / "cle-maitre"
    if not cle.exists():
        CoffreFichier.creer(cle)
    return cle


def _horloge(racine: Path, demande: Demande) -> Path | None:
    """The simulated clock's file, at nine in the morning of its first day. Kept data keep their time.

    Raises MoteurIndisponible for data that have lived by the machine's clock: theirs cannot go back.
    """
    fichier = racine / "horloge"
    if fichier.exists():
        return fichier
    if demande.horloge is None:
        return None
    if demande.donnees and (racine / "postgres").exists():
        raise MoteurIndisponible(
            f"Les données de {racine} sont à l'heure de la machine : une horloge simulée demande un autre dossier."
        )
    regler(fichier, datetime.combine(demande.horloge, NEUF_HEURES, PARIS))
    return fichier


def _service(nom: str, url: str, settings: Settings, racine: Path) -> Service:
    return Service(nom, int(url.rpartition(":")[2]), str(racine / f"{nom}.log"), environnement(settings))


def environnement(settings: Settings) -> dict[str, str]:
    """The settings as the variables a service process reads."""
    valeurs = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {
        f"MAILLAGE_{nom.upper()}": valeur if isinstance(valeur, str) else msgspec.json.encode(valeur).decode()
        for nom, valeur in valeurs.items()
    }


async def _prets(client: httpx.AsyncClient, pepiniere: Pepiniere, urls: Mapping[str, str], delai: float = 90.0) -> None:
    """Wait until every service says it is ready. Raises MoteurIndisponible, with the end of its log."""
    fin = time.monotonic() + delai
    for nom, url in urls.items():
        while not await _repond(client, f"{url}/sante/pret"):
            pepiniere.exiger_vivant(nom)
            if time.monotonic() > fin:
                raise MoteurIndisponible(
                    f"Le service {nom} ne répond pas après {delai:.0f} s :\n{pepiniere.fin_du_journal(nom)}"
                )
            await asyncio.sleep(0.02)


async def _repond(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url, timeout=2)).status_code == 200
    except httpx.HTTPError:
        return False


async def _rattraper(client: httpx.AsyncClient, urls: Mapping[str, str], poste: Poste) -> None:
    """After the clock moved: let the scheduler do what is due, and answer when its facts are back in the views."""
    headers = {"Authorization": f"Bearer {poste.emetteur.jeton('service.notifications', 300)}"}
    for _ in range(RATTRAPAGES):
        reponse = await client.post(f"{urls['notifications']}/v1/echeancier/rattraper", headers=headers)
        reponse.raise_for_status()
        if reponse.json()["a_jour"]:
            return
    raise HTTPException(503, "L'horloge a avancé, mais tout ce qui est échu n'est pas encore fait.")


async def tenir(demande: Demande, console: Console, en_json: bool, pepiniere: Pepiniere, d_abord: Jouer | None) -> None:
    """Start, announce, and stay up until SIGTERM. `d_abord` is played before anything is announced."""

    def dire(phrase: str) -> None:
        console.print(f"[dim]{phrase}…[/dim]")

    async with local(demande, dire, pepiniere) as ici:
        if d_abord:
            await d_abord(ici, dire)
        if en_json:
            ecrire(ici.annonce())
        else:
            afficher(ici, console)
        await arret()


def afficher(ici: Local, console: Console) -> None:
    """Addresses and accounts, for a person."""
    console.print("\n[bold]Maillage est en marche.[/bold] Ctrl-C pour l'arrêter.\n")
    console.print(f"  {'les pages':<14} {ici.urls[PORTAIL]}   connexion avec l'un des comptes ci-dessous")
    for nom in SERVICES:
        console.print(f"  {nom:<14} {ici.urls[nom]}")
    console.print(f"  {'kafka':<14} {ici.kafka} ({ici.moteur})\n  {'horloge':<14} {ici.poste.url}\n")
    table = Table("Compte", "Organisation", "Rôle", box=SIMPLE_HEAD, pad_edge=False)
    for nom, compte in ici.comptes.items():
        table.add_row(nom, compte.nom_organisation, liste("role").libelle(compte.role))
    console.print(table)
