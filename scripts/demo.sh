#!/usr/bin/env bash
# The whole loop on a folder of exams (NIfTI, NRRD, MHA or DICOM), or on a simulated cohort. Sets itself up.
# Usage: bash scripts/demo.sh [FOLDER] [--out NEW_FOLDER] [further options of `quality-finetune demo`]
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")/.."
source scripts/environment.sh
make_environment .venv-demo engine,scene

# Paths count from where the script was called.
cd "$called_from"
exec "$python" -m QualityFinetuneLib demo "$@"
