#!/usr/bin/env bash
# Installs the system packages that the build needs, where they are missing. Debian and Ubuntu; elsewhere it says what to install.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

# What each package gives: libhdf5-dev HDF5, libzip-dev .keras archives, zlib1g-dev gzip data, libssl-dev checksums,
# libpng-dev and libturbojpeg0-dev images; pkg-config finds them all. A test watches the command by strace.
packages=(libhdf5-dev libzip-dev zlib1g-dev libssl-dev libpng-dev libturbojpeg0-dev pkg-config strace)
command -v python3 >/dev/null || packages+=(python3)
{ command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null; } || packages+=(python3-venv)

if ! command -v swift >/dev/null; then
    say "Swift is missing: install Swift 6.1 or newer from https://www.swift.org/install and put it on the PATH."
    exit 1
fi

if ! command -v dpkg-query >/dev/null; then
    if command -v pkg-config >/dev/null && pkg-config --exists hdf5 libzip zlib libpng libturbojpeg; then exit 0; fi
    say "This machine has no apt. Install HDF5, libzip, zlib, libpng, libjpeg-turbo and pkg-config with its own package manager,"
    say "on macOS: brew install hdf5 libzip zlib libpng jpeg-turbo pkgconf"
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    # pkgconf provides pkg-config on newer systems.
    if [ "$status" != installed ] && ! { [ "$package" = pkg-config ] && command -v pkg-config >/dev/null; }; then
        missing+=("$package")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "Missing system packages: ${missing[*]}. As root run: apt-get install ${missing[*]}"
        exit 1
    fi
    root=(sudo)
    [ -t 0 ] || root=(sudo -n)
fi
say "Installing system packages: ${missing[*]}"
install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 </dev/null
}
if ! { "${root[@]}" apt-get update -qq >&2 && install; }; then
    say "Could not install ${missing[*]}. Run: sudo apt-get update && sudo apt-get install ${missing[*]}"
    exit 1
fi
