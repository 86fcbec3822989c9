# shellcheck shell=bash
# What the machine needs, and how ./dev speaks: messages go to stderr, stdout belongs to what the command yields. Sourced, never run.

say()  { printf '\033[1m%s\033[0m\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }
fail() { printf '\033[1;31m%s\033[0m\n' "$1" >&2; [ $# -lt 2 ] || printf '  %s\n' "${@:2}" >&2; exit 1; }

# Whatever ends ./dev says so: a command that fails where nobody looks at its result would end it without a word.
ended_at() { printf '\033[1;31m%s\033[0m\n' "./dev s’arrête : « $3 » a rendu $1 ($2)." >&2; }
set -o errtrace
trap 'code=$?; [[ $- != *e* ]] || ended_at $code "${BASH_SOURCE[0]}, ligne $LINENO" "$BASH_COMMAND"' ERR

# package = why, one a line; the lists are disjoint.
HEADLESS_PACKAGES='build-essential=compilateur C (cryptographie, SQLite)
pkg-config=trouve les bibliothèques du système
libpcsclite-dev=présence d’une carte dans un lecteur
dbus=bus de session privé de la démonstration
gnome-keyring=trousseau (Secret Service) qui garde la clé du poste
xdg-utils=ouvre le navigateur par défaut
procps=suit les processus'
WINDOW_PACKAGES='libwebkit2gtk-4.1-dev=la fenêtre (moteur web du système)'
TEST_PACKAGES='xvfb=écran virtuel
xauth=écran virtuel
webkit2gtk-driver=pilote la fenêtre (WebDriver)
chromium=le navigateur réel des tests
libsecret-tools=relit le trousseau comme le ferait le support
strace=note chaque connexion réseau du poste
openbox=gestionnaire de fenêtres de l’écran virtuel
wmctrl=ferme la fenêtre comme une personne
at-spi2-core=ce qu’un lecteur d’écran entend de la fenêtre
x11-utils=lit ce que la fenêtre demande au bureau
fonts-dejavu-core=polices de l’écran virtuel
python3-venv=client OAuth de test écrit en Python
curl=interroge les serveurs
openssl=certificat d’un serveur imposteur
nginx=proxy inverse du guide
apache2-bin=un autre, sans son service
systemd=vérifie le service du guide (systemd-analyze)
postgresql=la base que plusieurs serveurs partagent
haproxy=le répartiteur devant eux
squid-openssl=le proxy d’un hôpital, qui demande un compte ou ouvre le TLS
tinyproxy=un autre proxy, qui demande un compte
faketime=un serveur dont la machine n’est pas à l’heure
sqlite3=la sauvegarde du guide
pcscd=le service de cartes à puce
vsmartcard-vpcd=un lecteur de carte virtuel
iproute2=le réseau à part de ce lecteur
ansible-core=le déploiement du guide'
PACKAGE_PACKAGES='debhelper=assemble les paquets Debian
lintian=relit les paquets Debian
appstream=vérifie la fiche de l’application (appstreamcli)
desktop-file-utils=vérifie l’entrée du bureau
gnupg=signe les paquets, dans les tests'
BENCH_PACKAGES='apache2-bin=le serveur d’en face, à côté duquel on mesure
libapache2-mod-auth-openidc=son module OpenID Connect
postgresql=la base que plusieurs serveurs partagent'

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
$TEST_PACKAGES
$PACKAGE_PACKAGES"
  [ $ok -eq 0 ] && say "Ce poste est prêt." || say "Ce qui manque sera installé par ./dev demo ou ./dev test."
  return $ok
}

# --- Which sources these are ---------------------------------------------------------------------------------------------

# The pages that are made from the results are not among the sources that were tested.
PROOF_PAGES=(docs/exigences.md docs/securite-echange.md)

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
