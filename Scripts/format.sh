#!/usr/bin/env bash
# Formats all Swift in place; `--check` changes nothing and fails on anything that is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
"") swift format --in-place --recursive --parallel Package.swift Sources Tests ;;
--check) swift format lint --strict --recursive --parallel Package.swift Sources Tests ;;
*)
    echo "usage: Scripts/format.sh [--check]" >&2
    exit 64
    ;;
esac
