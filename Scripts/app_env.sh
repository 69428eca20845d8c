#!/usr/bin/env bash
# What the tests of digit-app need besides Swift: a browser with its driver from Debian, and .app-env/, a virtual
# environment with what drives them. Quick when all is there. `Scripts/app_env.sh attack` adds what the attacks need.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

env=.app-env
pins=("selenium==4.40.0" "pillow==13.0.0" "numpy==2.4.6")
# Only for the axe-core that lies in it: what it needs besides is another way to drive browsers.
alone="axe-playwright-python==0.1.8"
packages=(chromium chromium-driver)
if [ "${1:-}" = attack ]; then
    pins+=("schemathesis==4.32.5")
    packages=(wrk)
fi

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    say "Installing ${missing[*]}"
    "${root[@]}" apt-get update -qq >&2 || true
    if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 </dev/null; then
        say "Could not install ${missing[*]}. Run: sudo apt-get update && sudo apt-get install ${missing[*]}"
        exit 1
    fi
fi

for pin in "${pins[@]}"; do
    name=${pin%%==*}
    if ! [ -e "$env/has/$pin" ]; then
        [ -x "$env/bin/python" ] || python3 -m venv "$env"
        say "Installing $name into $env"
        if ! "$env/bin/python" -m pip --disable-pip-version-check --no-input install --quiet "${pins[@]}" >&2; then
            say "pip could not install ${pins[*]}: is the network reachable?"
            exit 1
        fi
        mkdir -p "$env/has"
        for each in "${pins[@]}"; do touch "$env/has/$each"; done
        break
    fi
done

if ! [ -e "$env/has/$alone" ]; then
    say "Installing ${alone%%==*} into $env"
    if ! "$env/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --no-deps "$alone" >&2; then
        say "pip could not install $alone: is the network reachable?"
        exit 1
    fi
    touch "$env/has/$alone"
fi
