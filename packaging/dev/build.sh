# shellcheck shell=bash
# Building. Sourced, never run.

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
  export_brand
  say "Interface…"
  npm_install ui
  # Another brand than the last time, or one whose files may have changed.
  if [ "$(cat "$TARGET/interface-brand" 2>/dev/null)" != "${VESTIBULE_BRANDING:-}" ] || [ -n "${VESTIBULE_BRANDING:-}" ] || [ ! -f ui/dist/index.html ] || [ -n "$(find ui packaging/psc-charte -path ui/node_modules -prune -o -path ui/dist -prune -o -path ui/dist-fake -prune -o -type f -newer ui/dist/index.html -print -quit)" ]; then
    (cd ui && npm run --silent build) >&2
    mkdir -p "$TARGET" && echo "${VESTIBULE_BRANDING:-}" >"$TARGET/interface-brand"
  fi
}

# What reads a brand. Apart: no brand is in it, and all that is built would be built anew for want of the one that it wears.
brand_program() { env -u VESTIBULE_BRANDING cargo run -q --target-dir "$TARGET/branding" -p vestibule-branding -- "$@"; }

# What the toolkit of the window is told of another brand, which it reads by itself.
export_brand() {
  [ -n "${VESTIBULE_BRANDING:-}" ] || return 0
  TAURI_CONFIG=$(brand_program window "$BRAND") || fail "La marque de $VESTIBULE_BRANDING ne peut pas être portée."
  export TAURI_CONFIG
}

build() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES"
  build_ui
  [ "${1:-}" = ui ] && return
  if [ "${1:-}" = windows ]; then build_windows "${2:-}"; return; fi
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --bins >&2
}

# The server as it is delivered and measured, in one optimised block (ADR 32). With the features of the whole workspace, as its tests have.
build_server() { cargo build --profile server --workspace --bin companion-server >&2; }

build_without_window() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES"
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --exclude vestibule-app --bins >&2
}
