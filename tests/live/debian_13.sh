#!/bin/sh
# Makes a folder that has the root of a Debian 13 with Dovecot 2.4.1, some 300 MB, for who is root.
set -eu
folder=$1
command -v debootstrap >/dev/null || sh tests/packages.sh debootstrap
command -v debootstrap >/dev/null || { echo "needs debootstrap: sudo apt-get install debootstrap" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "only root can run a Dovecot with another root: sudo make dovecot-2.4" >&2; exit 1; }
rm -rf "$folder.new"
echo "making a Debian 13 with Dovecot in $folder, which takes some minutes"
debootstrap --variant=minbase --include=dovecot-core,dovecot-imapd,dovecot-lmtpd,lua-socket trixie "$folder.new" \
  >"$folder.log" 2>&1 || { tail "$folder.log" >&2; exit 1; }
rm -f "$folder.log"
chroot "$folder.new" dovecot --version
rm -rf "$folder"
mv "$folder.new" "$folder"
