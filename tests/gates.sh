#!/usr/bin/env bash
# Every gate that a change must pass, the same here and in CI: gates.sh DIRECTORY_OF_PYTHON
#
# All gates run; the exit status is that of the first that failed:
#   10 ruff format    11 ruff lint    12 import-linter    13 mypy         14 pytest
#   15 packaging      16 freshness    17 limits           18 kernel run   19 compiled solver
# The kernel run needs MMLINT_LINUX_6_12, the directory of an unpacked linux-source-6.12; the
# compiled solver a C compiler and the headers of Python.
set -u
bin=$(cd "${1:?directory of the Python to use}" && pwd)
cd "$(dirname "$0")/.." || exit 2
failed=0

gate() {
    local status=$1 name=$2
    shift 2
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        printf '== %s FAILED (exit status %s)\n' "$name" "$status"
        [ "$failed" -ne 0 ] || failed=$status
    fi
}

# Modules over 400 lines and rules over 80 are split, not excused.
limits() {
    local status=0 file most lines
    for file in analyzer/mmlint/*.py analyzer/mmlint/*/*.py rules/mmlint_rules/*.py; do
        most=400
        case $file in rules/*) most=80 ;; esac
        lines=$(wc -l < "$file")
        if [ "$lines" -gt "$most" ]; then
            echo "$file: $lines lines, at most $most"
            status=1
        fi
    done
    return $status
}

gate 10 "ruff format" "$bin/ruff" format --check .
gate 11 "ruff lint" "$bin/ruff" check .
gate 12 "import-linter" "$bin/lint-imports" --no-cache
gate 13 "mypy" "$bin/mypy"
gate 14 "pytest" "$bin/python" -m pytest -q -m "not packaging and not freshness and not kernel and not compiled"
gate 15 "packaging" "$bin/python" -m pytest -q -m packaging
gate 16 "freshness" "$bin/python" -m pytest -q -m freshness
gate 17 "limits" limits
if [ -n "${MMLINT_LINUX_6_12:-}" ]; then
    gate 18 "kernel run" "$bin/python" -m pytest -q -m kernel
else
    printf '\n== kernel run: not done, MMLINT_LINUX_6_12 names no unpacked linux-source-6.12\n'
fi
if command -v cc > /dev/null; then
    MMLINT_COMPILE=1 gate 19 "compiled solver" "$bin/python" -m pytest -q -m compiled
else
    printf '\n== compiled solver: not done, there is no C compiler\n'
fi
if [ "$failed" -eq 0 ]; then
    printf '\nall gates passed\n'
else
    printf '\ngates failed\n'
fi
exit "$failed"
