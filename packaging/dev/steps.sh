# shellcheck shell=bash
# The steps behind ./dev. Sourced, never run. Messages go to stderr: stdout belongs to what the command yields.

say()  { printf '\033[1m%s\033[0m\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }
fail() { printf '\033[1;31m%s\033[0m\n' "$1" >&2; [ $# -lt 2 ] || printf '  %s\n' "${@:2}" >&2; exit 1; }

# --- What the machine needs -------------------------------------------------------------------------------------------

# package = why, one a line; the lists are disjoint.
HEADLESS_PACKAGES='build-essential=compilateur C (cryptographie, SQLite)
pkg-config=trouve les bibliothèques du système
dbus=bus de session privé de la démonstration
gnome-keyring=trousseau (Secret Service) qui garde la clé du poste
xdg-utils=ouvre le navigateur par défaut
procps=suit les processus'
WINDOW_PACKAGES='libwebkit2gtk-4.1-dev=la fenêtre (moteur web du système)'
TEST_PACKAGES='xvfb=écran virtuel
xauth=écran virtuel
webkit2gtk-driver=pilote la fenêtre (WebDriver)
chromium=le navigateur réel des essais
libsecret-tools=relit le trousseau comme le ferait le support
strace=note chaque connexion réseau du poste
openbox=gestionnaire de fenêtres de l’écran virtuel
wmctrl=ferme la fenêtre comme une personne
x11-utils=lit ce que la fenêtre demande au bureau
fonts-dejavu-core=polices de l’écran virtuel
python3-venv=client OAuth d’essai écrit en Python
curl=interroge les serveurs
openssl=certificat d’un compagnon imposteur
nginx=mandataire inverse du guide
systemd=vérifie le service du guide (systemd-analyze)'

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'; }

need_packages() {
  command -v dpkg-query >/dev/null || { note "Ce poste n’est pas une Debian : installez vous-même les équivalents de ces paquets."; printf '%s\n' "$1" >&2; return; }
  local missing=() line
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    installed "${line%%=*}" || { [ ${#missing[@]} -gt 0 ] || say "Paquets Debian manquants :"; note "${line%%=*} : ${line#*=}"; missing+=("${line%%=*}"); }
  done <<<"$1"
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "Il faut les droits d’administration pour installer ces paquets." "En tant qu’administrateur : apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 update -q >&2 || note "La liste des paquets n’a pas pu être rafraîchie ; on essaie avec celle de ce poste."
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "${missing[@]}" >&2
}

need_toolchain() {
  command -v cargo >/dev/null || { [ -f "$HOME/.cargo/env" ] && source "$HOME/.cargo/env"; }
  command -v cargo >/dev/null || fail "Rust est introuvable." "Installez-le avec rustup, puis relancez : ./dev ${command:-}"
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js est introuvable." "Installez Node.js 20 ou plus récent avec npm, puis relancez : ./dev ${command:-}"
}

doctor() {
  local ok=0 line
  for tool in cargo node npm; do
    if command -v $tool >/dev/null; then note "✔ $tool : $($tool --version 2>&1 | head -n 1)"; else note "✘ $tool : absent"; ok=1; fi
  done
  while IFS= read -r line; do
    if installed "${line%%=*}"; then note "✔ ${line%%=*}"; else note "✘ ${line%%=*} : ${line#*=}"; ok=1; fi
  done <<<"$HEADLESS_PACKAGES
$WINDOW_PACKAGES
$TEST_PACKAGES"
  [ $ok -eq 0 ] && say "Ce poste est prêt." || say "Ce qui manque sera installé par ./dev demo ou ./dev test."
  return $ok
}

# --- Building ---------------------------------------------------------------------------------------------------------

npm_install() { # folder
  local stamp=$1/node_modules/.installed
  if [ ! -f "$stamp" ] || [ "$1/package-lock.json" -nt "$stamp" ]; then
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) >&2 && touch "$stamp"
  fi
}

python_install() { # folder
  local venv=$1/.venv
  if [ ! -f "$venv/.installed" ] || [ "$1/requirements.txt" -nt "$venv/.installed" ]; then
    python3 -m venv --clear "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check --no-deps -r "$1/requirements.txt" >&2 && touch "$venv/.installed"
  fi
}

build_ui() {
  say "Interface…"
  npm_install ui
  if [ ! -f ui/dist/index.html ] || [ -n "$(find ui packaging/psc-charte -path ui/node_modules -prune -o -path ui/dist -prune -o -path ui/dist-fake -prune -o -type f -newer ui/dist/index.html -print -quit)" ]; then
    (cd ui && npm run --silent build) >&2
  fi
}

build() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES"
  build_ui
  [ "${1:-}" = ui ] && return
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --bins >&2
}

build_without_window() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES"
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --exclude vestibule-app --bins >&2
}

# --- Demonstration ----------------------------------------------------------------------------------------------------

free_ports() { # how many
  node -e '
    const net = require("net"), n = Number(process.argv[1]), servers = [];
    (async () => { for (let i = 0; i < n; i++) { const s = net.createServer(); await new Promise(r => s.listen(0, "127.0.0.1", r)); servers.push(s); }
      console.log(servers.map(s => s.address().port).join(" ")); servers.forEach(s => s.close()); })();' "$1"
}

DEMO_DIR=; DEMO_PIDS=(); DEMO_WINDOW=

stop_demo() {
  local pid
  # The window first, and alone: its private bus, if it has one, ends with it and takes the keyring along.
  if [ -s "$DEMO_DIR/window.pid" ]; then kill "$(cat "$DEMO_DIR/window.pid")" 2>/dev/null || true; fi
  [ -z "$DEMO_WINDOW" ] || wait "$DEMO_WINDOW" 2>/dev/null || true
  for pid in "${DEMO_PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${DEMO_PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ -z "$DEMO_DIR" ] || rm -rf "$DEMO_DIR"
}

wait_for() { # url, what, log
  local i
  for i in $(seq 1 200); do
    node -e 'fetch(process.argv[1]).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$1" 2>/dev/null && return
    sleep 0.1
  done
  sed 's/^/  /' "$3" >&2; fail "$2 n’a pas démarré."
}

# Starts simulator and companion. Arguments: folder, companion port, auth port, wallet port, simulator administration port, companion administration port
start_servers() {
  local dir=$1
  mkdir -p "$dir/base"
  (umask 077; node -e 'process.stdout.write(require("crypto").randomBytes(32).toString("base64url"))' >"$dir/client-secret"
   "$BIN/companion-server" init-key "$dir/vault-key" >/dev/null)
  cat >"$dir/companion.toml" <<TOML
[service]
name = "Dossier Exemple"
public_url = "http://127.0.0.1:$2"

[listener]
address = "127.0.0.1:$2"

[administration]
address = "127.0.0.1:$6"

[psc]
environment = "simulator"
client_id = "vestibule-demo"
client_secret_file = "$dir/client-secret"

[psc.simulator]
auth_url = "http://127.0.0.1:$3"
wallet_url = "http://127.0.0.1:$4"

[storage]
sqlite_file = "$dir/base/companion.sqlite"

[vault]
key_file = "$dir/vault-key"
TOML
  cat >"$dir/policy.toml" <<TOML
companion_url = "http://127.0.0.1:$2"
service_name = "Dossier Exemple"
TOML
  "$BIN/psc-simulator" serve --auth "127.0.0.1:$3" --wallet "127.0.0.1:$4" --administration "127.0.0.1:$5" \
    --client-secret-file "$dir/client-secret" --redirect-uri "http://127.0.0.1:$2/psc/callback" --logout-uri "http://127.0.0.1:$2/psc/logout-return" \
    >"$dir/simulator.log" 2>&1 & DEMO_PIDS+=($!)
  wait_for "http://127.0.0.1:$5/health" "Le simulateur" "$dir/simulator.log"
  "$BIN/companion-server" serve --config "$dir/companion.toml" >"$dir/companion.log" 2>&1 & DEMO_PIDS+=($!)
  wait_for "http://127.0.0.1:$6/health" "Le compagnon" "$dir/companion.log"
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
  # shellcheck disable=SC2046
  start_servers "$DEMO_DIR" $(free_ports 5)
  export VESTIBULE_POLICY_FILE=$DEMO_DIR/policy.toml
  if [ -n "$headless" ]; then demo_headless; else demo_window; fi
}

demo_window() {
  say "Vestibule est prêt."
  note "1. Dans la fenêtre, pressez « S’identifier avec Pro Santé Connect » : votre navigateur s’ouvre."
  note "2. Dans le navigateur (simulateur), choisissez « e-CPS », puis Camille FICTIF-EXEMPLE, et approuvez."
  note "3. De retour dans la fenêtre, choisissez une situation ; « Se déconnecter » ferme les deux sessions. Ctrl-C ici arrête tout."
  local bus=()
  # Out of reach of Ctrl-C: a bus runner that is interrupted leaves its bus and keyring behind.
  [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] || bus=(setsid dbus-run-session --)
  "${bus[@]}" bash -c 'echo $$ >"$1"; exec "$2"' window "$DEMO_DIR/window.pid" "$BIN/vestibule-app" &
  DEMO_WINDOW=$!
  wait $DEMO_WINDOW || true
  note "La fenêtre est fermée ; la démonstration s’arrête."
}

# The real command line, the real loopback exchange, a real keyring of its own; only the browser is a scripted one.
demo_headless() {
  say "Connexion sans fenêtre…"
  private_session "$DEMO_DIR" env -u DISPLAY -u WAYLAND_DISPLAY BROWSER="$BIN/scripted-browser" \
    "$BIN/vestibule" login --json --situation first --timeout 60
}

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

run_piece() {
  local piece=${1:-}; shift || true
  [ "${1:-}" = -- ] && shift
  case $piece in companion|simulator) build_without_window ;; app) build ;; *) usage >&2; exit 2 ;; esac
  local dir=$ROOT/.demo
  mkdir -p "$dir/base"
  case $piece in
    simulator)
      [ -f "$dir/client-secret" ] || (umask 077; node -e 'process.stdout.write(require("crypto").randomBytes(32).toString("base64url"))' >"$dir/client-secret")
      exec "$BIN/psc-simulator" serve --client-secret-file "$dir/client-secret" "$@" ;;
    companion)
      [ -f "$dir/client-secret" ] || fail "Le simulateur n’a pas encore tourné." "Dans un autre terminal : ./dev run simulator"
      [ -f "$dir/vault-key" ] || (umask 077; "$BIN/companion-server" init-key "$dir/vault-key" >&2)
      sed "s#@DIR@#$dir#" packaging/dev/companion.toml >"$dir/companion.toml"
      exec "$BIN/companion-server" serve --config "$dir/companion.toml" "$@" ;;
    app)
      printf 'companion_url = "http://127.0.0.1:8080"\nservice_name = "Dossier Exemple"\n' >"$dir/policy.toml"
      VESTIBULE_POLICY_FILE=$dir/policy.toml exec "$BIN/vestibule-app" "$@" ;;
  esac
}

