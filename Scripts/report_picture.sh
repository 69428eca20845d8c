#!/bin/sh
# Draws the picture of verify's report that the README shows: Documentation/report.png.
# usage: Scripts/report_picture.sh [MODEL.keras [DATA]]     by default a net trained here, for a minute, on the embedded digits
set -eu
cd "$(dirname "$0")/.."

browser=""
for name in chromium chromium-browser google-chrome chrome; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
done
if [ -z "$browser" ]; then
    echo "report_picture.sh: no Chromium or Chrome found; on Debian: apt-get install chromium" >&2
    exit 1
fi

kb=${KERAS_BRIDGE:-}
if [ -z "$kb" ]; then
    swift build -c release --product keras-bridge >&2
    kb=$PWD/.build/release/keras-bridge
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

data=${2:-embedded}
if [ $# -gt 0 ]; then
    cp "$1" "$folder/digits.keras"
else
    "$kb" train --architecture mnist-cnn --data embedded --epochs 4 --seed 1 -o "$folder/digits.keras"
fi
root=$PWD
(cd "$folder" && "$kb" verify digits.keras --against keras --data "$data" --bisect --report report.html)

"$browser" --headless=new --no-sandbox --hide-scrollbars --disable-gpu --force-device-scale-factor=1.5 \
    --window-size=1040,1500 --screenshot="$root/Documentation/report.png" "file://$folder/report.html" >/dev/null 2>&1
echo "wrote Documentation/report.png"
