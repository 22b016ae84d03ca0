#!/usr/bin/env bash
# Everything the project promises, checked: style, types, layers, tests, coverage. Sets itself up. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
make_environment .venv-test engine,scene,dev

export QT_QPA_PLATFORM=offscreen VTK_DEFAULT_OPENGL_WINDOW=vtkEGLRenderWindow
# One test process a core, one thread each: more threads than cores only wait for each other.
cores=$("$python" -c 'import os; print(min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))')
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m mypy
"$(dirname "$python")/lint-imports"

rm -f .coverage .coverage.*
"$python" -m pytest --numprocesses "$cores" --dist loadfile --cov --cov-report= "$@"
if [ $# -eq 0 ]; then
  "$python" -m coverage report --sort=cover | tail -n 40
  for part in cases quality study engine scene; do
    echo "Coverage of $part, at least 90 %:"
    "$python" -m coverage report --include="*/QualityFinetuneLib/$part/*" --fail-under=90 --format=total
  done
fi
