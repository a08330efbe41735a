// The tables of the embedded store, and how an older file becomes one of today. docs/decisions/0050-embedded-store.md says
// why they are as they are. Everything that the relay keeps is in these columns: a test compares them with what it may keep.

import { ConfigurationError } from '../configuration.ts'
import { answer, type Database, nameOf, notOurs } from './database.ts'

/** "Prly": tells our files from those of others. */
const APPLICATION_ID = 0x50726c79

const FIRST = `
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id BLOB NOT NULL CHECK (length(id) = 16),
  relay_seed BLOB NOT NULL CHECK (length(relay_seed) = 32),
  -- 1 in a copy that nobody has opened yet.
  is_copy INTEGER NOT NULL DEFAULT 0,
  -- The highest position that a mailbox had which has ended: new ones begin above it.
  ended_position INTEGER NOT NULL DEFAULT 0,
  envelopes INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  mailboxes INTEGER NOT NULL DEFAULT 0,
  accounts INTEGER NOT NULL DEFAULT 0,
  devices INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY,
  -- NULL once it has ended: what was in it then goes bit by bit.
  address BLOB UNIQUE CHECK (length(address) = 32),
  -- Days since 1970: it is kept until this one begins.
  keep_until_day INTEGER NOT NULL,
  last_position INTEGER NOT NULL,
  envelopes INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mailbox_by_day ON mailbox (keep_until_day) WHERE address IS NOT NULL;

CREATE TABLE envelope (
  -- New rows go to the end of the tree.
  id INTEGER PRIMARY KEY,
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  position INTEGER NOT NULL CHECK (position > 0),
  envelope_id BLOB NOT NULL CHECK (length(envelope_id) = 16),
  expires_at_ms INTEGER NOT NULL,
  envelope BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX envelope_by_envelope_id ON envelope (mailbox, envelope_id);
-- With the time in it, so that counting touches no envelope.
CREATE INDEX envelope_by_position ON envelope (mailbox, position, expires_at_ms);
CREATE INDEX envelope_by_expiry ON envelope (expires_at_ms);

CREATE TABLE account (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
  version INTEGER NOT NULL CHECK (version > 0),
  account_key BLOB NOT NULL,
  device_list BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX account_by_expiry ON account (expires_at_ms);

CREATE TABLE device (
  id INTEGER PRIMARY KEY,
  account BLOB NOT NULL CHECK (length(account) = 32),
  tag INTEGER NOT NULL,
  -- NULL, with its times, where there is none (any more) and only marks are kept.
  statement BLOB,
  created_at_ms INTEGER,
  expires_at_ms INTEGER,
  UNIQUE (account, tag)
) STRICT;
CREATE INDEX device_by_expiry ON device (expires_at_ms);

CREATE TABLE one_time_key (
  device INTEGER NOT NULL REFERENCES device,
  kind TEXT NOT NULL CHECK (kind IN ('x25519', 'kem')),
  id INTEGER NOT NULL CHECK (id > 0),
  key BLOB NOT NULL,
  PRIMARY KEY (device, kind, id)
) STRICT;

-- The highest id that was ever taken.
CREATE TABLE one_time_mark (
  device INTEGER NOT NULL REFERENCES device,
  kind TEXT NOT NULL CHECK (kind IN ('x25519', 'kem')),
  highest_id INTEGER NOT NULL,
  PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID;
`

/** Step n makes version n + 1 of a file of version n. Only ever added to. */
export const STEPS: readonly string[] = [FIRST]

/** @throws ConfigurationError where the file is a newer Parley's, or somebody else's */
export const checkVersion = (database: Database, known: number = STEPS.length): void => {
  const version = versionOf(database)
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (!isEmpty && answer(database, 'application_id') !== APPLICATION_ID) throw new ConfigurationError(notOurs(nameOf(database)))
  if (version > known) {
    throw new ConfigurationError(
      `${nameOf(database)} is of a newer Parley (version ${version}, this one knows ${known}): start that one, or set another DATA_DIR.`,
    )
  }
}

/** Brings a file to the version of today, a step and a transaction for each version, forward only. @throws ConfigurationError */
export const migrate = (database: Database, steps: readonly string[] = STEPS): void => {
  checkVersion(database, steps.length)
  const version = versionOf(database)
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(step)
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`)
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

const versionOf = (database: Database): number => Number(answer(database, 'user_version'))
