"""What the API says when it says no, in French: what all services share. Each service adds its own refusals."""

from __future__ import annotations

from collections.abc import Mapping

from services.socle.facts.refusal import Motif, a_corriger

MOTIFS: Mapping[str, Motif] = {
    # The request itself
    "requete_illisible": Motif(
        400, "Requête illisible", "L'adresse ou ses paramètres contiennent des caractères qui n'ont rien à y faire."
    ),
    "corps_illisible": Motif(
        400,
        "Corps illisible",
        "Le corps de la requête n'est pas du JSON valide : vérifiez sa forme et son encodage UTF-8.",
    ),
    "corps_trop_profond": Motif(
        400, "Corps trop imbriqué", "Le corps imbrique plus de 64 niveaux d'objets ou de listes."
    ),
    "corps_trop_grand": Motif(
        413, "Corps trop grand", "Le corps de la requête dépasse 256 Kio : envoyez moins de texte."
    ),
    "format_non_pris_en_charge": Motif(
        415, "Format non pris en charge", "Envoyez du JSON, avec l'en-tête Content-Type: application/json."
    ),
    "champs_invalides": a_corriger(
        "Champs à corriger", "Certains champs ne conviennent pas : corrigez ceux de la liste."
    ),
    "curseur_invalide": Motif(
        400, "Curseur invalide", "Reprenez la liste depuis le début, puis suivez la valeur « suivant » telle quelle."
    ),
    "cle_idempotence_absente": Motif(
        400, "Clé d'idempotence absente", "Ajoutez l'en-tête Idempotency-Key avec un UUID nouveau pour chaque demande."
    ),
    "cle_idempotence_invalide": Motif(
        400, "Clé d'idempotence invalide", "L'en-tête Idempotency-Key doit être un UUID."
    ),
    "si_version_invalide": Motif(
        400, "Version attendue invalide", "L'en-tête If-Match doit reprendre l'ETag reçu, par exemple \"12\"."
    ),
    # Who asks
    "jeton_absent": Motif(401, "Jeton absent", "Ajoutez l'en-tête Authorization: Bearer suivi de votre jeton d'accès."),
    "jeton_invalide": Motif(
        401, "Jeton invalide", "Ce jeton n'est pas reconnu : demandez-en un nouveau en vous reconnectant."
    ),
    "jeton_expire": Motif(401, "Jeton expiré", "Votre session a expiré : reconnectez-vous."),
    "jeton_sans_acces": Motif(
        401,
        "Compte sans accès",
        "Votre compte n'est rattaché à aucune organisation : demandez à la vôtre de vous habiliter.",
    ),
    "role_insuffisant": Motif(
        403, "Rôle insuffisant", "Votre rôle ne permet pas cette action : demandez-la à une personne habilitée."
    ),
    # What they ask about
    "inconnu": Motif(
        404, "Introuvable", "Cela n'existe pas, ou votre organisation n'y a pas accès : vérifiez l'identifiant."
    ),
    "adresse_inconnue": Motif(404, "Adresse inconnue", "Cette adresse n'existe pas : voyez /openapi.json."),
    "methode_refusee": Motif(
        405, "Méthode refusée", "Cette adresse ne répond pas à cette méthode : voyez l'en-tête Allow."
    ),
    # What happened meanwhile
    "deja_fait": Motif(409, "Déjà fait", "C'est déjà fait : le demander à nouveau ne changerait rien."),
    "version_perimee": Motif(
        409, "Modifié entre-temps", "Quelqu'un a modifié ces informations entre-temps : relisez-les, puis recommencez."
    ),
    "commande_deja_utilisee": Motif(
        409,
        "Clé déjà utilisée",
        "Cette clé d'idempotence a déjà servi pour une autre demande : prenez-en une nouvelle.",
    ),
    "trop_de_conflits": Motif(
        503,
        "Trop de demandes à la fois",
        "Beaucoup de demandes portent sur ce dossier en ce moment : réessayez dans un instant.",
    ),
    # Data about people
    "donnees_effacees": Motif(
        409,
        "Données effacées",
        "Les données de ce ménage ont été effacées à sa demande : on ne peut plus rien y écrire.",
    ),
    "texte_reserve": a_corriger(
        "Texte réservé",
        "Un des textes a la forme d'une donnée chiffrée par Maillage : saisissez le texte lui-même.",
    ),
    "date_future": Motif(
        409, "Date dans le futur", "Un fait ne peut pas être daté d'après aujourd'hui : corrigez la date."
    ),
    # Us
    "trop_occupe": Motif(503, "Service occupé", "Le service reçoit trop de demandes : réessayez dans un instant."),
    "indisponible": Motif(
        503, "Service indisponible", "Le service revient d'ici quelques instants : réessayez la même demande."
    ),
    "emetteur_injoignable": Motif(
        503, "Connexion impossible", "Le service qui vérifie votre identité ne répond pas : réessayez dans un instant."
    ),
    "requete_refusee": Motif(400, "Requête refusée", "La requête n'a pas pu être traitée : vérifiez-la."),
    "erreur_interne": Motif(
        500,
        "Erreur interne",
        "Une erreur est survenue chez nous : réessayez, puis signalez-la avec le numéro de corrélation.",
    ),
}

