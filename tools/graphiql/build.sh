#!/bin/sh
# Fetches GraphiQL at the versions of package-lock.json (npm checks their hashes) and keeps the files browsers need.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
page=$here/../../directus8/api/graphql/page/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$work"
(cd "$work" && npm ci --silent --ignore-scripts --no-audit --no-fund)
rm -rf "$page" && mkdir -p "$page"
cd "$work/node_modules"
cp react/umd/react.production.min.js react-dom/umd/react-dom.production.min.js "$page"
cp graphiql/graphiql.min.js graphiql/graphiql.min.css "$page"
for package in react react-dom graphiql; do cp "$package/LICENSE" "$page/$package.LICENSE.txt"; done
