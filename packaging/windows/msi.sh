#!/usr/bin/env bash
# The Windows installer, made by wixl and mended by msibuild where wixl cannot say what is meant.
# Arguments: folder of the programs, version (a.b.c), folder of licences.md and sbom.cdx.json, package to write. From the environment:
# the brand (PRODUCT, MANUFACTURER, ICON), and VESTIBULE_SIGN_WINDOWS, a command that is given a file and signs it in place.
set -euo pipefail
# Names have letters that no other locale would take.
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(realpath "$1") version=$2 material=$(realpath "$3") package=$(realpath -m "$4")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

product=${PRODUCT:-Vestibule} manufacturer=${MANUFACTURER:-Vestibule}
# What is signed is signed before it is packed, under the brand's name.
export PRODUCT=$product
sign() { [ -z "${VESTIBULE_SIGN_WINDOWS:-}" ] || $VESTIBULE_SIGN_WINDOWS "$1" >&2; }

cp "$folder"/{vestibule-app.exe,vestibule.exe,WebView2Loader.dll} "$work/"
sed 's/$/\r/' "$here/../../LICENSE" >"$work/LICENSE.txt"
sed 's/$/\r/' "$material/licences.md" >"$work/licences.txt"
cp "$material/sbom.cdx.json" "$work/"
sign "$work/vestibule-app.exe"
sign "$work/vestibule.exe"

cp "${ICON:-$here/../../src-tauri/icons/icon.ico}" "$work/vestibule.ico"
# Names have letters that wixl does not take on its command line.
source=$(<"$here/vestibule.wxs")
source=${source//'$(var.Product)'/"${product//&/"&amp;"}"}
printf '%s\n' "${source//'$(var.Manufacturer)'/"${manufacturer//&/"&amp;"}"}" >"$work/vestibule.wxs"
# wixl passes over what it does not know with a warning and succeeds: a warning is a failure here. It takes files beside its source alone.
if ! (cd "$work" && wixl -a x64 -D Version="$version" -D Folder=. -D Icon=vestibule.ico -o package.msi vestibule.wxs) \
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
loader=$(x86_64-w64-mingw32-strings -el "$work/WebView2Loader.dll" | sed -n '/^FileVersion$/{n;p;q}')
if [ -n "$loader" ]; then
  change "UPDATE File SET Version='$loader', Language='1033' WHERE File='WebViewLoaderDll'"
  change "DELETE FROM MsiFileHash WHERE File_='WebViewLoaderDll'"
fi
change "UPDATE File SET FileName='SBOMCD~1.JSO|sbom.cdx.json' WHERE File='BillOfMaterials'"
change "UPDATE Shortcut SET Name='VESTIB~1|$product' WHERE Shortcut='StartMenuShortcut'"
change "UPDATE Directory SET DefaultDir='VESTIB~1|Vestibule' WHERE Directory='INSTALLDIR'"
# Another build of the same version takes the place of the first, too (512: that version included).
upgrade=$(msiinfo export "$work/package.msi" Property | sed -n 's/^UpgradeCode\t\({[^}]*}\).*/\1/p')
change "DELETE FROM Upgrade WHERE ActionProperty='WIX_UPGRADE_DETECTED'"
change "INSERT INTO Upgrade (UpgradeCode, VersionMax, Attributes, ActionProperty) VALUES ('$upgrade', '$version', 513, 'WIX_UPGRADE_DETECTED')"
# Both codes are made of what is in the package: the same programs give the same, anything else is another product to Windows.
code() { # of what
  local sum
  sum=$({ echo "$1 $version $manufacturer"; cat "$work"/*.{exe,dll,txt,json,ico} "$work/vestibule.wxs" "$here"/{msi.sh,vestibule.sql}; } | sha256sum | tr a-f A-F)
  echo "{${sum:0:8}-${sum:8:4}-8${sum:13:3}-A${sum:17:3}-${sum:20:12}}"
}
change "UPDATE Property SET Value='$(code product)' WHERE Property='ProductCode'"
msibuild "$work/package.msi" -s "$product $version" "$manufacturer" "x64;1036" "$(code package)"
sign "$work/package.msi"
mkdir -p "$(dirname "$package")"
mv "$work/package.msi" "$package"
