"""Freezes a release, so that every later version is tried on what it left: `python -m tests.releases.figer 0.2.0 CHECKOUT`.

CHECKOUT is a clone of the release's commit with its environment (`git clone`, `git checkout`, `make check` or any target
that installs). Its own code plays the year of the demonstration (some three minutes) and answers questions about it; then
its databases are dumped as they stand. All of it goes to tests/releases/VERSION, to be committed once and never made again:
what a release wrote does not change. See README.md beside this file for what is in there.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import httpx

from deploy.moteurs.postgres import PostgresEmbarque
from deploy.moteurs.postgres_binaires import binaires
from tests.releases.release import BASES, FIXTURES, RELEASES, Fiche, Question, Release

DEBUT = date(2026, 1, 5)
ANNEE = 2026
PATIENCE = 5.0
"""Seconds given to what follows the last command on its way to the views: nothing is dumped in flight."""


def main(version: str, checkout: Path) -> None:
    """Raises subprocess.CalledProcessError, httpx.HTTPError; nothing is written unless all went well."""
    commit = _git(checkout, "rev-parse", "HEAD").strip()
    with tempfile.TemporaryDirectory() as temporaire:
        donnees = Path(temporaire)
        with _en_marche(checkout, donnees) as annonce:
            geste, questions = _interroger(annonce)
            time.sleep(PATIENCE)
        with PostgresEmbarque(donnees / "postgres") as serveur:
            roles = asyncio.run(_roles(serveur.dsn_admin))
            dumps = {base: _dump(serveur.dsn_admin, base) for base in BASES}
        cle, instant = (donnees / "cle-maitre").read_bytes().hex(), (donnees / "horloge").read_text()
    emetteur = _emetteur(annonce["comptes"][geste.compte]["jeton"])
    fiche = Fiche(version, commit, instant, emetteur, cle, roles, geste)
    Release(RELEASES / version).ecrire(fiche, questions, dumps, _empreintes(checkout))


@contextmanager
def _en_marche(checkout: Path, donnees: Path) -> Iterator[dict[str, Any]]:
    """The release, running on `donnees` with the year played: what it announces of itself. Stopped in order at the end."""
    commande = [str(checkout / ".venv/bin/maillage"), "local", "--json", "--jeu", "s1", "--horloge", str(DEBUT)]
    processus = subprocess.Popen([*commande, "--donnees", str(donnees)], cwd=checkout, stdout=subprocess.PIPE)
    assert processus.stdout is not None
    try:
        ligne = processus.stdout.readline()
        if not ligne:
            raise subprocess.CalledProcessError(processus.wait(), commande)
        yield json.loads(ligne)
    finally:
        processus.send_signal(signal.SIGTERM)
        processus.wait(60)


def _interroger(annonce: dict[str, Any]) -> tuple[Question, list[Question]]:
    """One command, by a référent, to be repeated later; then what each actor is answered.

    The dossier they are about is the référent's oldest one that is followed.
    """

    def demander(compte: str, service: str, chemin: str, corps: Any = None, cle: str | None = None) -> Question:
        en_tetes = {"Authorization": f"Bearer {annonce['comptes'][compte]['jeton']}"}
        if cle:
            en_tetes["Idempotency-Key"] = cle
        methode = "GET" if corps is None else "POST"
        url = f"{annonce['services'][service]}{chemin}"
        reponse = httpx.request(methode, url, json=corps, headers=en_tetes, timeout=30)
        reponse.raise_for_status()
        return Question(compte, service, chemin, corps, cle, reponse.json())

    agent, referent, analyste = "semis.agent", "tremplin17.referent", "etat.analyste"
    moi = annonce["comptes"][referent]["membre"]
    suivis = demander(referent, "dossiers", f"/v1/portefeuille?limite=200&etape=sous_contrat&referent={moi}").reponse
    dossier = suivis["elements"][-1]["dossier"]
    cle = str(uuid5(NAMESPACE_URL, "maillage:releases"))
    note = {"note": cle, "niveau": "equipe", "texte": "Ce que la version suivante doit encore lire."}
    geste = demander(referent, "dossiers", f"/v1/dossiers/{dossier}/deposer-note", note, cle)
    time.sleep(PATIENCE)
    [convention] = demander(analyste, "partenaires", "/v1/conventions").reponse["elements"]
    une = convention["convention"]
    return geste, [
        demander(agent, "dossiers", "/v1/orientations?limite=200"),
        demander(agent, "dossiers", "/v1/orientations/comptes"),
        demander(agent, "dossiers", f"/v1/dossiers/{dossier}"),
        demander(agent, "dossiers", "/v1/recherche", {"q": "exemple 02"}),
        demander(agent, "dossiers", f"/v1/conventions/{une}/places"),
        demander(agent, "partenaires", "/v1/conventions"),
        demander(agent, "notifications", "/v1/boite?limite=200"),
        demander(referent, "dossiers", f"/v1/portefeuille?limite=200&referent={moi}"),
        demander(referent, "dossiers", f"/v1/travail?limite=200&referent={moi}"),
        demander(referent, "dossiers", f"/v1/dossiers/{dossier}"),
        demander(referent, "dossiers", f"/v1/dossiers/{dossier}/frise"),
        demander(referent, "dossiers", f"/v1/dossiers/{dossier}/notes"),
        demander(referent, "dossiers", "/v1/recherche", {"q": "exemple 02"}),
        demander(referent, "notifications", "/v1/boite?limite=200"),
        demander("tremplin17.coordinateur", "dossiers", "/v1/charge"),
        demander("tremplin17.coordinateur", "partenaires", "/v1/conventions"),
        demander(analyste, "dossiers", f"/v1/conventions/{une}/indicateurs?annee={ANNEE}"),
        demander(analyste, "partenaires", "/v1/conventions"),
        demander(analyste, "notifications", "/v1/flux"),
        demander(analyste, "notifications", f"/v1/flux/{une}?limite=200"),
    ]


def _emetteur(jeton: str) -> str:
    """The issuer a token names: members are known by it."""
    corps = jeton.split(".")[1]
    return str(json.loads(urlsafe_b64decode(corps + "=" * (-len(corps) % 4)))["iss"])


async def _roles(dsn_admin: str) -> list[str]:
    """The roles that own or may do something: a dump grants to them and does not make them."""
    connection = await asyncpg.connect(dsn_admin)
    try:
        rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)' ORDER BY 1")
    finally:
        await connection.close()
    return [row[0] for row in rows]


def _dump(dsn_admin: str, base: str) -> bytes:
    """Schema, rows, policies and grants of one database, as SQL; the same database gives the same text."""
    dsn = f"{dsn_admin.rpartition('/')[0]}/maillage_{base}"
    commande = [str(binaires(False) / "pg_dump"), "--restrict-key=maillage", "--no-sync", dsn]
    # In hexadecimal the facts would neither be read by whoever opens the dump, nor compressed with the views that repeat them.
    env = os.environ | {"PGOPTIONS": "-c bytea_output=escape"}
    return subprocess.run(commande, check=True, capture_output=True, env=env).stdout


def _empreintes(checkout: Path) -> str:
    """What `sha256sum` would say of each fact that the release published as an example."""
    fichiers = _git(checkout, "ls-files", FIXTURES).split()
    return "".join(f"{hashlib.sha256((checkout / f).read_bytes()).hexdigest()}  {f}\n" for f in fichiers)


def _git(checkout: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=checkout, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
