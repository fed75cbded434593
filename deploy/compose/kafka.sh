#!/usr/bin/env bash
# Starts the broker of docker-compose.yml: the image's own start cannot create the first SCRAM user, without whom nobody
# may create the others. Settings are those of deploy/kafka/, filled in with the secrets of /run/secrets.
set -euo pipefail

KAFKA_HOME="${KAFKA_HOME:-/opt/kafka}" # where the image apache/kafka has it
MODELES="${MODELES:-/maillage/kafka}"
SECRETS="${SECRETS:-/run/secrets}"
REGLAGES="${REGLAGES:-/tmp/server.properties}"

declare -A valeurs=(
  [ecoute]="${KAFKA_ECOUTE:-0.0.0.0}"
  [annonce]="${KAFKA_ANNONCE:-kafka}"
  [port]="${KAFKA_PORT:-9092}"
  [port_controleur]="${KAFKA_PORT_CONTROLEUR:-9093}"
  [donnees]="${KAFKA_DONNEES:-/var/lib/kafka/data/messages}"
  [protocole]=SASL_PLAINTEXT
  [sujets_automatiques]=false
  [oubli]=9000
  [admin]="$(<"$SECRETS/kafka_admin")"
  [controleur]="$(<"$SECRETS/kafka_controleur")"
  [port_externe]="${KAFKA_PORT_EXTERNE:-9094}"
  [annonce_externe]="${KAFKA_EXTERNE:-}"
  [pem]="$SECRETS/kafka_externe"
)

modele="$(<"$MODELES/server.properties")"$'\n'"$(<"$MODELES/securite.properties")"
if [[ -n "${KAFKA_EXTERNE:-}" ]]; then
  modele+=$'\n'"$(<"$MODELES/externe.properties")"
fi
for nom in "${!valeurs[@]}"; do
  modele="${modele//"\${$nom}"/"${valeurs[$nom]}"}"
done
umask 077
printf '%s\n' "$modele" >"$REGLAGES"

"$KAFKA_HOME/bin/kafka-storage.sh" format --ignore-formatted --config "$REGLAGES" \
  --cluster-id="$(<"$SECRETS/kafka_cluster")" \
  --add-scram "SCRAM-SHA-512=[name=admin,password=${valeurs[admin]}]"
exec "$KAFKA_HOME/bin/kafka-server-start.sh" "$REGLAGES"
