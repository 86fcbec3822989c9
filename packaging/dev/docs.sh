# shellcheck shell=bash
# The book of the guides. Sourced, never run.

build_docs() {
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js est introuvable." "Installez Node.js 20 ou plus récent avec npm, puis relancez : ./dev docs"
  npm_install book
  node book/build.js "$TARGET/book" >&2
}
# The book is built anew, then read as its readers have it: no server, no network, a real browser.
test_docs() { npm_install book && npm_install tests/ui && npm --prefix book test --silent; }

# The tests that hold these pictures take them; here they keep what they see. The programs are those that were built last.
keep_pictures() {
  npm_install ui && npm_install tests/ui && npm_install tests/desktop
  [ -x "$BIN/stack" ] || build_without_window
  (cd ui && npm run --silent build:fake) >&2
  (cd tests/ui && VESTIBULE_PICTURES=keep node --test pictures.test.js) >&2
  (cd tests/ui && VESTIBULE_PICTURES=keep node --test --test-name-pattern='looks as it did' screens.test.js) >&2
  (cd tests/desktop && VESTIBULE_PICTURES=keep node --test pictures.test.mjs) >&2
}
