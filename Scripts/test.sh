#!/usr/bin/env bash
# Sets up what the tests need, then runs everything: format, build, test. The same here and in CI.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "System packages"
Scripts/system_packages.sh
step "Keras environment (.keras-env)"
Scripts/keras_env.sh
step "Format"
Scripts/format.sh --check
step "Build (release)"
swift build -c release --build-tests
step "Size"
Scripts/size_report.sh
step "Test (release)"
# Without --skip-build everything is built anew, for @testable, which no test needs.
swift test -c release --skip-build "$@"
if [ $# -eq 0 ]; then
    step "Damaged files"
    Scripts/mutate.py 50
fi
if [ $# -eq 0 ] && [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromedriver ]; then
    step "The digit app in a browser"
    Scripts/browser_test.py
fi
