"""Writes the secrets of a docker-compose deployment, once: `python3 deploy/compose/ecrire_secrets.py DOSSIER >> .env`.

Standard library only: it runs before anything is installed. What exists is kept, so a second run adds what a new version
needs. It prints the lines of `.env` that depend on it. Keep a copy of the folder elsewhere: without `cle_maitre` every
household's data is lost, which is what it is for.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

SERVICES = ("dossiers", "partenaires", "notifications", "portail")
FONCTIONS = ("proprietaire", "ajout", "api", "suite", "cles")
IMAGE = 10001
"""The user of our image, who must own what only its owner may read."""


def main(dossier: Path) -> int:
    if dossier.exists() and not dossier.is_dir():
        print(f"{dossier} n'est pas un dossier.", file=sys.stderr)
        return 2
    # The folder is closed to others; inside, the files that the containers' other users read need not be.
    dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
    dossier.chmod(0o700)
    uid = IMAGE if os.geteuid() == 0 else os.geteuid()
    for nom, contenu in a_ecrire(dossier).items():
        ecrire(dossier / nom, contenu, 0o400 if nom in ("cle_maitre",) else 0o444, uid)
    print(f"MAILLAGE_SECRETS={dossier.resolve()}\nMAILLAGE_UID={uid}")
    return 0


def a_ecrire(dossier: Path) -> dict[str, bytes]:
    """Name → content, what is already there kept."""

    def garde(nom: str, neuf: str) -> str:
        return (dossier / nom).read_text() if (dossier / nom).exists() else neuf

    textes = {
        "postgres": garde("postgres", mot_de_passe()),
        "kafka_cluster": garde("kafka_cluster", identifiant_cluster()),
        **{f"kafka_{qui}": garde(f"kafka_{qui}", mot_de_passe()) for qui in ("admin", "controleur", *SERVICES)},
    }
    textes["postgres_dsn"] = f"postgresql://postgres:{textes['postgres']}@postgres:5432/postgres"
    textes["kafka_comptes"] = json.dumps({service: textes[f"kafka_{service}"] for service in SERVICES})
    connus = json.loads(garde("roles", "{}"))
    roles = {f"{s}_{f}": connus.get(f"{s}_{f}", mot_de_passe()) for s in SERVICES for f in FONCTIONS}
    textes["roles"] = json.dumps(roles)
    for service in SERVICES:  # each service is given the passwords of its own roles, not the owner's
        siens = {role: mot for role, mot in roles.items() if role.startswith(f"{service}_")}
        siens.pop(f"{service}_proprietaire")
        textes[f"roles_{service}"] = json.dumps(siens)
    contenus = {nom: texte.encode() for nom, texte in textes.items()}
    if not (dossier / "cle_maitre").exists():
        contenus["cle_maitre"] = os.urandom(32)
    return contenus


def ecrire(fichier: Path, contenu: bytes, mode: int, uid: int) -> None:
    """Whole or not at all, under its final rights."""
    provisoire = fichier.with_name(f".{fichier.name}")
    provisoire.unlink(missing_ok=True)
    with os.fdopen(os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sortie:
        sortie.write(contenu)
        sortie.flush()
        os.fsync(sortie.fileno())
    provisoire.chmod(mode)
    if os.geteuid() == 0:
        os.chown(provisoire, uid, -1)
    provisoire.replace(fichier)


def mot_de_passe() -> str:
    return secrets.token_urlsafe(24)


def identifiant_cluster() -> str:
    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("Usage : python3 deploy/compose/ecrire_secrets.py DOSSIER", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1])))
