#!/usr/bin/env bash
# Generates src/generated/ from proto/. Run after a change of a .proto: npm run generate:contracts
set -euo pipefail
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel)
export PATH="$root/node_modules/.bin:$PATH"
buf lint
rm -rf src/generated && mkdir -p src/generated
buf generate --template buf.gen.yaml
buf build --as-file-descriptor-set --exclude-source-info -o src/generated/descriptors.binpb
prettier --log-level silent --write src/generated >/dev/null