# --- Verification -----------------------------------------------------------------------------------------------------

STEP_NAMES=(format ui lint build generated dependencies rust screens desktop interop proofs)

run_tests() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES
$TEST_PACKAGES"
  local steps=("${STEP_NAMES[@]}") step failed=() began
  [ $# -eq 0 ] || steps=("$@")
  for step in "${steps[@]}"; do
    declare -F "test_$step" >/dev/null || fail "Étape inconnue : $step" "Étapes : ${STEP_NAMES[*]}"
    say "── $step"
    began=$SECONDS
    if ! "test_$step"; then failed+=("$step"); fi
    note "$step : $((SECONDS - began)) s"
  done
  [ ${#failed[@]} -eq 0 ] || fail "Échec : ${failed[*]}"
  say "Tout est vérifié."
}

# Called where errexit is off, hence the explicit chains.
test_format() { cargo fmt --all --check; }
test_ui() { npm_install ui && (cd ui && npm run --silent check && npm run --silent build); }
test_build() { cargo build --workspace --all-targets; }
test_lint() { test_ui_present && cargo clippy --workspace --all-targets -- -D warnings; }
# The program that the build step left: built alone, its dependencies would be compiled anew with other features.
test_generated() { "$BIN/generate" --check; }
test_rust() { recorded rust.txt with_keyring bash -c 'set -o pipefail; cargo test --workspace --no-fail-fast | tee "$1"' rust "$RESULTS/rust.txt"; }
test_screens() { npm_install tests/ui && recorded screens.jsonl npm --prefix tests/ui test --silent; }
test_desktop() { npm_install tests/desktop && recorded desktop.jsonl with_keyring npm --prefix tests/desktop test --silent; }
test_interop() { npm_install tests/interop && python_install tests/interop && recorded interop.jsonl npm --prefix tests/interop test --silent; }
# Fifty sign-ins in a row for each library, where the ordinary step has five. Asked for by name.
test_interop-full() { INTEROP_SIGN_INS=50 test_interop; }
# The pages that name tests as proofs, against what the steps above said of each test.
test_proofs() { "$BIN/proofs" "$RESULTS" "$(tree_fingerprint)"; }

# Optional: compiling the tool takes longer than all the rest. Where it or its advisories are missing, that is said, not passed over.
test_dependencies() {
  if ! cargo deny --version >/dev/null 2>&1; then
    note "NON VÉRIFIÉ : licences, sources, interdictions et avis de sécurité des dépendances (cargo-deny est absent : cargo install cargo-deny --locked)."
    return 0
  fi
  cargo deny --offline check bans licenses sources || return
  if cargo deny fetch db; then cargo deny --offline check advisories; else
    note "NON VÉRIFIÉ : avis de sécurité des dépendances (leur base n’a pas pu être lue : réseau ?)."
  fi
}

# --- What each suite said, for the step `proofs` -----------------------------------------------------------------------

RESULTS=$(realpath -m "$TARGET")/results
# The pages that are made from the results are not among the sources that were tested.
PROOF_PAGES=(docs/exigences.md docs/securite-echange.md)

# Runs a suite that writes its results to a file; beside it, once over, stands what was tested. Arguments: file, command…
recorded() {
  local file=$1 before status=0; shift
  mkdir -p "$RESULTS"
  rm -f "$RESULTS/$file" "$RESULTS/${file%.*}.tree"
  before=$(tree_fingerprint)
  VESTIBULE_RESULTS=$RESULTS/$file "$@" || status=$?
  if [ "$before" = "$(tree_fingerprint)" ]; then echo "$before" >"$RESULTS/${file%.*}.tree"; else
    note "Les sources ont changé pendant les essais : leurs résultats ne prouveront rien."
  fi
  return $status
}

# Names and contents of everything that is, or would be, committed.
tree_fingerprint() {
  local path
  sources | sort -zu | while IFS= read -r -d '' path; do if [ -f "$path" ]; then printf '%s\0' "$path"; fi; done |
    xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

sources() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- . "${PROOF_PAGES[@]/#/:!}"
  else # unpacked from an archive
    find . \( -name target -o -name node_modules -o -name .venv -o -name dist -o -name dist-fake -o -name screenshots -o -name .demo \) -prune -o -type f \
      ! -name '*.log' ! -path "./${PROOF_PAGES[0]}" ! -path "./${PROOF_PAGES[1]}" -print0
  fi
}

# The shell's build needs the bundled pages.
test_ui_present() { [ -f ui/dist/index.html ] || test_ui; }

# A private bus with a real, unlocked Secret Service, as on a clinician's workstation.
with_keyring() {
  local dir status=0
  dir=$(mktemp -d -t vestibule-tests.XXXXXX)
  private_session "$dir" "$@" || status=$?
  rm -rf "$dir"
  return $status
}

# --- Fuzzing: outside ./dev test, which only replays the seeds --------------------------------------------------------

# A line of base64 is a seed; each becomes a file, which is what a fuzzer reads. Arguments: text file, folder
unpack_seeds() {
  local line number=0
  [ -f "$1" ] || return 0
  while IFS= read -r line; do
    number=$((number + 1))
    [[ $line = '#'* ]] || base64 -d <<<"$line" >"$2/found-$number"
  done <"$1"
}

fuzz() { # target, executions
  local target=${1:-} runs=${2:-1000000} own found dictionary=()
  if [ ! -d "tests/fuzz/seeds/$target" ] || [ -z "$target" ]; then
    fail "Quelle cible ?" "Cibles : $(cd tests/fuzz/seeds && echo *)"
  fi
  need_toolchain
  cargo fuzz --version >/dev/null 2>&1 || fail "cargo-fuzz est introuvable." "Installez-le : cargo install cargo-fuzz --locked ; rustup toolchain install nightly"
  own=tests/fuzz/runner/corpus/$target; found=tests/fuzz/runner/artifacts/$target
  mkdir -p "$own" "$found" "tests/fuzz/regressions/$target"
  unpack_seeds "tests/fuzz/seeds/$target/found.txt" "$own"
  [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || dictionary=("-dict=tests/fuzz/dictionaries/$target.dict")
  # The product has no unsafe code of its own: the address sanitizer would slow the search and find nothing of ours.
  cargo +nightly fuzz run --fuzz-dir tests/fuzz/runner --sanitizer none "$target" \
    "$own" "tests/fuzz/seeds/$target" "tests/fuzz/regressions/$target" -- \
    -runs="$runs" -max_len=4096 -timeout=10 "${dictionary[@]}" -print_final_stats=1 >&2
  rmdir "tests/fuzz/regressions/$target" 2>/dev/null || true
}

bench() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES
$TEST_PACKAGES"
  build_ui
  cargo build --release --workspace --bins >&2
  npm_install tests/desktop
  VESTIBULE_BIN=$TARGET/release node bench/measure.mjs "$@"
}
