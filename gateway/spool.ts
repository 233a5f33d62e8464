// Owns the durable queue at the edge: batches stay in SQLite until ingest says that they are stored, or until they are given up on record.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { RangeSet } from '../core/ranges.ts';
import type { Loss, LossReason } from '../core/sample.ts';
import { transaction } from '../core/transaction.ts';
import { addUp, addUpRecords, withoutNumbers } from './loss-sums.ts';

export type Kind = 'states' | 'counters' | 'losses';

/** What is in a payload, so that nobody has to open it to know what would be lost. */
export type Content = { kind: Kind; readings: number; from: number; to: number };

export type Spooled = { seq: number; payload: string };

export type Encode = (epoch: number, seq: number) => string;
export type EncodeLosses = (epoch: number, seq: number, lost: Loss[]) => string;

/** Sequence numbers are never used twice: AUTOINCREMENT remembers them although the rows are gone. */
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA auto_vacuum = INCREMENTAL;
  CREATE TABLE IF NOT EXISTS spool (epoch INTEGER NOT NULL, newest INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS batch (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, readings INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, bytes INTEGER NOT NULL, payload TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS batch_by_kind ON batch (kind, seq);
  CREATE TABLE IF NOT EXISTS sent (first INTEGER NOT NULL, last INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS held (
    id INTEGER PRIMARY KEY, boot TEXT NOT NULL, kind TEXT NOT NULL, readings INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, payload TEXT NOT NULL
  );
`;

type Row = { seq: number; readings: number; first: number; last: number; bytes: number };
type Held = { id: number; kind: Kind; readings: number; first: number; last: number; payload: string };

/** More records of losses than this are added up: an outage of years must not fill the spool with its own history. */
const mostLossRecords = 500;

/** Numbers are noted as sent so many ahead: one write to the disk for all of them. */
const notedAhead = 100;
/** Batches that may be stored are told one by one, and a message has a bound. */
const mostDoubtful = 500;

export class Spool {
  /** Names this spool's run of sequence numbers; a lost spool starts another one. */
  readonly epoch: number;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Numbers that may have been sent, in this run or before: what else is given up is certainly lost. */
  readonly #sent = new RangeSet();
  #next: number;
  #newest: number;

  constructor(file: string, now: number) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(schema);
    const known = this.#row<{ epoch: number; newest: number }>('SELECT epoch, newest FROM spool');
    if (known === undefined) this.#run('INSERT INTO spool (epoch, newest) VALUES (?, 0)', now);
    this.epoch = known?.epoch ?? now;
    this.#newest = known?.newest ?? 0;
    const used = this.#row<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'batch'");
    this.#next = (used?.seq ?? 0) + 1;
    const sent = this.#rows<{ first: number; last: number }>('SELECT first, last FROM sent ORDER BY first');
    for (const { first, last } of sent) this.#sent.addRange([first, last]);
    // A spool of a version that noted nothing may have sent everything.
    if (sent.length === 0) this.#noteSent(0, this.#next - 1);
  }

  /** Time of the newest reading that was ever spooled here. */
  get newest(): number {
    return this.#newest;
  }

  /** Several appends made durable at once: all of them or none. */
  together(appends: () => void): void {
    this.#transaction(appends);
  }

  /** Durable when it returns. The payload carries its own sequence number. */
  append(content: Content, encode: Encode): number {
    return this.#transaction(() => this.#append(content, encode));
  }

  #append({ kind, readings, from, to }: Content, encode: Encode): number {
    const seq = this.#next;
    const payload = encode(this.epoch, seq);
    this.#run(
      'INSERT INTO batch (seq, kind, readings, first, last, bytes, payload) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[seq, kind, readings, from, to, Buffer.byteLength(payload), payload],
    );
    if (kind !== 'losses' && to > this.#newest) {
      this.#run('UPDATE spool SET newest = ?', to);
      this.#newest = to;
    }
    this.#next = seq + 1;
    return seq;
  }

  /** Batches behind `seq`, in order, up to and not including `before`. */
  after(seq: number, limit: number, before: number = Number.MAX_SAFE_INTEGER): Spooled[] {
    return this.#rows<Spooled>(
      'SELECT seq, payload FROM batch WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?',
      ...[seq, before, limit],
    );
  }

  /** Durable when it returns: if the power fails now, it is known that these may be stored. */
  aboutToSend(batches: readonly Spooled[]): void {
    const [first, last] = [batches[0]?.seq, batches.at(-1)?.seq];
    if (first === undefined || last === undefined || batches.every(({ seq }) => this.#sent.has(seq))) return;
    this.#noteSent(first, last + notedAhead);
  }

  #noteSent(first: number, last: number): void {
    const sent = new RangeSet();
    for (const range of [...this.#sent.ranges, [first, last] as const]) sent.addRange([...range]);
    this.#transaction(() => {
      this.#run('DELETE FROM sent');
      for (const range of sent.ranges) this.#run('INSERT INTO sent VALUES (?, ?)', ...range);
    });
    this.#sent.addRange([first, last]);
  }

  /** Forgets batches in closed ranges of sequence numbers. */
  trim(ranges: readonly (readonly [number, number])[]): void {
    for (const [from, to] of ranges) this.#run('DELETE FROM batch WHERE seq BETWEEN ? AND ?', from, to);
  }

  /**
   * Gives up the oldest batches of a kind, about as many bytes as asked for, and spools the record of it in the same
   * transaction. Batches in `sparing` stay: they are on their way. What may have been sent is told batch by batch, so that
   * each counts as lost only while it is not stored. With `before`, what is older goes, but nothing until some of it is
   * older than `overdue`.
   */
  giveUp(
    which: { kind: Kind; bytes: number; reason: LossReason; before?: number; overdue?: number },
    sparing: ReadonlySet<number>,
    encode: EncodeLosses,
  ): Loss[] {
    const { kind, bytes, reason, before = Number.MAX_SAFE_INTEGER, overdue = before } = which;
    const rows: Row[] = [];
    let size = 0;
    let doubtful = 0;
    const oldest = this.#statement('SELECT seq, readings, first, last, bytes FROM batch WHERE kind = ? ORDER BY seq');
    for (const row of oldest.iterate(kind) as Iterable<Row>) {
      if (size >= bytes || doubtful >= mostDoubtful || row.last >= before) break;
      if (sparing.has(row.seq)) continue;
      if (rows.length === 0 && row.last >= overdue) break;
      rows.push({ ...row });
      size += row.bytes;
      if (this.#sent.has(row.seq)) doubtful++;
    }
    if (rows.length === 0 || kind === 'losses') return [];
    const lost = rows.map(({ seq, readings, first, last }): Loss => {
      return { reason, kind, readings, from: first, to: last, batches: [seq, seq] };
    });
    const told = [...lost.filter(this.#isDoubtful), ...addUp(lost.filter((loss) => !this.#isDoubtful(loss)))];
    this.#transaction(() => {
      for (const { seq } of rows) this.#run('DELETE FROM batch WHERE seq = ?', seq);
      this.#appendLosses(told, encode);
      this.#addUpLosses(encode);
    });
    return told;
  }

  /** Records readings that never became a batch here. */
  appendLosses(lost: Loss[], encode: EncodeLosses): void {
    this.#transaction(() => this.#appendLosses(lost, encode));
  }

  #appendLosses(lost: Loss[], encode: EncodeLosses): void {
    const [from, to] = [Math.min(...lost.map((loss) => loss.from)), Math.max(...lost.map((loss) => loss.to))];
    this.#append({ kind: 'losses', readings: 0, from, to }, (epoch, seq) => encode(epoch, seq, lost));
  }

  /** One batch, and it may have been sent. */
  readonly #isDoubtful = ({ batches }: Loss): boolean =>
    batches !== null && batches[0] === batches[1] && this.#sent.has(batches[0]);

  /** A record that may have been sent, or that tells of batches that may be stored, stays as it is. */
  #addUpLosses(encode: EncodeLosses): void {
    const rows = this.#rows<Spooled>("SELECT seq, payload FROM batch WHERE kind = 'losses' ORDER BY seq");
    if (rows.length <= mostLossRecords) return;
    const records = rows
      .filter(({ seq }) => !this.#sent.has(seq))
      .map(({ seq, payload }) => ({ seq, lost: (JSON.parse(payload) as { lost: Loss[] }).lost }))
      .filter(({ lost }) => !lost.some(this.#isDoubtful));
    // Behind the newest batch that was given up others wait: a range that tells of a record there would tell of them, too.
    const newest = Math.max(0, ...records.flatMap(({ lost }) => lost.map(({ batches }) => batches?.[1] ?? 0)));
    const old = records.filter(({ seq }) => seq <= newest);
    if (old.length < 2) return;
    for (const { seq } of old) this.#run('DELETE FROM batch WHERE seq = ?', seq);
    this.#appendLosses(addUpRecords(old), encode);
  }

  /** Keeps readings whose time is not known yet, because the clock was never set. */
  hold(boot: string, { kind, readings, from, to }: Content, payload: string): void {
    this.#run(
      'INSERT INTO held (boot, kind, readings, first, last, payload) VALUES (?, ?, ?, ?, ?, ?)',
      ...[boot, kind, readings, from, to, payload],
    );
  }

  /** Spools what was held, rewritten with its right time. */
  release(boot: string, rewrite: (payload: string) => { content: Content; encode: Encode }): void {
    this.#transaction(() => {
      for (const { payload } of this.#rows<Held>('SELECT * FROM held WHERE boot = ? ORDER BY id', boot)) {
        const { content, encode } = rewrite(payload);
        this.#append(content, encode);
      }
      this.#run('DELETE FROM held WHERE boot = ?', boot);
    });
  }

  /** What an earlier start held and could not date: nobody ever will, so it is given up on record. */
  giveUpUndated(boot: string, encode: EncodeLosses): Loss[] {
    const rows = this.#rows<Held>('SELECT * FROM held WHERE boot <> ?', boot);
    if (rows.length === 0) return [];
    const lost = addUp(
      rows.map(({ kind, readings, first, last }) => ({
        reason: 'clock_unknown',
        kind: kind === 'counters' ? 'counters' : 'states',
        readings,
        from: first,
        to: last,
        batches: null,
      })),
    );
    this.#transaction(() => {
      this.#run('DELETE FROM held WHERE boot <> ?', boot);
      this.#appendLosses(lost, encode);
    });
    return lost;
  }

  /**
   * Gives batches from `from` on new numbers behind `above`: this spool has lost its newest numbers (a disk that forgot, a
   * restored image), and batches of that lost time are stored under them already.
   */
  renumber(from: number, above: number): void {
    this.#transaction(() => {
      this.#next = Math.max(this.#next, above + 1);
      const rows = this.#rows<{
        seq: number;
        kind: Kind;
        readings: number;
        first: number;
        last: number;
        payload: string;
      }>('SELECT seq, kind, readings, first, last, payload FROM batch WHERE seq >= ? ORDER BY seq', from);
      for (const { seq, kind, readings, first, last, payload } of rows) {
        this.#run('DELETE FROM batch WHERE seq = ?', seq);
        const { lost, ...batch } = JSON.parse(payload) as { lost?: Loss[] } & Record<string, unknown>;
        const told = lost === undefined ? {} : { lost: lost.map((loss) => withoutNumbers(loss, from)) };
        this.#append({ kind, readings, from: first, to: last }, (_, number) =>
          JSON.stringify({ ...batch, seq: number, ...told }),
        );
      }
    });
  }

  get size(): { batches: number; newest: number } {
    const { batches } = this.#row<{ batches: number }>('SELECT count(*) AS batches FROM batch') ?? { batches: 0 };
    return { batches, newest: this.#next - 1 };
  }

  /** Bytes of the file that hold something, and bytes that are free in it: those are used before it grows. */
  get bytes(): { used: number; free: number } {
    const pragma = (name: string) => Object.values(this.#row<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0] ?? 0;
    const [pages, free, size] = [pragma('page_count'), pragma('freelist_count'), pragma('page_size')];
    return { used: (pages - free) * size, free: free * size };
  }

  /** Brings what is in the log into the file, so that the log is written from its beginning again. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(RESTART)');
  }

  close(): void {
    this.#database.close();
  }

  #transaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    const [next, newest] = [this.#next, this.#newest];
    try {
      return transaction(this.#database, work);
    } catch (error) {
      [this.#next, this.#newest] = [next, newest];
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  #row<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  #rows<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }
}
