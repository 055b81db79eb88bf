#!/bin/sh
# Who calls NAME, and who calls those, so many levels up: cscope-callers.sh INDEX NAME LEVELS
# cscope answers one name at a time and forgets which of the functions of one name it was.
level=$2
for _ in $(seq "$3"); do
    level=$(for name in $level; do cscope -d -L -3 "$name" -f "$1"; done | cut -d' ' -f2 | sort -u)
    printf '%s\n' "$level"
done
