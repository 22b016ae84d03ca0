# Sourced by demo.sh and test.sh: a virtual environment of the project's own, made once and kept while its inputs stay.
# Usage: make_environment FOLDER EXTRAS   (sets $python)

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  echo "No Python 3.11 or newer was found. Install one, or name it: PYTHON=/path/to/python bash $0" >&2
  return 1
}

make_environment() {
  local folder=$1 extras=$2 base inputs
  base=$(find_python) || return 1
  inputs=$(cat pyproject.toml constraints.txt scripts/environment.sh; "$base" --version; echo "$extras $PWD")
  inputs=$(printf '%s' "$inputs" | "$base" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
  python="$PWD/$folder/bin/python"
  [ -x "$python" ] || python="$PWD/$folder/Scripts/python.exe"
  if [ ! -x "$python" ] || [ "$(cat "$folder/inputs.sha256" 2>/dev/null)" != "$inputs" ]; then
    echo "Setting up $folder (once; some minutes) ..." >&2
    rm -rf "$folder"
    "$base" -m venv "$folder" || { echo "Python's venv is missing; on Debian: apt install python3-venv" >&2; return 1; }
    python="$PWD/$folder/bin/python"
    [ -x "$python" ] || python="$PWD/$folder/Scripts/python.exe"
    "$python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extras]" || return 1
    # Only its resource, the pretrained gland network, is used: none of its own requirements.
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt lavlab-taps || return 1
    echo "$inputs" > "$folder/inputs.sha256"
  fi
  # Nothing phones home.
  export DO_NOT_TRACK=1 MLFLOW_DISABLE_TELEMETRY=true
}
