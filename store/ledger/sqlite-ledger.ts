// Owns the ledger on disk: revisions are only ever appended, each chained by hash to the one before it.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonicalHash, canonicalJson } from '../../core/canonical.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Ledger, LedgerEntry, Revision } from '../../core/ledger.ts';
import { transaction } from '../../core/transaction.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS revision (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
    entry TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);
  CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON revision BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON revision BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
`;

const genesis = '0'.repeat(64);

type Row = Omit<Revision, 'entry'> & { entry: string };

export class SqliteLedger implements Ledger {
  readonly #database: DatabaseSync;
  readonly #revisions: Revision[] = [];

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(schema);
    this.#follow();
  }

  append(entry: LedgerEntry, author: string, reason: string, at: number): Revision | undefined {
    // Commands write while the plant's process has the ledger open.
    const revision = transaction(this.#database, () => this.#append(entry, author, reason, at));
    if (revision !== undefined) this.#revisions.push(revision);
    return revision;
  }

  #append(entry: LedgerEntry, author: string, reason: string, at: number): Revision | undefined {
    this.#follow();
    const known = this.#revisions.findLast((revision) => revision.entry.id === entry.id);
    if (known !== undefined && canonicalJson(known.entry) === canonicalJson(entry)) return undefined;
    const last = this.#revisions.at(-1);
    const body = { number: (last?.number ?? 0) + 1, at, author, reason, entry, previous: last?.hash ?? genesis };
    const revision: Revision = { ...body, hash: canonicalHash(body) };
    this.#database
      .prepare('INSERT INTO revision (number, at, author, reason, entry, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(body.number, at, author, reason, canonicalJson(entry), body.previous, revision.hash);
    return revision;
  }

  current(asOf = Number.POSITIVE_INFINITY): Revision[] {
    this.#follow();
    const newest = new Map<string, Revision>();
    for (const revision of this.#revisions) if (revision.at <= asOf) newest.set(revision.entry.id, revision);
    return [...newest.values()].filter(({ entry }) => entry.withdrawn !== true);
  }

  history(): Revision[] {
    this.#follow();
    return [...this.#revisions];
  }

  verify(): void {
    this.#read(undefined);
  }

  close(): void {
    this.#database.close();
  }

  /** Takes up what others appended since, link by link. */
  #follow(): void {
    this.#revisions.push(...this.#read(this.#revisions.at(-1)));
  }

  #read(last: Revision | undefined): Revision[] {
    const revisions: Revision[] = [];
    const rows = this.#database
      .prepare('SELECT * FROM revision WHERE number > ? ORDER BY number')
      .all(last?.number ?? 0);
    let previous = last?.hash ?? genesis;
    for (const row of rows as Row[]) {
      const revision: Revision = { ...row, entry: JSON.parse(row.entry) as LedgerEntry };
      const { hash, ...body } = revision;
      if (body.previous !== previous || canonicalHash(body) !== hash) throw broken(body.number);
      previous = hash;
      revisions.push(revision);
    }
    return revisions;
  }
}

const broken = (number: number): Fault =>
  new Fault(
    'ledger_broken',
    {
      zh: `台账第 ${number} 条的校验值不符：内容被改动过，请从备份恢复`,
      en: `revision ${number} of the ledger does not match its hash: it was altered; restore it from a backup`,
    },
    { exitCode: exitCodes.data },
  );
