# shellcheck shell=bash
# Verification and measurement. Sourced, never run.

STEP_NAMES=(format ui lint build generated docs dependencies rust cards postgres screens desktop interop packages-contents windows-code proofs)

run_tests() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES
$TEST_PACKAGES
$PACKAGE_PACKAGES"
  local steps=("${STEP_NAMES[@]}") step failed=() began
  if [ $# -eq 0 ]; then need_room; else steps=("$@"); fi
  for step in "${steps[@]}"; do
    declare -F "test_$step" >/dev/null || fail "Étape inconnue : $step" "Étapes : ${STEP_NAMES[*]}"
    say "── $step"
    began=$SECONDS
    if ! within_limit "test_$step"; then failed+=("$step"); fi
    note "$step : $((SECONDS - began)) s"
  done
  [ ${#failed[@]} -eq 0 ] || fail "Échec : ${failed[*]}"
  say "Tout est vérifié."
}

# Gibibytes that a whole run fills from nothing: programs and tests, those for Windows, packages. A disk that is full says so after three quarters of an hour.
WHOLE_RUN=22
need_room() {
  local there free
  there=$(du -sk "$TARGET" 2>/dev/null | cut -f 1) || : # none yet in a new clone
  free=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
  [ $(((free + ${there:-0}) >> 20)) -ge "$WHOLE_RUN" ] || fail "Il faut $WHOLE_RUN Go au dossier target, et il n’en reste que $((free >> 20)) sur ce disque." "Faites de la place : ./dev clean efface ce qui a été construit."
}

# The longest step takes less than half of this, on two cores, from nothing and beside another build: beyond it, something waits for what will not come.
# The step stays in the foreground, where Ctrl-C reaches it; what it started is ended, and its last lines say which test it was.
STEP_LIMIT=${VESTIBULE_STEP_LIMIT:-2400}
within_limit() {
  local watch own=$BASHPID status=0 ended=0
  end_when_late "$own" "${1#test_}" & watch=$!
  "$1" || status=$?
  kill "$watch" 2>/dev/null || :
  wait "$watch" 2>/dev/null || ended=$?
  # By the order to stop, or else it ended the step, which may have been the faster to end.
  [ "$ended" -eq 143 ] || status=1
  return $status
}
# Looks again and again whether the step is still there: a process in the background does not hear Ctrl-C.
end_when_late() {
  local self=$BASHPID late=$((SECONDS + STEP_LIMIT))
  while [ "$SECONDS" -lt "$late" ]; do
    sleep 1
    kill -0 "$1" 2>/dev/null || exit 0
  done
  trap '' TERM
  note "$2 : arrêté après $STEP_LIMIT s ; ce qui précède nomme le test qui n’a pas fini."
  # shellcheck disable=SC2046 # one word for each process
  kill $(descendants "$1" "$self") 2>/dev/null
  exit 1
}
# Every process below the first, without the second and what is below it.
descendants() {
  local child
  for child in $(ps -o pid= --ppid "$1"); do
    [ "$child" -eq "$2" ] || { descendants "$child" "$2"; echo "$child"; }
  done
}

# Called where errexit is off, hence the explicit chains.
test_format() { cargo fmt --all --check; }
test_ui() { npm_install ui && (cd ui && npm run --silent check && npm run --silent build); }
# Of every system: what the programs for Windows are made of is read from what lies here.
test_build() { cargo fetch --quiet --locked && cargo build --workspace --all-targets; }
test_lint() { test_ui_present && cargo clippy --workspace --all-targets -- -D warnings; }
# Before whatever runs the programs, so that a step asked for alone never judges those of another day. Nothing is built twice: the features are
# those of the build step.
programs_of_now() { build_ui && test_build; }
test_generated() { programs_of_now && "$BIN/generate" --check; }
test_rust() { recorded rust.txt with_keyring bash -c 'set -o pipefail; cargo test --workspace --no-fail-fast | tee "$1"' rust "$RESULTS/rust.txt"; }
# A real smart card service, apart from that of the machine: its socket and the ports of its readers are of these namespaces.
test_cards() {
  cargo clippy --workspace --test cards -- -D warnings && cargo test --workspace --test cards --no-run &&
    recorded cards.txt in_card_namespaces bash -c 'set -o pipefail
      VESTIBULE_TEST_CARDS=1 cargo test --offline --workspace --test cards --no-fail-fast -- "${@:2}" | tee "$1"' cards "$RESULTS/cards.txt"
}
in_card_namespaces() {
  local user=()
  [ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
  unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc bash -c 'ip link set lo up && mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec "$@"' apart "$@"
}
# The same unit tests over a server instead of a file, then companions that share one.
test_postgres() {
  cargo clippy --workspace --test cluster -- -D warnings &&
    recorded postgres.txt with_postgres bash -c 'set -o pipefail
      { status=0
        cargo test --workspace --lib --no-fail-fast -- store:: store_copy sign_in session group audit key_rotation || status=$?
        cargo test --workspace --test cluster --no-fail-fast -- --test-threads=2 || status=$?
        (exit $status); } | tee "$1"' postgres "$RESULTS/postgres.txt"
}
test_screens() { npm_install tests/ui && recorded screens.jsonl npm --prefix tests/ui test --silent; }
test_desktop() { programs_of_now && npm_install tests/desktop && recorded desktop.jsonl with_keyring npm --prefix tests/desktop test --silent; }
# What Orca says in the real window, written into docs/fr/lecteur-ecran.md. Asked for by name: a person reads what changed.
test_orca() {
  need_packages 'orca=le lecteur d’écran
speech-dispatcher=ce à quoi il parle
locales=le français
xdotool=les touches frappées'
  programs_of_now && npm_install tests/desktop && with_keyring node tests/desktop/orca.mjs
}
test_interop() { programs_of_now && npm_install tests/interop && python_install tests/interop && recorded interop.jsonl npm --prefix tests/interop test --silent; }
# Fifty sign-ins in a row for each library, where the ordinary step has five. Asked for by name.
test_interop-full() { INTEROP_SIGN_INS=50 test_interop; }
# Packages of the programs that the build step left, and what is in them.
test_packages-contents() {
  packages_to_try && recorded packages.txt bash -c 'set -o pipefail
    cargo test --workspace --test packages --no-fail-fast -- --skip life_ | tee "$1"' packages "$RESULTS/packages.txt"
}
# The same, and their lives on a Debian of their own, under two versions. Asked for by name: it takes root, and the archive of Debian.
test_packages() {
  if [ "$(id -u)" -ne 0 ]; then note "Les paquets s’installent sur une Debian à part, que seul root peut faire : sudo ./dev test packages"; return 1; fi
  need_packages 'debootstrap=la Debian où les paquets sont installés'
  packages_to_try old && recorded packages.txt unshare --mount --pid --fork --kill-child --mount-proc bash -c 'set -o pipefail
    cargo test --workspace --test packages --no-fail-fast -- --test-threads=2 | tee "$1"' packages "$RESULTS/packages.txt"
}
# Programs as they are delivered can be tried too: VESTIBULE_BIN=target/delivered ./dev test packages. An argument asks for a lower version beside them.
packages_to_try() {
  export VESTIBULE_BIN=${VESTIBULE_BIN:-$BIN} VESTIBULE_TEST_PACKAGES=$RESULTS/packages VESTIBULE_TEST_ROOTS=$RESULTS/roots VESTIBULE_DEB_COMPRESSION='-Zgzip -z1'
  [ "$VESTIBULE_BIN" != "$BIN" ] || programs_of_now || return
  rm -rf "$VESTIBULE_TEST_PACKAGES"
  (PACKAGES=$VESTIBULE_TEST_PACKAGES; package_deb development) || return
  [ $# -eq 0 ] || (PACKAGES=$VESTIBULE_TEST_PACKAGES/old; export VESTIBULE_VERSION=0.0.9~dev1 VESTIBULE_LINTIAN=no; package_deb development)
}
# The pages that name tests as proofs, against what the steps above said of each test.
test_proofs() { programs_of_now && "$BIN/proofs" "$RESULTS" "$(tree_fingerprint)"; }

# Whatever cannot be had here, a tool or its advisories, is said and not passed over.
test_dependencies() { crates_are_sound && npm_packages_are_sound; }

# Optional: compiling the tool takes longer than all the rest.
crates_are_sound() {
  if ! cargo deny --version >/dev/null 2>&1; then
    note "NON VÉRIFIÉ : licences, sources, interdictions et avis de sécurité des dépendances (cargo-deny est absent : cargo install cargo-deny --locked)."
    return 0
  fi
  cargo deny --offline check bans licenses sources || return
  if cargo deny fetch db; then cargo deny --offline check advisories; else
    note "NON VÉRIFIÉ : avis de sécurité des dépendances (leur base n’a pas pu être lue : réseau ?)."
  fi
}

# What the window is made of, and what tests it. Only an answer of the registry counts: without one, nothing was checked.
npm_packages_are_sound() {
  local folder answer status=0
  for folder in ui book bench/express tests/ui tests/desktop tests/interop; do
    answer=$(cd "$folder" && npm audit --package-lock-only --json 2>/dev/null) || true
    case $(node -p 'try { const { metadata: { vulnerabilities: found } } = JSON.parse(process.argv[1]); found.high + found.critical > 0 ? "bad" : "good" } catch { "unknown" }' "$answer") in
      good) ;;
      bad) note "Avis de sécurité graves sur des paquets npm de $folder : npm audit --prefix $folder"; status=1 ;;
      *) note "NON VÉRIFIÉ : avis de sécurité des paquets npm de $folder (le registre ne les donne pas : réseau ?)." ;;
    esac
  done
  return $status
}

# --- What each suite said, for the step `proofs` -----------------------------------------------------------------------

RESULTS=$(realpath -m "$TARGET")/results

# Runs a suite that writes its results to a file; beside it, once over, stands what was tested. Arguments: file, command…
recorded() {
  local file=$1 before status=0; shift
  mkdir -p "$RESULTS"
  rm -f "$RESULTS/$file" "$RESULTS/${file%.*}.tree"
  before=$(tree_fingerprint)
  VESTIBULE_RESULTS=$RESULTS/$file "$@" || status=$?
  if [ "$before" = "$(tree_fingerprint)" ]; then echo "$before" >"$RESULTS/${file%.*}.tree"; else
    note "Les sources ont changé pendant les tests : leurs résultats ne prouveront rien."
  fi
  return $status
}

# The shell's build needs the bundled pages.
test_ui_present() { [ -f ui/dist/index.html ] || test_ui; }

# A server whose times may be published: it waits for its disk, as those of the tests need not.
on_a_patient_server() {
  psql -qX "$VESTIBULE_TEST_POSTGRES" -c 'ALTER SYSTEM SET fsync = on' -c 'SELECT pg_reload_conf()' -o /dev/null && "$@"
}
# Named measures, or all of the server; `window` is the workstation's, `--page` writes what is published.
bench() {
  need_toolchain
  local names=() window='' page=() window_page=() over_postgres=unless-others
  while [ $# -gt 0 ]; do
    case $1 in
      window) window=yes ;;
      postgres) over_postgres=yes names+=("$1") ;;
      check | sign-in | burst | parked | id-token | start) over_postgres=${over_postgres%unless-others} names+=("$1") ;;
      --page) page=(--page docs/performance.md --date "$(date +%F)") window_page=(docs/performance-fenetre.md) ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  if [ -n "$window" ]; then
    need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES
$TEST_PACKAGES"
    build_ui
    cargo build --release --workspace --bins >&2
    npm_install tests/desktop
    VESTIBULE_BIN=$TARGET/release with_keyring node bench/measure.mjs ${window_page[@]+"${window_page[@]}"}
    [ ${#names[@]} -gt 0 ] || return 0
  fi
  need_packages "$HEADLESS_PACKAGES
$BENCH_PACKAGES"
  npm_install bench/express
  # By the server's own profile: what is measured from inside is optimised as what is delivered.
  cargo build --profile server --workspace --bin companion-server --bin bench >&2
  local session=()
  [ -z "$over_postgres" ] || session=(with_postgres on_a_patient_server)
  ${session[@]+"${session[@]}"} "$TARGET/server/bench" --companion "$TARGET/server/companion-server" --with-peers --json "$TARGET/bench.json" \
    ${page[@]+"${page[@]}"} ${names[@]+"${names[@]}"}
}
