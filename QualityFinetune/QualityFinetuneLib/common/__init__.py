"""What every layer may use: errors, files, YAML, hashes, the packaged resources. Knows no other layer."""
