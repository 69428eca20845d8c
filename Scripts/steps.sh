# Sourced: `step WORDS` begins a step and says so; the end tells how many minutes each one took.
#
# Where STEP_MINUTES names a file, the lines go there, for a script that runs several: it prints them by `print_steps`.

steps_file=${STEP_MINUTES:-}
step_name=

step() {
    end_step
    step_name=$*
    step_began=$SECONDS
    printf '\n== %s\n' "$*"
}

end_step() {
    [ -z "$step_name" ] || printf '%s\t%s\n' "$((SECONDS - step_began))" "$step_name" >>"$steps_file"
    step_name=
}

print_steps() {
    printf '\n%9s  %s\n' minutes step
    awk -F '\t' '{ printf "%9.1f  %s\n", $1 / 60, $2; sum += $1 } END { printf "%9.1f  %s\n", sum / 60, "together" }' "$1"
}

if [ -z "$steps_file" ]; then
    steps_file=$(mktemp)
    trap 'end_step; print_steps "$steps_file"; rm -f "$steps_file"' EXIT
else
    trap end_step EXIT
fi
