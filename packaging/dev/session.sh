# shellcheck shell=bash
# A private bus with a keyring of its own, as on a workstation. Sourced, never run.

# Runs a command on a private bus with an unlocked keyring of its own. Arguments: folder, command…
private_session() {
  local dir=$1; shift
  mkdir -p "$dir/xdg/data" "$dir/xdg/config" "$dir/xdg/state"
  mkdir -p -m 700 "$dir/xdg/run"
  XDG_RUNTIME_DIR=$dir/xdg/run XDG_DATA_HOME=$dir/xdg/data XDG_CONFIG_HOME=$dir/xdg/config XDG_STATE_HOME=$dir/xdg/state \
    dbus-run-session -- bash -c '
      printf demonstration | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
      keyring=$(pgrep -n -x -u "$(id -u)" gnome-keyring-d || true)
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
