#!/usr/bin/env bash
# Signs a program or an installer for Windows in place (Authenticode), with a certificate and a key in files. Argument: the file. From the
# environment: VESTIBULE_CERTIFICATE (PEM, with those above it), VESTIBULE_KEY (PEM), VESTIBULE_KEY_PASSWORD_FILE if the key has one,
# PRODUCT (the name that Windows shows), VESTIBULE_TIMESTAMP (address of an RFC 3161 service: without one, a signature ends with its certificate).
set -euo pipefail
: "${VESTIBULE_CERTIFICATE:?}" "${VESTIBULE_KEY:?}"
options=(-certs "$VESTIBULE_CERTIFICATE" -key "$VESTIBULE_KEY" -h sha256 -n "${PRODUCT:-Vestibule}")
[ -z "${VESTIBULE_KEY_PASSWORD_FILE:-}" ] || options+=(-readpass "$VESTIBULE_KEY_PASSWORD_FILE")
[ -z "${VESTIBULE_TIMESTAMP:-}" ] || options+=(-ts "$VESTIBULE_TIMESTAMP")
# Of an installer, what lies beside its tables is signed as well.
case $1 in *.msi) options+=(-add-msi-dse) ;; esac
trap 'rm -f "$1.signed"' EXIT
osslsigncode sign "${options[@]}" -in "$1" -out "$1.signed" >&2
mv "$1.signed" "$1"
