#!/usr/bin/env bash
# The Windows installer, made by wixl and mended by msibuild where wixl cannot say what is meant.
# Arguments: folder of the programs, version (a.b.c), package to write; MANUFACTURER and SIGN_COMMAND from the environment.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(realpath "$1") version=$2 package=$(realpath -m "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is signed is signed before it is packed.
sign() { # file
  [ -z "${SIGN_COMMAND:-}" ] || { $SIGN_COMMAND "$1" "$work/signed" && mv "$work/signed" "$1"; }
}

cp "$folder"/{vestibule-app.exe,vestibule.exe,WebView2Loader.dll} "$work/"
sed 's/$/\r/' "$here/../../LICENSE" >"$work/LICENSE.txt"
sign "$work/vestibule-app.exe"
sign "$work/vestibule.exe"

cp "$here/vestibule.wxs" "$work/"
cp "$here/../../src-tauri/icons/icon.ico" "$work/vestibule.ico"
# wixl passes over what it does not know with a warning and succeeds: a warning is a failure here. It takes files beside its source alone.
if ! (cd "$work" && wixl -a x64 -D Version="$version" -D Manufacturer="${MANUFACTURER:-Vestibule}" -D Folder=. -D Icon=vestibule.ico -o package.msi vestibule.wxs) \
  2>"$work/said" || grep -qE 'WARNING|CRITICAL' "$work/said"; then
  cat "$work/said" >&2
  exit 1
fi

change() { msibuild "$work/package.msi" -q "$1"; }
printf '\r\n\r\n1252\t_ForceCodepage\r\n' >"$work/_ForceCodepage.idt"
(cd "$work" && msibuild package.msi -i _ForceCodepage.idt)
while IFS= read -r statement; do change "$statement"; done <"$here/vestibule.sql"
change "UPDATE Component SET Condition='AUTOSTART=1 OR (KEPT_AUTOSTART AND NOT AUTOSTART)' WHERE Component='AutoStart'"
# Short names, and the version of a file instead of its hash: by them Windows Installer judges what to replace.
for file in WindowExe:VESTIB~1.EXE:vestibule-app.exe CommandLineExe:VESTIB~2.EXE:vestibule.exe; do
  IFS=: read -r id short long <<<"$file"
  change "UPDATE File SET FileName='$short|$long', Version='$version.0', Language='1036' WHERE File='$id'"
  change "DELETE FROM MsiFileHash WHERE File_='$id'"
done
change "UPDATE File SET FileName='WEBVIE~1.DLL|WebView2Loader.dll' WHERE File='WebViewLoaderDll'"
change "UPDATE Shortcut SET Name='VESTIB~1|Vestibule' WHERE Shortcut='StartMenuShortcut'"
change "UPDATE Directory SET DefaultDir='VESTIB~1|Vestibule' WHERE Directory='INSTALLDIR'"
# The code of the package is made of what is in it; that of the product is drawn anew each time, by wixl.
code=$(cat "$work"/*.exe "$work"/*.dll "$here/vestibule.wxs" "$here/vestibule.sql" | sha256sum | tr a-f A-F)
msibuild "$work/package.msi" -s "Vestibule $version" "${MANUFACTURER:-Vestibule}" "x64;1036" "{${code:0:8}-${code:8:4}-8${code:13:3}-A${code:17:3}-${code:20:12}}"
sign "$work/package.msi"
mkdir -p "$(dirname "$package")"
mv "$work/package.msi" "$package"
