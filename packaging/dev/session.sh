# shellcheck shell=bash
# What tests find on a machine: a private bus with a keyring of its own, a PostgreSQL server. Sourced, never run.

# Runs a command on a private bus with an unlocked keyring of its own. Arguments: folder, command…
private_session() {
  local dir=$1; shift
  mkdir -p "$dir/xdg/data" "$dir/xdg/config" "$dir/xdg/state"
  mkdir -p -m 700 "$dir/xdg/run"
  XDG_RUNTIME_DIR=$dir/xdg/run XDG_DATA_HOME=$dir/xdg/data XDG_CONFIG_HOME=$dir/xdg/config XDG_STATE_HOME=$dir/xdg/state \
    dbus-run-session -- bash -c '
      printf demonstration | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
      # Its own: another session may have begun or ended in the same moment.
      keyring=
      for process in $(pgrep -x -u "$(id -u)" gnome-keyring-d); do
        if grep -qsz "^XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR\$" "/proc/$process/environ"; then keyring=$process; fi
      done
      "$@"; status=$?
      [ -z "$keyring" ] || kill "$keyring" 2>/dev/null
      exit $status' private "$@" 2> >(grep -v 'Failed to set fd limit' >&2 || true)
}

# A private bus with a real, unlocked Secret Service, as on a clinician's workstation.
with_keyring() {
  local dir status=0
  dir=$(mktemp -d -t vestibule-tests.XXXXXX)
  private_session "$dir" "$@" || status=$?
  rm -rf "$dir"
  return $status
}

# A PostgreSQL server of its own, behind a socket in a temporary folder; it goes with the command. Where the command finds it:
# VESTIBULE_TEST_POSTGRES. A program that runs pg_ctl on it: VESTIBULE_TEST_POSTGRES_CONTROL.
with_postgres() (
  programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1) || :
  [ -n "$programs" ] || fail "PostgreSQL est introuvable." "Installez le paquet postgresql-15."
  dir=$(mktemp -d -t vestibule-postgres.XXXXXX)
  as=()
  if [ "$(id -u)" -eq 0 ]; then # which it refuses
    as=(runuser -u postgres --)
    chown postgres "$dir"
  fi
  chmod 755 "$dir"
  printf '#!/bin/sh\ncd / && exec %s %s/pg_ctl -D %s/data -l %s/log "$@"\n' "${as[*]}" "$programs" "$dir" "$dir" >"$dir/control"
  chmod 755 "$dir/control"
  trap '"$dir/control" -m immediate -w stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
  trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
  (cd / && "${as[@]}" "$programs/initdb" -D "$dir/data" -U vestibule -A trust -E UTF8 --no-locale --no-sync >"$dir/initdb.log") || { cat "$dir/initdb.log" >&2; exit 1; }
  # Everybody is believed but members of this group, who have passwords.
  sed -i '1i local all +by_password scram-sha-256' "$dir/data/pg_hba.conf"
  printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" 'fsync = off' 'max_connections = 400' 'max_pred_locks_per_transaction = 256' |
    "${as[@]}" tee -a "$dir/data/postgresql.conf" >/dev/null
  "$dir/control" -w start >/dev/null || { cat "$dir/log" >&2; exit 1; }
  psql -qX "postgres://vestibule@${dir//\//%2F}/postgres" -c 'CREATE ROLE by_password'
  VESTIBULE_TEST_POSTGRES=postgres://vestibule@${dir//\//%2F}/postgres VESTIBULE_TEST_POSTGRES_CONTROL=$dir/control "$@"
)
