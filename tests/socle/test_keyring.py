"""Sealing, opening and erasing, on the keys database as it is deployed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct
from structlog.testing import capture_logs

from contracts.message import Code, Message, Personnel
from deploy.migrations.textes import statements
from deploy.roles import Acces
from services.socle.base.settings import ReglageInvalide
from services.socle.facts.refusal import Refus
from services.socle.keys.erased import EFFACE, Efface, enc_hook
from services.socle.keys.keyring import Trousseau
from services.socle.keys.personal import textes
from services.socle.keys.vault import CoffreFichier, EnveloppeInvalide

MENAGE, BAILLEUR, ASSOCIATION = UUID(int=1), UUID(int=2), UUID(int=3)


class Personne(Struct, frozen=True):
    nom: Personnel
    theme: Code = "logement"
    surnom: Personnel | None = None
    proches: tuple["Personne", ...] = ()  # noqa: UP037 - msgspec resolves it by name


class Fiche(Message, frozen=True):
    menage: UUID
    personne: Personne
    notes: list[Personnel] = []  # noqa: RUF012 - msgspec copies empty defaults
    par_theme: dict[Code, Personnel] = {}  # noqa: RUF012
    couple: tuple[Code, Personnel] = ("x", "")
    libre: Annotated[str, Meta(max_length=200)] = ""
    autre: Personne | None = None


def fiche(nom: str = "Camille Exemple", **more: Any) -> Fiche:
    return Fiche(MENAGE, Personne(nom), **more)


@pytest.fixture
def coffre(tmp_path: Path) -> CoffreFichier:
    CoffreFichier.creer(tmp_path / "cle")
    return CoffreFichier(tmp_path / "cle")


@pytest.fixture(scope="module")
async def schema_cles(bases_du_module: Acces) -> Acces:
    owner = await asyncpg.connect(bases_du_module.dsn_cles("dossiers"))
    for statement in statements("cles_0001", "dossiers"):
        await owner.execute(statement)
    await owner.close()
    return bases_du_module


@pytest.fixture
async def pool(schema_cles: Acces) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    async with asyncpg.create_pool(schema_cles.dsn("dossiers", "cles"), min_size=1, max_size=4) as pool:
        yield pool
    owner = await asyncpg.connect(schema_cles.dsn_cles("dossiers"))
    # Not DELETE: row-level security is forced, and shows the owner no row to delete.
    await owner.execute("TRUNCATE dossiers.cles, dossiers.cles_derivees")
    await owner.close()


@pytest.fixture
def trousseau(pool: asyncpg.Pool[asyncpg.Record], coffre: CoffreFichier) -> Trousseau:
    return Trousseau(pool, coffre, "dossiers")


class Comptee:
    """The pool, counting the statements sent to the server."""

    def __init__(self, pool: Any) -> None:
        self._pool, self.envoyees = pool, 0

    def __getattr__(self, name: str) -> Any:
        self.envoyees += 1
        return getattr(self._pool, name)


@pytest.fixture
def comptee(pool: asyncpg.Pool[asyncpg.Record]) -> Comptee:
    return Comptee(pool)


async def test_scelle_puis_ouvre(trousseau: Trousseau) -> None:
    clear = fiche(
        notes=["Téléphone le soir", ""],
        par_theme={"dettes": "Un plan est en cours"},
        couple=("a", "Sous tutelle"),
        libre="Cité des Lilas",
        autre=Personne("Alex", surnom="Lexou", proches=(Personne("Dominique"),)),
    )
    sealed = await trousseau.sceller(clear, MENAGE, BAILLEUR, uuid4())
    stored = msgspec.json.encode(sealed)
    assert all(text.encode() not in stored for text in textes(clear))
    assert len(textes(clear)) == 7
    assert sealed.libre == "Cité des Lilas"
    assert sealed.notes[1] == ""
    assert (sealed.personne.theme, sealed.couple[0]) == ("logement", "a")
    assert msgspec.json.decode(stored, type=Fiche) == sealed
    assert await trousseau.ouvrir(sealed) == clear


async def test_le_jeton_a_la_forme_convenue(trousseau: Trousseau) -> None:
    evenement = uuid4()
    sealed = await trousseau.sceller(fiche(), MENAGE, BAILLEUR, evenement)
    prefix, version, cle, event, text = sealed.personne.nom.split(":")
    assert (prefix, version, event) == ("chiffre", "1", evenement.hex)
    assert UUID(cle)
    assert "=" not in text


async def test_ouvre_les_lignes_d_une_vue_en_un_aller(comptee: Any, coffre: CoffreFichier) -> None:
    trousseau = Trousseau(comptee, coffre, "dossiers")
    sealed = [await trousseau.sceller(fiche(f"Nom {n}"), UUID(int=n), BAILLEUR, uuid4()) for n in range(1, 40)]
    rows = [{"nom": f.personne.nom, "etape": "orienté", "n": 3, "tags": ("x", f.personne.nom)} for f in sealed]
    before = comptee.envoyees
    clear = await trousseau.ouvrir(rows)
    assert comptee.envoyees - before == 1
    assert clear[6] == {"nom": "Nom 7", "etape": "orienté", "n": 3, "tags": ("x", "Nom 7")}


async def test_un_seul_aller_pour_plusieurs_faits_et_aucun_sans_texte(comptee: Any, coffre: CoffreFichier) -> None:
    trousseau = Trousseau(comptee, coffre, "dossiers")
    await trousseau.sceller_tout([(fiche("A"), uuid4()), (fiche("B"), uuid4())], MENAGE, BAILLEUR)
    assert comptee.envoyees == 1, "the key is made in the same round trip"
    await trousseau.sceller_tout([(fiche("A"), uuid4()), (fiche("B"), uuid4())], MENAGE, BAILLEUR)
    assert comptee.envoyees == 2
    assert await trousseau.sceller_tout([(fiche(""), uuid4())], None, BAILLEUR) == [fiche("")]
    assert await trousseau.ouvrir([{"etape": "clos"}]) == [{"etape": "clos"}]
    assert comptee.envoyees == 2


async def test_un_texte_personnel_sans_personne_est_une_faute(trousseau: Trousseau) -> None:
    with pytest.raises(ValueError, match="nobody"):
        await trousseau.sceller_tout([(fiche("A"), uuid4())], None, BAILLEUR)


async def test_relire_une_cle_ne_prend_pas_de_numero_de_transaction(trousseau: Trousseau, pool: Any) -> None:
    await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetchrow(trousseau._obtenir, uuid4(), MENAGE, BAILLEUR, b"x")
        assert await connection.fetchval("SELECT pg_current_xact_id_if_assigned()") is None


async def test_deux_organisations_ont_deux_cles(trousseau: Trousseau) -> None:
    evenement = uuid4()
    bailleur = await trousseau.sceller(fiche(), MENAGE, BAILLEUR, evenement)
    association = await trousseau.sceller(fiche(), MENAGE, ASSOCIATION, evenement)
    assert bailleur.personne.nom.split(":")[2] != association.personne.nom.split(":")[2]
    await trousseau.detruire(MENAGE, BAILLEUR)
    assert (await trousseau.ouvrir(bailleur)).personne.nom is EFFACE
    assert (await trousseau.ouvrir(association)).personne.nom == "Camille Exemple"


async def test_detruire_efface_pour_toujours(trousseau: Trousseau, pool: Any) -> None:
    sealed = await trousseau.sceller(fiche(notes=["x"]), MENAGE, BAILLEUR, uuid4())
    await trousseau.detruire(MENAGE, BAILLEUR)
    first = await pool.fetchval("SELECT detruite_le FROM dossiers.cles")
    await trousseau.detruire(MENAGE, BAILLEUR)
    assert await pool.fetchval("SELECT detruite_le FROM dossiers.cles") == first
    opened = await trousseau.ouvrir(sealed)
    assert isinstance(opened.personne.nom, Efface)
    assert opened.notes == ["(effacé)"]
    assert msgspec.json.encode(opened.personne.nom, enc_hook=enc_hook) == '"(effacé)"'.encode()
    with pytest.raises(Refus, match="donnees_effacees"):
        await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())
    with pytest.raises(Refus, match="donnees_effacees"):
        await trousseau.sceller(opened, MENAGE, ASSOCIATION, uuid4())


async def test_effacer_avant_la_premiere_cle_empeche_d_en_creer(trousseau: Trousseau) -> None:
    await trousseau.detruire(MENAGE, BAILLEUR)
    with pytest.raises(Refus, match="donnees_effacees"):
        await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())


async def test_effacer_vaut_aussitot_dans_un_autre_processus(
    trousseau: Trousseau, schema_cles: Acces, coffre: CoffreFichier
) -> None:
    sealed = await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())
    async with asyncpg.create_pool(schema_cles.dsn("dossiers", "cles"), min_size=1, max_size=1) as other_pool:
        other = Trousseau(other_pool, coffre, "dossiers")
        assert (await other.ouvrir(sealed)).personne.nom == "Camille Exemple"
        await trousseau.detruire(MENAGE, BAILLEUR)
        assert (await other.ouvrir(sealed)).personne.nom is EFFACE


async def test_le_role_des_cles_ne_ressuscite_ni_ne_supprime(trousseau: Trousseau, pool: Any) -> None:
    await trousseau.detruire(MENAGE, BAILLEUR)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE dossiers.cles SET enveloppe = '\\x00'")
    for forbidden in ("DELETE FROM dossiers.cles", "TRUNCATE dossiers.cles", "UPDATE dossiers.cles SET personne = cle"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(forbidden)


@pytest.mark.parametrize("part", [2, 3, 4])
async def test_un_jeton_deplace_ou_altere_ne_s_ouvre_pas(trousseau: Trousseau, part: int) -> None:
    mine = (await trousseau.sceller(fiche("Camille"), MENAGE, BAILLEUR, uuid4())).personne.nom.split(":")
    other = (await trousseau.sceller(fiche("Dominique"), UUID(int=9), BAILLEUR, uuid4())).personne.nom.split(":")
    moved = ":".join([*mine[:part], other[part], *mine[part + 1 :]])
    with capture_logs() as logs:
        assert await trousseau.ouvrir(moved) is EFFACE
    assert [entry["event"] for entry in logs] == ["sceau_invalide"]
    assert "Camille" not in str(logs)
    assert "Dominique" not in str(logs)


async def test_une_cle_inconnue_est_signalee(trousseau: Trousseau) -> None:
    with capture_logs() as logs:
        assert await trousseau.ouvrir(f"chiffre:1:{uuid4().hex}:{uuid4().hex}:AAAA") is EFFACE
    assert [entry["event"] for entry in logs] == ["cle_inconnue"]


async def test_une_enveloppe_echangee_ne_s_ouvre_pas(trousseau: Trousseau, pool: Any) -> None:
    sealed = await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())
    await trousseau.sceller(fiche(), UUID(int=9), BAILLEUR, uuid4())
    await pool.execute(
        "UPDATE dossiers.cles SET enveloppe = (SELECT enveloppe FROM dossiers.cles WHERE personne = $1) WHERE personne = $2",
        UUID(int=9), MENAGE,
    )  # fmt: skip
    with capture_logs() as logs:
        assert (await trousseau.ouvrir(sealed)).personne.nom is EFFACE
    assert [entry["event"] for entry in logs] == ["enveloppe_invalide"]


@pytest.mark.parametrize("text", ["chiffre:1:", "chiffre:1:x:y:z", "chiffre:2:" + "0" * 32, "voir chiffre:1:a"])
async def test_un_texte_qui_ressemble_a_un_jeton_reste_un_texte(trousseau: Trousseau, text: str) -> None:
    assert await trousseau.ouvrir({"q": text}) == {"q": text}


async def test_un_jeton_ne_se_scelle_pas_deux_fois(trousseau: Trousseau) -> None:
    sealed = await trousseau.sceller(fiche(), MENAGE, BAILLEUR, uuid4())
    with pytest.raises(Refus, match="texte_reserve"):
        await trousseau.sceller(sealed, MENAGE, ASSOCIATION, uuid4())


async def test_soixante_quatre_commandes_creent_une_cle(trousseau: Trousseau, pool: Any) -> None:
    sealed = await asyncio.gather(*(trousseau.sceller(fiche(f"Nom {n}"), MENAGE, BAILLEUR, uuid4()) for n in range(64)))
    assert await pool.fetchval("SELECT count(*) FROM dossiers.cles") == 1
    assert [f.personne.nom for f in await trousseau.ouvrir(list(sealed))] == [f"Nom {n}" for n in range(64)]


json_like = st.recursive(
    st.none() | st.text(st.characters(codec="utf-8")) | st.integers() | st.uuids(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
noms = st.text(st.characters(codec="utf-8"), max_size=60)
personnes: st.SearchStrategy[Personne] = st.deferred(
    lambda: st.builds(Personne, noms, surnom=st.none() | noms, proches=st.tuples(personnes) | st.just(()))
)
fiches = st.builds(
    Fiche, st.uuids(), personnes, notes=st.lists(noms, max_size=3), autre=st.none() | personnes,
    par_theme=st.dictionaries(st.sampled_from(["a", "b"]), noms),
)  # fmt: skip


@given(fiches, st.uuids(), st.uuids(), st.uuids(), json_like)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_ouvrir_defait_sceller(
    trousseau: Trousseau, clear: Fiche, personne: UUID, organisation: UUID, evenement: UUID, around: Any
) -> None:
    sealed = await trousseau.sceller(clear, personne, organisation, evenement)
    assert all(text.startswith("chiffre:1:") for text in textes(sealed))
    assert await trousseau.ouvrir([sealed, around]) == [clear, around]


async def test_les_cles_derivees_sont_stables_et_distinctes(trousseau: Trousseau, pool: Any) -> None:
    first = await trousseau.cle_derivee(("flux", "etat", "c1", "2026"))
    assert len(first) == 32
    assert await trousseau.cle_derivee(("flux", "etat", "c1", "2026")) == first
    others = {
        await trousseau.cle_derivee(name) for name in [("flux", "etat", "c1", "2027"), ("flux", "etatc1", "2026")]
    }
    assert len(others | {first}) == 3
    together = await asyncio.gather(*(trousseau.cle_derivee(("n",)) for _ in range(20)))
    assert len(set(together)) == 1
    stored = await pool.fetch("SELECT enveloppe FROM dossiers.cles_derivees")
    assert all(first not in row["enveloppe"] for row in stored)


# The safe


async def test_le_coffre_lie_l_enveloppe_a_son_usage(coffre: CoffreFichier) -> None:
    wrapped = await coffre.envelopper(b"k" * 32, b"a")
    assert await coffre.developper(wrapped, b"a") == b"k" * 32
    for enveloppe, aad in [
        (wrapped, b"b"),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"a"),
        (b"\x07" + wrapped[1:], b"a"),
        (b"\x01", b"a"),
        (b"", b"a"),
    ]:
        with pytest.raises(EnveloppeInvalide):
            await coffre.developper(enveloppe, aad)


async def test_le_coffre_tourne_sans_perdre_l_ancien(tmp_path: Path) -> None:
    path = tmp_path / "cle"
    CoffreFichier.creer(path)
    before = CoffreFichier(path)
    wrapped, print_ = await before.envelopper(b"k" * 32, b""), before.empreinte(b"commande")
    with path.open("ab") as file:
        file.write(b"\x42" * 32)
    after = CoffreFichier(path)
    assert await after.developper(wrapped, b"") == b"k" * 32
    assert (await after.envelopper(b"k" * 32, b""))[0] == 2
    assert after.empreinte(b"commande") == print_


def test_deux_coffres_ont_deux_empreintes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        CoffreFichier.creer(tmp_path / name)
    a, b = CoffreFichier(tmp_path / "a"), CoffreFichier(tmp_path / "b")
    assert a.empreinte(b"x") == a.empreinte(b"x") != b.empreinte(b"x")
    assert a.empreinte(b"x") != a.empreinte(b"y")


def test_le_coffre_refuse_un_fichier_ouvert_a_d_autres(tmp_path: Path) -> None:
    path = tmp_path / "cle"
    CoffreFichier.creer(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ReglageInvalide, match="chmod 600"):
        CoffreFichier(path)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_le_coffre_refuse_une_cle_de_la_mauvaise_taille(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cle"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(ReglageInvalide, match="32 octets"):
        CoffreFichier(path)


def test_le_coffre_ne_remplace_jamais_une_cle(tmp_path: Path) -> None:
    CoffreFichier.creer(tmp_path / "cle")
    with pytest.raises(FileExistsError):
        CoffreFichier.creer(tmp_path / "cle")
    with pytest.raises(ReglageInvalide, match="MAILLAGE_CLE_MAITRE"):
        CoffreFichier(tmp_path / "absente")


def test_efface_ne_s_ecrit_que_comme_texte() -> None:
    assert json.loads(msgspec.json.encode([EFFACE], enc_hook=enc_hook)) == ["(effacé)"]
    with pytest.raises(TypeError):
        msgspec.json.encode(object(), enc_hook=enc_hook)
