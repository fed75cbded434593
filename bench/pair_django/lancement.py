"""Preparing the peer's database and serving it under gunicorn."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from msgspec import Struct

from bench.enfant import BaseDuPair, dans_un_processus
from bench.vies import ASSOCIATION, BAILLEUR
from deploy.moteurs.processus import Processus, port_libre, port_ouvert

FILS = 8


class PairDjango(Struct, frozen=True):
    """Where it answers, the header it wants, and the dossiers it has."""

    port: int
    autorisation: str
    dossiers: list[UUID]


@asynccontextmanager
async def pair_django(base: BaseDuPair, racine: Path, combien: int) -> AsyncIterator[PairDjango]:
    """One gunicorn worker process with threads, `combien` dossiers in its database."""
    env = {
        "DJANGO_SETTINGS_MODULE": "bench.pair_django.reglages", "PAIR_SECRET": secrets.token_hex(32),
        "PAIR_HOST": base.host, "PAIR_PORT": str(base.port), "PAIR_BASE": base.base, "PAIR_ROLE": base.role,
        "PAIR_MOT_DE_PASSE": base.mot_de_passe,
    }  # fmt: skip
    jeton, dossiers = await dans_un_processus(_preparer, env, combien)
    port = port_libre()
    gunicorn = Processus(
        [
            sys.executable, "-m", "gunicorn", "bench.pair_django.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", "1", "--worker-class", "gthread", "--threads", str(FILS), "--keep-alive", "75",
        ],
        racine / "gunicorn.log",
        dossier=Path(__file__).parents[2],
        env={**os.environ, **env},
    )  # fmt: skip
    try:
        await asyncio.to_thread(gunicorn.attendre, lambda: port_ouvert(port), "gunicorn")
        yield PairDjango(port, f"Token {jeton}", dossiers)
    finally:
        gunicorn.arreter()


def _preparer(env: Mapping[str, str], combien: int) -> tuple[str, list[UUID]]:
    """Tables, one référent with a token, and dossiers with their keys."""
    os.environ.update(env)
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    from bench.pair_django.api import envelopper
    from bench.pair_django.models import Cle, Dossier, Membre

    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # ours has no migrations, and names tables of those that do
    user = get_user_model().objects.create_user("referent")
    Membre.objects.create(user=user, organisation=ASSOCIATION, role="referent")
    dossiers = [
        Dossier(menage=uuid4(), bailleur=BAILLEUR, association=ASSOCIATION, etape="entretien") for _ in range(combien)
    ]
    Dossier.objects.bulk_create(dossiers)
    Cle.objects.bulk_create(
        Cle(menage=d.menage, organisation=ASSOCIATION, enveloppe=envelopper(os.urandom(32))) for d in dossiers
    )
    return Token.objects.create(user=user).key, [d.id for d in dossiers]
