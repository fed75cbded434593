"""What a process must be told from outside, read from variables `MAILLAGE_…`; errors name the variable, in French."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIXE = "MAILLAGE_"


class ReglageInvalide(Exception):
    """A setting is missing or wrong; the message says which variable and what is expected."""


class Emetteur(BaseModel):
    """An identity provider whose tokens are accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    jwks_url: str
    audience: str


class Connexion(BaseModel):
    """How people of one organisation (or of several that share a provider) sign in to the pages: OpenID Connect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nom: str
    """What people recognise: « SEMIS »."""
    issuer: str
    configuration: str | None = None
    """Where the provider describes itself; by default under its issuer."""
    client: str
    secret: SecretStr | None = None
    """None for a public client: PKCE alone ties the code to whoever asked for it."""


class Settings(BaseSettings):
    """One field per variable: `postgres_secrets` is MAILLAGE_POSTGRES_SECRETS. Read with `lire()`."""

    model_config = SettingsConfigDict(env_prefix=PREFIXE, frozen=True, extra="ignore")

    mode: Literal["local", "production"] = "production"

    postgres: str
    """`postgresql://host:port`, or `postgresql:///?host=/folder` for a socket: neither role nor database."""
    postgres_secrets: Path
    """A JSON object, role to password: {"dossiers_api": "…"}."""

    bases: str = "maillage_"
    """What the databases' names begin with."""

    kafka: str
    """Bootstrap servers, comma-separated."""
    kafka_securite: Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL", "SSL"] = "PLAINTEXT"
    kafka_sasl_mecanisme: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_utilisateur: str | None = None
    kafka_sasl_mot_de_passe: SecretStr | None = None
    kafka_ca: Path | None = None

    emetteurs: tuple[Emetteur, ...]
    cle_maitre: Path
    horloge: Path | None = None

    url_dossiers: str | None = None
    url_partenaires: str | None = None
    url_notifications: str | None = None
    url_portail: str | None = None
    """The pages' public address: where providers send people back to."""
    url_flux: str | None = None
    """Where funders' programs reach the notifications API; None while it is not opened to them."""
    kafka_externe: str | None = None
    """The name and port at which funders reach Kafka; None while it is not opened to them."""

    connexions: tuple[Connexion, ...] = ()
    statiques: Path | None = None
    """Where the pages' styles and scripts were built; build/portail/ by default."""

    jeton_url: str | None = None
    jeton_client: str | None = None
    jeton_secret: SecretStr | None = None

    traces: str | None = None
    """The collector's base address (OTLP over HTTP); without one no trace is recorded."""
    traces_part: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How many of the traces that begin here are recorded: 0.01 is one in a hundred."""
    niveau: Literal["debug", "info", "warning", "error"] = "info"

    def dsn(self, service: str, fonction: str) -> str:
        """The address role `<service>_<fonction>` connects to: its service's database, or the keys' for `cles`.

        `proprietaire_cles` is the owner in the keys' database.
        """
        cles = fonction.endswith("cles")
        base = f"{self.bases}{'cles' if cles else service}"
        if fonction == "proprietaire_cles":
            fonction = "proprietaire"
        return self.dsn_role(f"{service}_{fonction}", base)

    def dsn_role(self, role: str, base: str) -> str:
        """The address of database `base` for `role`, its password taken from the secrets file."""
        parts = urlsplit(self.postgres)
        serveur = parts.netloc.rpartition("@")[2]
        qui = f"{quote(role, safe='')}:{quote(self._mot_de_passe(role), safe='')}"
        return urlunsplit((parts.scheme, f"{qui}@{serveur}", f"/{base}", parts.query, ""))

    def _mot_de_passe(self, role: str) -> str:
        variable = f"{PREFIXE}POSTGRES_SECRETS"
        try:
            secrets = json.loads(self.postgres_secrets.read_bytes())
        except OSError as error:
            raise ReglageInvalide(f"{variable} : fichier illisible ({error.strerror}).") from error
        except ValueError as error:
            raise ReglageInvalide(f"{variable} : le fichier n'est pas un objet JSON.") from error
        if not isinstance(secrets, dict) or not isinstance(secrets.get(role), str):
            raise ReglageInvalide(f"{variable} : pas de mot de passe pour le rôle {role}.")
        password: str = secrets[role]
        return password


_ATTENDU = {
    "missing": "variable absente",
    "literal_error": "valeur attendue : {expected}",
    "extra_forbidden": "champ inconnu",
}


def lire(**fixes: object) -> Settings:
    """The settings of this process. Raises ReglageInvalide with one French line per wrong variable, never its value."""
    try:
        return Settings(**fixes)  # type: ignore[arg-type]  # the fields come from the environment, which mypy cannot see
    except ValidationError as error:
        raise ReglageInvalide("\n".join(sorted(_ligne(dict(e)) for e in error.errors(include_input=False)))) from None
    except SettingsError as error:
        champ = str(error).split('"')[1]
        raise ReglageInvalide(f"{PREFIXE}{champ.upper()} : JSON attendu, illisible.") from None


def _ligne(error: dict[str, object]) -> str:
    loc = error["loc"]
    assert isinstance(loc, tuple)
    variable = f"{PREFIXE}{str(loc[0]).upper()}" + "".join(f"[{part}]" for part in loc[1:])
    ctx = error.get("ctx")
    expected = str(ctx["expected"]).replace(" or ", " ou ") if isinstance(ctx, dict) and "expected" in ctx else ""
    return f"{variable} : {_ATTENDU.get(str(error['type']), 'valeur invalide').format(expected=expected)}."
