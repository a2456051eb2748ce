#!/usr/bin/env bash
# Puts one backup into an EMPTY database and an empty folder of files: restore.sh NAME (see `ls $BACKUPS`).
# Environment: as backup.sh. Afterwards run `matching migrate`, if the release is newer, and `matching verify`.
set -euo pipefail
: "${BACKUPS:?}" "${FILES:?}"
export PGUSER="${PGUSER:-${POSTGRES_USER:-}}" PGDATABASE="${PGDATABASE:-${POSTGRES_DB:-}}"
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")" && export PGPASSWORD; fi

from="$BACKUPS/${1:?the name of a backup: $(ls "$BACKUPS" | tr '\n' ' ')}"
refuse() { echo "Nothing was changed: $*" >&2; exit 1; }

[ -d "$from" ] || refuse "there is no $from"
(cd "$from" && sha256sum --check --quiet SHA256SUMS) || refuse "the backup is damaged"
tables="$(psql -XqAt -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")"
[ "$tables" = 0 ] || refuse "the database $PGDATABASE holds $tables tables; drop and create it first"
[ -z "$(ls -A "$FILES")" ] || refuse "$FILES is not empty; move what is in it away first"

pg_restore --no-owner --exit-on-error --single-transaction --dbname="$PGDATABASE" "$from/database.dump"
tar --extract --gzip --file="$from/files.tar.gz" --directory="$FILES"
psql -XqAt -c ANALYZE
echo "Restored from $1. Now: matching verify"
