#!/usr/bin/env bash
# Makes ./secrets, once: what signs, what seals, and the database's password. Keep a copy away from this server:
# without the sealing keys no backup gives a contact back.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
umask 077
mkdir -p secrets/tls
chmod 0700 secrets

make() { # NAME VALUE: never over one that is there
    [ -e "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
    chmod 0444 "secrets/$1" # the folder is closed; containers run as users of their own
}

make postgres_password "$(openssl rand -hex 24)"
make matching_database_url "postgresql+asyncpg://dianliang:$(cat secrets/postgres_password)@postgres/dianliang"
make matching_secret "$(openssl rand -hex 32)"
make matching_sealing_keys "{\"k1\": \"$(openssl rand -base64 32)\"}"
make matching_watch_token "$(openssl rand -hex 24)"
for channel in matching_smtp_url matching_wecom_secret matching_push_key; do
    make "$channel" "" # empty: not set up
done
chmod 0755 secrets/tls
echo "secrets/ is ready. Copy it to a safe place that is not this server."
