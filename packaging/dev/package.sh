# shellcheck shell=bash
# Packages, from programs that are built already. Sourced, never run.

# Where packages end up. Whoever needs a second set beside it names another folder.
PACKAGES=${VESTIBULE_PACKAGES:-$(realpath -m "$TARGET")/packages}
KIT=packaging/psc-charte

package() { # deb | msi | all, and --release
  local what=() kind=development word
  for word in "$@"; do
    case $word in --release) kind=release ;; deb | msi) what+=("$word") ;; all) what+=(deb msi) ;; *) usage >&2; exit 2 ;; esac
  done
  # Nothing but the word `--release` means what can be made here.
  [ ${#what[@]} -gt 0 ] || what=(deb)
  if [ "$kind" = release ]; then
    refuse_unofficial
    # Whatever was built before may hold other art.
    rm -f ui/dist/index.html
    export VESTIBULE_RELEASE=1
  fi
  for word in "${what[@]}"; do
    declare -F "package_$word" >/dev/null || fail "Les paquets « $word » ne se font pas encore ici." "Ceux qui se font : ./dev package deb"
  done
  for word in "${what[@]}"; do "package_$word" "$kind"; done
}

# EXI 29: no release of anything, with or without a window, until the official art is there.
refuse_unofficial() {
  if [ ! -f "$KIT/button.svg" ] && [ ! -f "$KIT/button.png" ]; then
    fail "Pas de version à publier sans le kit graphique officiel de Pro Santé Connect (EXI PSC 29)." \
      "Déposez button.svg ou button.png dans $KIT ($KIT/README.md dit où les prendre), puis relancez." \
      "Pour essayer sans : ./dev package deb, dont les fichiers portent « dev » dans leur nom."
  fi
  # Whatever lies elsewhere may show other art.
  [ -z "${VESTIBULE_BIN:-}" ] || fail "Une version à publier se fait avec des programmes construits pour elle." "Relancez sans VESTIBULE_BIN."
  [ -z "$(git status --porcelain 2>&1)" ] || fail "Une version à publier se fait depuis des sources enregistrées." "git status dit ce qui ne l’est pas."
}

# --- What a package is called, and when its sources were written -------------------------------------------------------

program_version() { sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml; }

# Of a development package: below the version that it leads to, above those of earlier commits; it says so by itself.
package_version() { # kind
  local at changed=
  if [ -n "${VESTIBULE_VERSION:-}" ]; then echo "$VESTIBULE_VERSION"; return; fi
  if [ "$1" = release ]; then program_version; return; fi
  at=$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --abbrev=7 --format=%cd.%h) || fail "Ces sources ne sont pas un dépôt git." "Dites leur version : VESTIBULE_VERSION=0.1.0~dev1 ./dev package deb"
  [ -z "$(git status --porcelain)" ] || changed=+mod
  echo "$(program_version)~dev$at$changed"
}

sources_epoch() { git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml; }

# --- Debian ------------------------------------------------------------------------------------------------------------

DEB_PACKAGES=(vestibule vestibule-companion vestibule-psc-simulator)

package_deb() { # kind
  local kind=$1 programs=${VESTIBULE_BIN:-} work=$PACKAGES/work version
  need_packages "$PACKAGE_PACKAGES"
  [ -n "$programs" ] || { build_for_packages; programs=$DELIVERED; }
  version=$(package_version "$kind")
  say "Paquets Debian $version…"
  rm -rf "$work" && mkdir -p "$work"
  stage_deb "$kind" "$(realpath "$programs")" "$version" "$work/vestibule"
  # One thread: how many a machine has must not show in the archive.
  (cd "$work/vestibule" && SOURCE_DATE_EPOCH=$(sources_epoch) DPKG_DEB_THREADS_MAX=1 LC_ALL=C.UTF-8 dpkg-buildpackage -b -us -uc) >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; fail "Les paquets n’ont pas pu être assemblés." "Tout est dans $work/build.log"; }
  collect_deb "$version" "$work"
}

# The programs as they are delivered, side by side.
DELIVERED=$TARGET/delivered

