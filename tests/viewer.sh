#!/usr/bin/env bash
# The viewer's own tests: formatting and types, units, and that the committed bundle is what the source builds.
# Comes before pytest: its browser tests take axe-core from the packages that are installed here.
set -euo pipefail
cd "$(dirname "$0")/../site"

if ! command -v npm > /dev/null; then
  echo "NOT RUN: the viewer's tests, for want of Node.js (npm)" >&2
  [ "${CI:-}" != true ]
  exit
fi
npm ci --silent
npm run --silent check
npm run --silent test
npm run --silent build:check