INATTENDU = Motif(409, "Demande refusée", "Une règle du dossier ne permet pas cette action.")
"""For a refusal that no table explains. It is logged: the table is to be completed."""

_TEXTE = ("texte_attendu", "Un texte est attendu.")
_ENTIER = ("entier_attendu", "Un nombre entier est attendu.")
_NOMBRE = ("nombre_attendu", "Un nombre est attendu.")
_OUI_NON = ("oui_non_attendu", "Vrai ou faux est attendu (true ou false).")
_DATE = ("date_attendue", "Une date est attendue, par exemple 2026-01-31.")
_INSTANT = ("instant_attendu", "Un instant est attendu, par exemple 2026-01-31T09:00:00+01:00.")
_UUID = ("identifiant_attendu", "Un identifiant (UUID) est attendu.")
_LISTE = ("liste_attendue", "Une liste est attendue.")
_OBJET = ("objet_attendu", "Un objet est attendu.")
_CHOIX = ("valeur_inconnue", "Valeurs possibles : {expected}.")
_NATURE = ("nature_inconnue", "Précisez de quoi il s'agit, parmi : {expected_tags}.")
_REFUSE = ("valeur_refusee", "Cette valeur ne convient pas.")

CHAMPS: Mapping[str, tuple[str, str]] = {
    "missing": ("obligatoire", "Ce champ est obligatoire."),
    "extra_forbidden": (
        "inconnu",
        "Un champ n'existe pas ici : vérifiez l'orthographe des champs (voyez /openapi.json).",
    ),
    "string_type": _TEXTE,
    "string_unicode": ("caracteres_interdits", "Le texte contient des caractères qui n'existent pas."),
    "caracteres_interdits": ("caracteres_interdits", "Le texte contient des caractères de contrôle."),
    "string_too_long": ("trop_long", "{max_length} caractères au plus."),
    "string_too_short": ("trop_court", "{min_length} caractères au moins."),
    "string_pattern_mismatch": ("forme_inattendue", "Le texte n'a pas la forme attendue."),
    "int_type": _ENTIER,
    "int_parsing": _ENTIER,
    "int_parsing_size": _ENTIER,
    "int_from_float": _ENTIER,
    "float_type": _NOMBRE,
    "float_parsing": _NOMBRE,
    "finite_number": _NOMBRE,
    "decimal_type": _NOMBRE,
    "decimal_parsing": _NOMBRE,
    "bool_type": _OUI_NON,
    "bool_parsing": _OUI_NON,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": _INSTANT,
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": _UUID,
    "is_instance_of": _REFUSE,
    "enum": _CHOIX,
    "literal_error": _CHOIX,
    "greater_than": ("trop_petit", "Plus de {gt}."),
    "greater_than_equal": ("trop_petit", "{ge} au moins."),
    "less_than": ("trop_grand", "Moins de {lt}."),
    "less_than_equal": ("trop_grand", "{le} au plus."),
    "multiple_of": ("valeur_refusee", "Un multiple de {multiple_of} est attendu."),
    "list_type": _LISTE,
    "tuple_type": _LISTE,
    "set_type": _LISTE,
    "frozen_set_type": _LISTE,
    "too_short": ("trop_peu", "Nombre d'éléments : {min_length} au moins."),
    "too_long": ("trop", "Nombre d'éléments : {max_length} au plus."),
    "dict_type": _OBJET,
    "model_type": _OBJET,
    "model_attributes_type": _OBJET,
    "dataclass_type": _OBJET,
    "union_tag_invalid": _NATURE,
    "union_tag_not_found": _NATURE,
}
"""What is wrong with a field, by pydantic's error type: our code, and a sentence fed by the rule, not the input."""

CHAMP_REFUSE = _REFUSE
