#!/bin/sh
# Makes Temporal's two databases and brings them to the schema of this version of the tool. Safe to repeat: it is also how
# the schema is upgraded, before the server is.
#
# SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD say where; TEMPORAL_SQL_TOOL names the tool where it has another name.
set -eu

tool=${TEMPORAL_SQL_TOOL:-temporal-sql-tool}
export SQL_PLUGIN=postgres12

for database in temporal temporal_visibility; do
  schema=temporal
  [ "$database" = temporal_visibility ] && schema=visibility
  "$tool" --database "$database" create-database
  # Makes the table of versions where there is none; after that only the update does anything.
  "$tool" --database "$database" setup-schema --version 0.0
  "$tool" --database "$database" update-schema --schema-name "postgresql/v12/$schema"
done
