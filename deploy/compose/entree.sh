#!/bin/sh
# What every container of ours starts with: a variable MAILLAGE_X_FILE gives MAILLAGE_X the content of that file, so that
# a secret never stands in the environment of the compose file or in `docker inspect`.
set -eu
for nom in $(env | sed -n 's/^\(MAILLAGE_[A-Z_]*\)_FILE=.*/\1/p'); do
  eval "fichier=\$${nom}_FILE"
  test -r "$fichier" || { echo "$nom : le fichier $fichier est illisible." >&2; exit 78; }
  export "$nom=$(cat "$fichier")"
  unset "${nom}_FILE"
done
exec maillage "$@"
