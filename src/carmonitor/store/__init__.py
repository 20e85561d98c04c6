"""The database: tables, migrations, bulk load, and evidence as of a day."""
