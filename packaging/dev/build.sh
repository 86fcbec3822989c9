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
  if [ "${1:-}" = windows ]; then build_windows "${2:-}"; return; fi
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --bins >&2
}

build_without_window() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES"
  say "Programmes (la première fois : quelques minutes)…"
  cargo build --workspace --exclude vestibule-app --bins >&2
}
