// Owns readings that foreign devices send one by one: on disk before the broker has its answer, in the store soon after.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { type Batch, BatchBuilder, type Sample } from '../core/sample.ts';
import { parseReading, refuse } from '../core/wire.ts';
import type { Stored } from './committer.ts';
import { toDisk } from './disk.ts';

export function readingOf({ meters }: Site, payload: Uint8Array, now: number): Sample {
  const sample = parseReading(payload, now);
  if (!meters.some(({ id }) => id === sample.meter))
    refuse('meter', `站点没有表计 ${sample.meter}`, `the site has no meter ${sample.meter}`);
  return sample;
}

/** Such a device numbers nothing: its readings get their numbers here, so that they are stored once, like any batch. */
export class ForeignReadings {
  readonly #database: DatabaseSync;
  readonly #epoch: number;
  readonly #last = new Map<string, number>();

  constructor(file: string, now: number) {
    mkdirSync(dirname(file), { recursive: true });
    this.#database = new DatabaseSync(file);
    this.#claim(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS epoch (epoch INTEGER);
      CREATE TABLE IF NOT EXISTS last (gateway TEXT PRIMARY KEY, seq INTEGER);
      CREATE TABLE IF NOT EXISTS waiting (gateway TEXT, seq INTEGER, sample TEXT, PRIMARY KEY (gateway, seq));
    `);
    const known = this.#database.prepare('SELECT epoch FROM epoch').get() as { epoch: number } | undefined;
    if (known === undefined) this.#database.prepare('INSERT INTO epoch VALUES (?)').run(now);
    this.#epoch = known?.epoch ?? now;
    for (const { gateway, seq } of this.#database.prepare('SELECT gateway, seq FROM last').all() as Row[])
      this.#last.set(gateway, seq);
  }

  /** Two that number from one file would give a number twice, and lose a reading. */
  #claim(file: string): void {
    try {
      this.#database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT;');
    } catch (cause) {
      this.#database.close();
      throw new Fault(
        'data_in_use',
        {
          zh: `${file} 正被另一个 ingest 使用：用 --data 给每个 ingest 各自的数据文件夹`,
          en: `${file} is in use by another ingest: give each of them a data folder of its own with --data`,
        },
        { cause, exitCode: exitCodes.unavailable },
      );
    }
  }

  /** Durable when it returns. */
  take(gateway: string, sample: Sample): Batch {
    const seq = (this.#last.get(gateway) ?? 0) + 1;
    toDisk(this.#database, () => {
      this.#database.prepare('INSERT OR REPLACE INTO last VALUES (?, ?)').run(gateway, seq);
      this.#database.prepare('INSERT INTO waiting VALUES (?, ?, ?)').run(gateway, seq, JSON.stringify(sample));
    });
    this.#last.set(gateway, seq);
    return this.#batchOf(gateway, seq, sample);
  }

  /** What was taken and not stored when the process ended. */
  waiting(): Batch[] {
    const rows = this.#database.prepare('SELECT gateway, seq, sample FROM waiting ORDER BY gateway, seq').all();
    return (rows as (Row & { sample: string })[]).map(({ gateway, seq, sample }) =>
      this.#batchOf(gateway, seq, JSON.parse(sample) as Sample),
    );
  }

  stored({ gateway, epoch, ranges }: Stored): void {
    if (epoch !== this.#epoch) return;
    const remove = this.#database.prepare('DELETE FROM waiting WHERE gateway = ? AND seq BETWEEN ? AND ?');
    for (const [from, to] of ranges) remove.run(gateway, from, to);
  }

  #batchOf(gateway: string, seq: number, sample: Sample): Batch {
    const builder = new BatchBuilder();
    builder.add(sample);
    return builder.build(gateway, this.#epoch, seq);
  }

  close(): void {
    this.#database.close();
  }
}

type Row = { gateway: string; seq: number };