build_for_packages() {
  need_toolchain
  need_packages "$HEADLESS_PACKAGES
$WINDOW_PACKAGES"
  build_ui
  say "Programmes, tels qu’ils sont livrés (la première fois : un quart d’heure)…"
  # By what the companion knows results of tests for its own.
  local -x VESTIBULE_SOURCES VESTIBULE_SOURCES_AT
  VESTIBULE_SOURCES=$(tree_fingerprint); VESTIBULE_SOURCES_AT=$(sources_epoch)
  cargo build --release --workspace --bins >&2
  build_server
  local program
  mkdir -p "$DELIVERED"
  for program in vestibule vestibule-app psc-simulator branding package-material; do ln -f "$TARGET/release/$program" "$DELIVERED/"; done
  ln -f "$TARGET/server/companion-server" "$DELIVERED/"
}

# A source tree of Debian's own form, whose programs are there already. Arguments: kind, programs, version, folder
stage_deb() {
  local kind=$1 programs=$2 version=$3 tree=$4 date package
  mkdir -p "$tree/bin"
  cp -r packaging/deb/debian "$tree/debian"
  BRANDING=$programs/branding
  [ "$(brand built)" = "$(brand value "$BRAND" product_name)" ] || fail "Ces programmes portent une autre marque que celle de $BRAND." "Construisez-les sous la même : VESTIBULE_BRANDING."
  for program in vestibule vestibule-app companion-server psc-simulator; do install -m 755 "$programs/$program" "$tree/bin/"; done
  date=$(date -u -d "@$(sources_epoch)" +%F)
  stage_desktop "$kind" "$version" "$date" "$tree"
  install -m 644 companion-server/companion.sample.toml "$tree/"
  install -m 644 packaging/companion/compagnon.service "$tree/debian/vestibule-companion.compagnon.service"
  stage_material "$programs/package-material" "$version" "$date" "$tree"
  sed -i "s|@MAINTAINER@|$(maintainer | sed 's/&/\\&/g')|" "$tree/debian/control"
  cat >"$tree/debian/changelog" <<TXT
vestibule ($version) unstable; urgency=medium

  * $([ "$kind" = release ] && echo 'Version publiée' || echo 'Paquet de développement, impropre à la production'), $(git rev-parse --short=12 HEAD 2>/dev/null || true)

 -- $(maintainer)  $(date -u -R -d "@$(sources_epoch)")
TXT
}

maintainer() { echo "${VESTIBULE_MAINTAINER:-$(brand value "$BRAND" publisher) <$(brand value "$BRAND" packages_address)>}"; }

# What reads a brand: beside the programs that are packed, or built for the occasion.
brand() { if [ -n "${BRANDING:-}" ]; then "$BRANDING" "$@"; else brand_program "$@"; fi; }

stage_desktop() { # kind, version, date, folder
  local tree=$4 size type=stable
  [ "$1" = release ] || type=development
  install -m 644 packaging/policy.sample.toml "$tree/"
  sed "s|^Name=.*|Name=@PRODUCT@|" packaging/linux/fr.vestibule.app.desktop | brand fill "$BRAND" plain >"$tree/fr.vestibule.app.desktop"
  sed "s|@VERSION@|$2|; s|@DATE@|$3|; s|@TYPE@|$type|" packaging/linux/fr.vestibule.app.metainfo.xml | brand fill "$BRAND" xml >"$tree/fr.vestibule.app.metainfo.xml"
  desktop-file-validate "$tree/fr.vestibule.app.desktop" >&2 && appstreamcli validate --no-net --no-color "$tree/fr.vestibule.app.metainfo.xml" >"$tree/../appstream.log" ||
    { cat "$tree/../appstream.log" >&2; fail "L’entrée du bureau ou la fiche de l’application ne convient pas."; }
  for size in 32x32=32x32 128x128=128x128 256x256=128x128@2x 512x512=icon; do
    install -D -m 644 "$(icons)/${size#*=}.png" "$tree/icons/hicolor/${size%%=*}/apps/fr.vestibule.app.png"
  done
  install -D -m 644 "$(icons)/icon.svg" "$tree/icons/hicolor/scalable/apps/fr.vestibule.app.svg"
}

