# shellcheck shell=bash
# The demonstration, and one piece of it at a time. Sourced, never run.

DEMO_DIR=; DEMO_STACK=; DEMO_WINDOW=

stop_demo() {
  # The window first, and alone: its private bus, if it has one, ends with it and takes the keyring along.
  if [ -s "$DEMO_DIR/window.pid" ]; then
    kill "$(cat "$DEMO_DIR/window.pid")" 2>/dev/null || true
  elif [ -n "$DEMO_WINDOW" ]; then
    kill "$DEMO_WINDOW" 2>/dev/null || true
  fi
  [ -z "$DEMO_WINDOW" ] || wait "$DEMO_WINDOW" 2>/dev/null || true
  # The servers end with the program that started them.
  [ -z "$DEMO_STACK" ] || { kill "$DEMO_STACK" 2>/dev/null || true; wait "$DEMO_STACK" 2>/dev/null || true; }
  [ -z "$DEMO_DIR" ] || rm -rf "$DEMO_DIR"
}

# Simulator and companion, on free ports: they run as long as this shell.
start_stack() { # folder
  coproc STACK { exec "$BIN/stack" --folder "$1" 2>"$1/stack.log"; }
  DEMO_STACK=$STACK_PID
  # One line, once everything is ready.
  read -r _ <&"${STACK[0]}" || { sed 's/^/  /' "$1/stack.log" >&2; fail "Le simulateur ou le serveur de connexion n’a pas démarré."; }
}

demo() {
  local headless=
  case ${1:-} in --headless) headless=1 ;; '') ;; *) usage >&2; exit 2 ;; esac
  if [ -z "$headless" ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    fail "Cette session n’a pas d’écran : la fenêtre ne peut pas s’ouvrir." "La même connexion, sans fenêtre : ./dev demo --headless"
  fi
  if [ -n "$headless" ]; then build_without_window; else
    build
    command -v x-www-browser firefox-esr firefox chromium google-chrome >/dev/null || need_packages 'chromium=un navigateur, pour se connecter'
  fi
  trap stop_demo EXIT
  trap 'exit 130' INT TERM
  DEMO_DIR=$(mktemp -d -t vestibule-demo.XXXXXX)
  start_stack "$DEMO_DIR"
  export VESTIBULE_POLICY_FILE=$DEMO_DIR/policy.toml
  if [ -n "$headless" ]; then demo_headless || exit $?; else demo_window; fi
}

demo_window() {
  say "Vestibule est prêt."
  note "1. Dans la fenêtre, cliquez sur « S’identifier avec Pro Santé Connect » : votre navigateur s’ouvre."
  note "2. Dans le navigateur (simulateur), choisissez « e-CPS », puis Camille FICTIF-EXEMPLE, et approuvez."
  note "3. De retour dans la fenêtre, choisissez une situation ; « Se déconnecter » ferme les deux sessions. Ctrl-C ici arrête tout."
  local bus=()
  # Out of reach of Ctrl-C: a bus runner that is interrupted leaves its bus and keyring behind.
  [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] || bus=(setsid dbus-run-session --)
  "${bus[@]}" bash -c 'echo $$ >"$1"; exec "$2"' window "$DEMO_DIR/window.pid" "$BIN/vestibule-app" &
  DEMO_WINDOW=$!
  # Whichever ends first: a window without servers would stay, and have nothing to show.
  wait -n "$DEMO_WINDOW" "$DEMO_STACK" || true
  kill -0 "$DEMO_STACK" 2>/dev/null || fail "$(what_died "$DEMO_DIR/stack.log") La démonstration s’arrête."
  note "La fenêtre est fermée ; la démonstration s’arrête."
}

# The launcher says which of its servers ended by itself.
what_died() { # log of the launcher
  case $(sed -n 's/^Error: \([a-z]*\) ended .*/\1/p' "$1" | head -n 1) in
    companion) echo "Le serveur de connexion s’est arrêté." ;;
    simulator) echo "Le simulateur de Pro Santé Connect s’est arrêté." ;;
    *) echo "Le programme qui tient le simulateur et le serveur de connexion s’est arrêté." ;;
  esac
}

# The real command line, the real loopback exchange, a real keyring of its own; only the browser is a scripted one.
demo_headless() {
  say "Connexion sans fenêtre…"
  local watch status=0
  end_without_servers "$DEMO_DIR/login.pid" & watch=$!
  private_session "$DEMO_DIR" env -u DISPLAY -u WAYLAND_DISPLAY BROWSER="$BIN/scripted-browser" \
    bash -c 'echo $$ >"$1"; shift; exec "$@"' login "$DEMO_DIR/login.pid" "$BIN/vestibule" login --json --situation first --timeout 60 || status=$?
  kill "$watch" 2>/dev/null || true
  kill -0 "$DEMO_STACK" 2>/dev/null || fail "$(what_died "$DEMO_DIR/stack.log") La démonstration s’arrête."
  return $status
}

# Without its servers the command would wait until its time is over.
end_without_servers() { # file with its process
  while kill -0 "$DEMO_STACK" 2>/dev/null; do sleep 0.5; done
  [ ! -s "$1" ] || kill "$(cat "$1")" 2>/dev/null
}

run_piece() {
  local piece=${1:-}; shift || true
  [ "${1:-}" = -- ] && shift
  case $piece in companion|simulator) build_without_window ;; app) build ;; *) usage >&2; exit 2 ;; esac
  local dir=$ROOT/.demo
  [ "$piece" != companion ] || [ -f "$dir/client-secret" ] || fail "Le simulateur n’a pas encore tourné." "Dans un autre terminal : ./dev run simulator"
  "$BIN/stack" --only-write --folder "$dir"
  case $piece in
    simulator) exec "$BIN/psc-simulator" serve --client-secret-file "$dir/client-secret" "$@" ;;
    companion) exec "$BIN/companion-server" serve --config "$dir/companion.toml" "$@" ;;
    app) VESTIBULE_POLICY_FILE=$dir/policy.toml exec "$BIN/vestibule-app" "$@" ;;
  esac
}
