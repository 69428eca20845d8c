#!/usr/bin/env bash
# Lines of code per folder, so that growth is seen.
set -euo pipefail
cd "$(dirname "$0")/.."

count() { # folder, name of its row
    find "$1" -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' -o -name '*.py' -o -name '*.sh' \) \
        -exec cat {} + | awk -v name="$2" '
            { lines++ }
            NF && !/^[ \t]*(\/\/|#)/ { code++ }
            END { if (lines) printf "%-28s %7d lines %7d of code\n", name, lines, code }'
}

for folder in Sources/*/ Tests/*/; do [ ! -d "$folder" ] || count "$folder" "${folder%/}"; done
for folder in Sources Tests Scripts; do [ ! -d "$folder" ] || count "$folder" "$folder (all)"; done