# A brand has all of them or none.
icons() { if [ -d "$BRAND/icons" ]; then echo "$BRAND/icons"; else echo src-tauri/icons; fi; }

stage_material() { # program, version, date, folder
  local make=$1 version=$2 date=$3 tree=$4 program package page stamp
  stamp=$(date -u -d "@$(sources_epoch)" +%FT%TZ)
  for program in vestibule=vestibule companion-server=vestibule-companion psc-simulator=vestibule-psc-simulator; do
    package=${program#*=}; program=${program%%=*}
    "$make" manual --program "$program" --date "$date" --into "$tree/man/$package"
    "$make" completions --program "$program" --into "$tree/completions"
  done
  # What speaks French alone shows that to everybody.
  for package in vestibule-companion vestibule-psc-simulator; do
    mkdir -p "$tree/man/$package/man1"
    for page in "$tree/man/$package/fr/man1/"*; do ln -s "../fr/man1/${page##*/}" "$tree/man/$package/man1/"; done
  done
  # Bash looks for the very name of the program.
  for program in vestibule companion-server psc-simulator; do mv "$tree/completions/$program.bash" "$tree/completions/$program"; done
  for page in man1/vestibule-app.1 fr/man1/vestibule-app.1; do
    sed "s|@DATE@|$date|; s|@PROGRAM_VERSION@|$(program_version)|" "packaging/deb/man/$page" >"$tree/man/vestibule/$page"
  done
  "$make" bill --package vestibule --version "$version" --timestamp "$stamp" --crate vestibule-desktop --crate vestibule-app --window ui/package-lock.json --into "$tree/bill/vestibule"
  "$make" bill --package vestibule-companion --version "$version" --timestamp "$stamp" --crate companion-server --into "$tree/bill/vestibule-companion"
  "$make" bill --package vestibule-psc-simulator --version "$version" --timestamp "$stamp" --crate psc-simulator --into "$tree/bill/vestibule-psc-simulator"
}

# Packages and bills into their folder, read again by lintian, signed if somebody signs, and summed up.
collect_deb() { # version, folder
  local version=$1 work=$2 package files=()
  for package in "${DEB_PACKAGES[@]}"; do
    files+=("${package}_${version}_$(dpkg --print-architecture).deb")
    mv "$work/${files[-1]}" "$PACKAGES/"
  done
  (cd "$PACKAGES" && lint_deb "${files[@]}" >&2) || fail "lintian trouve à redire à ces paquets."
  for package in "${DEB_PACKAGES[@]}"; do
    cp "$work/vestibule/bill/$package/sbom.cdx.json" "$PACKAGES/${package}_$version.cdx.json"
    files+=("${package}_$version.cdx.json")
  done
  rm -rf "$work"
  sign_and_sum "vestibule_$version.sha256" "${files[@]}"
  (cd "$PACKAGES" && du -bh --apparent-size "${files[@]}" | sed 's/^/  /' >&2)
  say "Ils sont dans $PACKAGES."
}

# Who makes the same set again has read it already: VESTIBULE_LINTIAN=no.
lint_deb() { [ "${VESTIBULE_LINTIAN:-}" = no ] || lintian --allow-root --no-cfg --fail-on error,warning --tag-display-limit 0 "$@"; }

# --- Whoever makes packages --------------------------------------------------------------------------------------------

# The command that signs: it is given a file, and either changes it or leaves a signature beside it. Arguments: sums, files
sign_and_sum() (
  cd "$PACKAGES"
  sums=$1; shift
  rm -f "${@/%/.asc}" "$sums" "$sums.asc"
  for file in "$@"; do [ "${file%.deb}" = "$file" ] || sign "$file"; done
  sha256sum "$@" >"$sums"
  sign "$sums"
  [ -n "${VESTIBULE_SIGN:-}" ] || note "Non signés : VESTIBULE_SIGN ne nomme aucune commande (docs/fr/administrateur.md)."
)

sign() { [ -z "${VESTIBULE_SIGN:-}" ] || $VESTIBULE_SIGN "$1" >&2 || fail "« $1 » n’a pas pu être signé par : $VESTIBULE_SIGN"; }
