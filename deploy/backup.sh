#!/usr/bin/env bash
# One backup: the database, then the photos, whole or not at all; then the old ones go.
#   backup.sh          now
#   backup.sh --daily  every day at BACKUP_AT, for ever
#   backup.sh --check  is the newest one younger than 26 hours?
# Environment: BACKUPS and FILES (folders), KEEP_DAYS, BACKUP_AT, and libpq's own PGHOST, PGPORT, PGUSER, PGDATABASE,
# PGPASSWORD (or POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE as the image names them).
set -euo pipefail
umask 077
: "${BACKUPS:?}" "${FILES:?}" "${KEEP_DAYS:=30}" "${BACKUP_AT:=02:30}"
export PGUSER="${PGUSER:-${POSTGRES_USER:-}}" PGDATABASE="${PGDATABASE:-${POSTGRES_DB:-}}"
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")" && export PGPASSWORD; fi

say() { echo "$(date -Is) backup: $*"; }

backup() {
    local name fresh
    name="$(date +%Y-%m-%dT%H%M%S)"
    fresh="$BACKUPS/.$name"
    rm -rf "$BACKUPS"/.20*
    mkdir -p "$fresh"
    # The database first: a photo is on the disk before a row names it, so every photo that the dump names is there.
    pg_dump --format=custom --compress=6 --no-owner --file="$fresh/database.dump"
    pg_restore --list "$fresh/database.dump" > /dev/null
    # Photos come and go meanwhile: tar's 1 says so. Anything worse is an error.
    tar --create --gzip --file="$fresh/files.tar.gz" --exclude='*/.*' --warning=no-file-changed \
        --warning=no-file-removed --directory="$FILES" . || [ $? -eq 1 ]
    gzip --test "$fresh/files.tar.gz"
    (cd "$fresh" && sha256sum database.dump files.tar.gz > SHA256SUMS)
    sync "$fresh"/* "$fresh"
    mv "$fresh" "$BACKUPS/$name"
    say "$name is whole: $(du -sh "$BACKUPS/$name" | cut -f1)"
    rotate "$name"
}

rotate() { # the one just made stays, whatever the clock says
    find "$BACKUPS" -mindepth 1 -maxdepth 1 -type d -name '20*' ! -name "$1" -mtime "+$((KEEP_DAYS - 1))" -print0 |
        while IFS= read -r -d '' old; do rm -rf "$old" && say "$(basename "$old") is older than $KEEP_DAYS days: gone"; done
}

case "${1:-}" in
    --daily)
        while true; do
            next="$(date -d "$BACKUP_AT" +%s)" now="$(date +%s)"
            [ "$next" -gt "$now" ] || next="$(date -d "tomorrow $BACKUP_AT" +%s)"
            sleep "$((next - now))" & wait $! # `wait` hears a signal at once
            bash "$0" || say "FAILED; the next one is tomorrow" # in a shell of its own: `set -e` does not reach into `||`
        done ;;
    --check)
        fresh="$(find "$BACKUPS" -mindepth 1 -maxdepth 1 -type d -name '20*' -mmin -1560 | head -n 1)"
        [ -n "$fresh" ] ;;
    "") backup ;;
    *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
