import type Database from 'better-sqlite3';

/** Gives a store the schema of version 0.1. */
export function toEarlierSchema(database: Database.Database): void {
  database.exec('DROP VIEW results');
  database.exec('ALTER TABLE units DROP COLUMN crashes; ALTER TABLE units DROP COLUMN progress');
  for (const table of ['plans', 'tasks', 'units', 'jobs']) {
    database.exec(`ALTER TABLE ${table} DROP COLUMN checksum`);
  }
  database.exec(
    'ALTER TABLE tasks DROP COLUMN columns; ALTER TABLE jobs DROP COLUMN place; ALTER TABLE plans DROP COLUMN shard',
  );
  database.pragma('user_version = 1');
}
