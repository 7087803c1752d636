#!/bin/sh
# Installs the Debian packages named as arguments that are missing, where that is allowed; elsewhere
# says what to type. Tests that miss one skip with the same words, or fail where CI is set.
missing=
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null ||
    echo "could not install$missing; the tests that need them will say so" >&2
else
  echo "to run every test: sudo apt-get install$missing" >&2
fi
