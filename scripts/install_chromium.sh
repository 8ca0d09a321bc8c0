#!/bin/sh
# Chromium for the browser tests: one on PATH, else Playwright's own download, else Debian's package.
set -eu
if command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then
    exit 0
fi
if .venv/bin/playwright install --with-deps chromium >/dev/null 2>&1; then
    exit 0
fi
echo "Playwright's download is not reachable; installing Debian's package."
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
