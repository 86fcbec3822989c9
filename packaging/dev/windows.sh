# shellcheck shell=bash
# Programs for Windows, made and tried on this machine: a cross compiler, its standard library, wine. Sourced, never run.

WINDOWS_TARGET=x86_64-pc-windows-gnu
# Everything that is made for Windows; beside what the ordinary compiler makes, which another one must not touch.
WINDOWS=$(realpath -m "$TARGET")/windows
# Debian's own compiler: its sources of the standard library are of the very same version, which the library must be.
WINDOWS_PACKAGES='rustc-web=compilateur Rust de Debian, dont les sources de la bibliothèque standard sont empaquetées
cargo-web=cargo de même version
rust-web-src=sources de la bibliothèque standard
rust-web-clippy=relit le code propre à Windows
gcc-mingw-w64-x86-64-posix=édition de liens pour Windows
g++-mingw-w64-x86-64-posix=parties en C++
nasm=cryptographie (assembleur)'
WINE_PACKAGES='wine=essaie les programmes Windows
wine64=son moteur
msitools=change et relit un installateur
wixl=fait l’installateur
xvfb=écran virtuel
xauth=écran virtuel
osslsigncode=signe les programmes et l’installateur'

web_tool() { # package, name of the program
  dpkg -L "$1" | grep -m 1 "/bin/$2\$"
}

# The standard library for Windows, compiled once for each version of the compiler.
windows_toolchain() {
  need_packages "$WINDOWS_PACKAGES"
  local rustc cargo hash
  rustc=$(web_tool rustc-web rustc) cargo=$(web_tool cargo-web cargo)
  # Of the compiler, and of how the library is made.
  hash=$("$rustc" -vV | sed -n 's/^commit-hash: //p')-$(declare -f windows_library | sha256sum | cut -c 1-12)
  if [ "$(cat "$WINDOWS/sysroot/.compiler" 2>/dev/null)" != "$hash" ]; then
    say "Bibliothèque standard de Rust pour Windows (une fois : deux minutes)…"
    windows_library "$rustc" "$cargo" || return
    echo "$hash" >"$WINDOWS/sysroot/.compiler"
  fi
  printf '#!/bin/sh\nexec %q --sysroot %q "$@"\n' "$rustc" "$WINDOWS/sysroot" >"$WINDOWS/rustc"
  chmod +x "$WINDOWS/rustc"
}

windows_library() { # rustc, cargo
  local work libraries host
  work=$(mktemp -d)
  mkdir -p "$work/empty/src"
  : >"$work/empty/src/lib.rs"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/empty/Cargo.toml"
  # As in Rust's own build: what release programs optimise as one with themselves is kept beside the code (cargo asks for the contrary, and the
  # last word counts), and the library that aborts on a panic must itself be compiled so.
  printf '#!/bin/sh\nset -- "$@" -C embed-bitcode=yes\ncase " $* " in *" --crate-name panic_abort "*) set -- "$@" -C panic=abort;; esac\nexec %q "$@"\n' "$1" >"$work/rustc"
  chmod +x "$work/rustc"
  if ! (cd "$work/empty" && RUSTC=$work/rustc RUSTC_BOOTSTRAP=1 "$2" build -q --release --target $WINDOWS_TARGET --target-dir "$work/out" \
    -Zbuild-std=std,panic_unwind,panic_abort,test) >&2; then
    rm -rf "$work"
    return 1
  fi
  rm -rf "$WINDOWS/sysroot" "$WINDOWS/out"
  libraries=$WINDOWS/sysroot/lib/rustlib
  mkdir -p "$libraries/$WINDOWS_TARGET/lib"
  cp "$work/out/$WINDOWS_TARGET/release/deps/"*.rlib "$libraries/$WINDOWS_TARGET/lib/"
  rm -f "$libraries/$WINDOWS_TARGET/lib/"libempty-*.rlib
  host=$("$1" --print sysroot)/lib/rustlib
  ln -s "$host"/*-unknown-linux-gnu "$host/etc" "$host/src" "$libraries/"
  rm -rf "$work"
}

# Cargo, for Windows. Arguments: as cargo's.
windows_cargo() {
  local tools=x86_64-w64-mingw32 command=$1; shift
  # Clippy is found in PATH, where another toolchain's may come first; it asks no compiler for its libraries.
  PATH=$(dirname "$(web_tool cargo-web cargo)"):$PATH SYSROOT=$WINDOWS/sysroot RUSTC=$WINDOWS/rustc \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=$tools-gcc-posix CC_x86_64_pc_windows_gnu=$tools-gcc-posix \
    CXX_x86_64_pc_windows_gnu=$tools-g++-posix AR_x86_64_pc_windows_gnu=$tools-ar \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$ROOT/packaging/windows/wine/run" \
    "$(web_tool cargo-web cargo)" "$command" --target $WINDOWS_TARGET --target-dir "$WINDOWS/out" "$@"
}

# A fresh Windows, as wine has it. Argument: its folder.
wine_prefix() {
  need_packages "$WINE_PACKAGES"
  local shim=$1/drive_c/windows/system32/bcryptprimitives.dll
  [ ! -f "$shim" ] || return 0
  mkdir -p "$1"
  WINEPREFIX=$1 WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' wineboot -i >&2 &&
    x86_64-w64-mingw32-gcc-posix -O2 -shared -s -o "$shim" packaging/windows/wine/bcryptprimitives.c -ladvapi32
}

# Programs for Windows. Argument: `release` for those that are packaged.
build_windows() {
  local profile=()
  [ -z "${1:-}" ] || profile=(--release)
  need_toolchain
  windows_toolchain && build_ui || return
  say "Programmes pour Windows…"
  windows_cargo build "${profile[@]}" --package vestibule-desktop --package vestibule-app --bins >&2
}

windows_programs() { echo "$WINDOWS/out/$WINDOWS_TARGET/${1:-debug}"; }

package_msi() { # kind
  local version package name material=$WINDOWS/material
  need_packages "$WINE_PACKAGES"
  # The tool that writes what goes beside the programs is one of this machine.
  build_without_window && build_windows release || return
  version=$(package_version "$1") name=vestibule-$(package_version "$1")
  windows_material "$version" "$material" || return
  say "Installateur de Windows $version…"
  # Three numbers are all that Windows Installer compares.
  PRODUCT=$(brand value "$BRAND" product_name) MANUFACTURER=$(brand value "$BRAND" publisher) ICON=$(realpath "$(icons)/icon.ico") \
    packaging/windows/msi.sh "$(windows_programs release)" "$(program_version)" "$material" "$PACKAGES/$name.msi" || return
  cp "$material/sbom.cdx.json" "$PACKAGES/$name.cdx.json"
  # What an administrator puts into the central store, beside the package that obeys it.
  rm -rf "$PACKAGES/$name-PolicyDefinitions"
  mkdir "$PACKAGES/$name-PolicyDefinitions" && cp -r packaging/windows/{Vestibule.admx,fr-FR,en-US} "$PACKAGES/$name-PolicyDefinitions/" || return
  [ -n "${VESTIBULE_SIGN_WINDOWS:-}" ] || note "Non signé pour Windows : VESTIBULE_SIGN_WINDOWS ne nomme aucune commande (packaging/windows/README.md)."
  sign_and_sum "$name.msi.sha256" "$name.msi" "$name.cdx.json"
  (cd "$PACKAGES" && du -bh --apparent-size "$name.msi" "$name.cdx.json" | sed 's/^/  /' >&2)
  say "Il est dans $PACKAGES."
}

# What the programs for Windows are made of, and under which licences. Arguments: version, folder
windows_material() {
  "$BIN/package-material" bill --package vestibule --kind msi --version "$1" --timestamp "$(date -u -d "@$(sources_epoch)" +%FT%TZ)" \
    --crate vestibule-desktop --crate vestibule-app --target $WINDOWS_TARGET --window ui/package-lock.json --into "$2"
}

# Of a compiler that is not the one of the other steps: what it alone finds wrong, and is not, is named here.
WINDOWS_LINTS=(-D warnings -A clippy::missing_const_for_thread_local)

# The code that only Windows has is read as all other code is; engine and command line are tried under wine. What the installer says in its
# tables, and its signature, take no program of ours: stand-ins do.
test_windows-code() {
  windows_toolchain && wine_prefix "$WINDOWS/wine" || return
  windows_cargo clippy --package vestibule-model --package vestibule-support-report --package vestibule-desktop --all-targets -- "${WINDOWS_LINTS[@]}" &&
    recorded windows-code.txt in_windows '{ status=0
      windows_cargo test --package vestibule-model --package vestibule-support-report --package vestibule-desktop --lib --tests --no-fail-fast || status=$?
      cargo test --workspace --test windows --no-fail-fast -- tables:: signature:: || status=$?
      (exit $status); } | tee "$1"' "$RESULTS/windows-code.txt"
}

# A sign-in and the installer's life, under the same wine. Asked for by name: the window's program takes long to build.
test_windows() {
  local version
  build_windows && wine_prefix "$WINDOWS/wine" && cargo build --workspace --bins && windows_material 1.0.0 "$WINDOWS/material" || return
  windows_cargo clippy --package vestibule-app --all-targets -- "${WINDOWS_LINTS[@]}" || return
  for version in 1.0.0 1.1.0; do
    packaging/windows/msi.sh "$(windows_programs)" $version "$WINDOWS/material" "$WINDOWS/msi/vestibule-$version.msi" || return
  done
  VESTIBULE_TEST_WINDOWS=$(windows_programs) VESTIBULE_TEST_MSI=$WINDOWS/msi \
    recorded windows.txt in_windows 'cargo test --workspace --test windows --no-fail-fast -- --test-threads=1 | tee "$1"' "$RESULTS/windows.txt"
}

# Commands of this file in a shell of their own, which has a wine. Arguments: the commands, theirs.
in_windows() {
  local commands=$1; shift
  ROOT=$ROOT TARGET=$TARGET WINEPREFIX=$WINDOWS/wine \
    bash -c "set -o pipefail; source packaging/dev/machine.sh; source packaging/dev/windows.sh; $commands" windows "$@"
}
