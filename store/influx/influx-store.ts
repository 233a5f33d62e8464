// Owns the store behind the port on an InfluxDB: readings, slots, registry and receipts lie there, nothing beside it.
import { day, type Period } from '../../core/calendar.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { lossesBeside } from '../../core/gaps.ts';
import { ReceiptSet, type ReceivedRange, receiptOf } from '../../core/receipts.ts';
import {
  type Batch,
  type Loss,
  rowsOf,
  type Sample,
  type SampleColumns,
  type SeriesFacts,
  type SeriesKey,
  seriesName,
} from '../../core/sample.ts';
import { isEmpty, type Resolution, type Slot } from '../../core/slots.ts';
import type {
  Around,
  Change,
  ChangeSource,
  Committed,
  LossRecord,
  Receipts,
  RefuseReadings,
  SlotWrite,
  Successor,
} from '../../core/store.ts';
import { type InfluxAddress, InfluxClient } from './influx-client.ts';
import {
  changeLine,
  changesIn,
  factsIn,
  factsLine,
  followedLine,
  keyOf,
  literal,
  lossLine,
  markerLine,
  receiptLine,
  receiptsIn,
  slotFields,
  slotLine,
  slotsIn,
  whereSeries,
  within,
} from './lines.ts';
import { Readings, type RefusedReading, stretchesOf } from './readings.ts';

export type InfluxOptions = InfluxAddress & {
  site: string;
  /** Others write readings of this site, too: then what is there is asked of the database, and what changed is told by it. */
  shared?: { name: string; now(): number } | undefined;
};

const seriesAtOnce = 200;
const never = Number.NEGATIVE_INFINITY;

export class InfluxStore implements Successor, ChangeSource {
  readonly #client: InfluxClient;
  readonly #site: string;
  readonly #readings: Readings;
  readonly #shared: InfluxOptions['shared'];
  #lastChange = 0;
  /** The time of each series' newest reading. */
  readonly #newest = new Map<string, number>();
  readonly #receipts = new Map<string, ReceiptSet>();
  readonly #facts = new Map<string, string>();

  private constructor(client: InfluxClient, { site, shared }: InfluxOptions) {
    this.#client = client;
    this.#site = site;
    this.#shared = shared;
    this.#readings = new Readings(client, site);
  }

  static async open(options: InfluxOptions): Promise<InfluxStore> {
    const store = new InfluxStore(new InfluxClient(options), options);
    await store.#prove();
    await store.receipts();
    if (store.#shared === undefined) await store.#tidyReceipts();
    for (const { meter, point, time } of await store.latest()) store.#newest.set(seriesName({ meter, point }), time);
    for (const facts of await store.facts()) store.#facts.set(seriesName(facts), canonicalJson(facts));
    return store;
  }

  /** What is written must be found again, also when it is old: a database that drops it would lose readings in silence. */
  async #prove(): Promise<void> {
    const refused = await this.#client.write([markerLine(this.#site)]);
    const found = await this.#client.query([`SELECT version FROM tanbiao WHERE ${this.#ofSite}`]);
    if (refused.length === 0 && found[0]?.length === 1) return;
    const reason = refused[0]?.reason ?? '';
    throw new Fault(
      'store_forgets',
      {
        zh: `InfluxDB（${this.#client.place}）不保留写入的旧数据：保留策略必须为无限期（DURATION INF），且 database 应映射到写入的存储桶。${reason}`,
        en: `InfluxDB (${this.#client.place}) does not keep old data that is written: its retention must be infinite (DURATION INF), and database must be mapped to the bucket that is written. ${reason}`,
      },
      { exitCode: exitCodes.configuration },
    );
  }

  get #ofSite(): string {
    return `site = ${literal(this.#site)}`;
  }

  async commit(batches: readonly Batch[], refuse: RefuseReadings = cannotRefuse): Promise<Committed> {
    const fresh: Batch[] = [];
    const taken = new Map<string, ReceiptSet>();
    for (const batch of batches) {
      const run = runOf(batch);
      const inThisCommit = setOf(taken, run);
      if (this.#receipts.get(run)?.has(batch.seq) || inThisCommit.has(batch.seq)) continue;
      inThisCommit.add(receiptOf(batch));
      fresh.push(batch);
    }
    const duplicates = batches.length - fresh.length;
    if (fresh.length === 0) return { samples: 0, duplicates, late: [] };

    const late: Committed['late'] = [];
    const newest = new Map<string, number>();
    let samples = 0;
    for (const { series, index, time } of fresh) {
      samples += index.length;
      const names = series.map(seriesName);
      for (let row = 0; row < index.length; row++) {
        const name = names[index[row] as number] as string;
        const before = newest.get(name) ?? this.#newest.get(name) ?? never;
        const at = time[row] as number;
        if (at > before) newest.set(name, at);
        else late.push({ ...(series[index[row] as number] as SeriesKey), time: at });
      }
    }
    const isNew = (name: string, time: number) =>
      this.#shared === undefined && time > (this.#newest.get(name) ?? never);
    const refused = await this.#readings.write(fresh, isNew);
    for (const { batch, reason } of refusedBatches(refused)) refuse(batch, this.#refusal(reason));
    for (const { batch, row } of refused) {
      // Slots were told of them with the rest: they are made again without them.
      late.push({ ...(batch.series[batch.index[row] as number] as SeriesKey), time: batch.time[row] as number });
    }
    const told = fresh.filter(({ lost }) => lost.length > 0);
    await this.#put(told.map(({ gateway, epoch, seq, lost }) => lossLine(this.#site, gateway, epoch, seq, lost)));
    await this.#tellChanges(fresh);
    await this.#record(taken);
    for (const [name, time] of newest) this.#newest.set(name, time);
    return { samples: samples - refused.length, duplicates, late };
  }

  /** Before the receipts: a change that is told twice is made again twice, one that nobody is told of never. */
  async #tellChanges(batches: readonly Batch[]): Promise<void> {
    if (this.#shared === undefined) return;
    const { name, now } = this.#shared;
    const lines: string[] = [];
    for (const [gateway, some] of Map.groupBy(batches, (batch) => batch.gateway)) {
      for (const [from, to] of stretchesOf(some.flatMap(({ time }) => time))) {
        this.#lastChange = Math.max(now(), this.#lastChange + 1); // one point each
        lines.push(changeLine(this.#site, gateway, name, { at: this.#lastChange, from, to }));
      }
    }
    await this.#put(lines);
  }

  async changesSince(at: number): Promise<Change[]> {
    const [tables = []] = await this.#client.query([
      `SELECT "from", "to" FROM changes WHERE ${this.#ofSite} AND ${within(Math.max(0, at), Number.MAX_SAFE_INTEGER)} GROUP BY gateway, worker`,
    ]);
    return tables.flatMap(changesIn);
  }

  async seriesIn(gateway: string, { start, end }: Period): Promise<SeriesKey[]> {
    const [tables = []] = await this.#client.query([
      `SELECT last(q) FROM telemetry WHERE ${this.#ofSite} AND gateway = ${literal(gateway)} AND ${within(start, end)} GROUP BY meter, point`,
    ]);
    return tables.map(keyOf);
  }

  async followed(): Promise<number> {
    const [tables = []] = await this.#client.query([`SELECT at FROM followed WHERE ${this.#ofSite}`]);
    return Number(tables[0]?.rows[0]?.[1] ?? 0);
  }

  async setFollowed(at: number): Promise<void> {
    await this.#put([followedLine(this.#site, at)]);
    await this.#client.query([`DELETE FROM changes WHERE ${this.#ofSite} AND time < ${at - day}ms`]);
  }

  /** Last of all: until then the batches come again, and are written over themselves. */
  async #record(taken: ReadonlyMap<string, ReceiptSet>): Promise<void> {
    const grown = [...taken].map(([run, { ranges }]) => {
      const set = new ReceiptSet();
      for (const range of this.#receipts.get(run)?.ranges ?? []) set.add(range);
      return { run, set, ranges: ranges.map((range) => set.add(range)) };
    });
    await this.#put(grown.flatMap(({ run, ranges }) => ranges.map((range) => this.#receiptLine(run, range))));
    for (const { run, set } of grown) this.#receipts.set(run, set);
  }

  #receiptLine(run: string, range: ReceivedRange): string {
    const { gateway, epoch } = parseRun(run);
    return receiptLine(this.#site, gateway, epoch, range);
  }

  async receipts(): Promise<Receipts[]> {
    const [tables = []] = await this.#client.query([
      `SELECT last, oldest, newest FROM receipts WHERE ${this.#ofSite} GROUP BY gateway, epoch`,
    ]);
    for (const table of tables) {
      const set = setOf(this.#receipts, `${table.tags.gateway}/${table.tags.epoch}`);
      for (const range of receiptsIn(table)) set.add(range);
    }
    return [...this.#receipts].map(([run, set]) => ({ ...parseRun(run), ranges: [...set.ranges] }));
  }

  /** Ranges that have grown together leave the points of those that they took in: these go. */
  async #tidyReceipts(): Promise<void> {
    const [tables = []] = await this.#client.query([
      `SELECT last FROM receipts WHERE ${this.#ofSite} GROUP BY gateway, epoch`,
    ]);
    for (const { tags, rows } of tables) {
      const run = `${tags.gateway}/${tags.epoch}`;
      const { ranges } = setOf(this.#receipts, run);
      if (rows.length === ranges.length) continue;
      await this.#put(ranges.map((range) => this.#receiptLine(run, range)));
      const place = `${this.#ofSite} AND gateway = ${literal(tags.gateway ?? '')} AND epoch = ${literal(tags.epoch ?? '')}`;
      await this.#client.query(
        ranges
          .filter(({ first, last }) => last > first)
          .map(({ first, last }) => `DELETE FROM receipts WHERE ${place} AND time > ${first}ms AND time <= ${last}ms`),
      );
    }
  }

  async losses(): Promise<LossRecord[]> {
    const [tables = []] = await this.#client.query([
      `SELECT lost FROM losses WHERE ${this.#ofSite} GROUP BY gateway, epoch`,
    ]);
    const told = tables
      .flatMap(({ tags: { gateway = '', epoch }, rows }) =>
        rows.flatMap(([seq, lost]) =>
          (JSON.parse(String(lost)) as Loss[]).map((loss) => ({
            gateway,
            epoch: Number(epoch),
            seq: Number(seq),
            ...loss,
          })),
        ),
      )
      .sort((a, b) => a.from - b.from);
    return lossesBeside(await this.receipts(), told);
  }

  async takeOver(receipts: readonly Receipts[], losses: readonly LossRecord[]): Promise<void> {
    const told = Map.groupBy(losses, ({ gateway, epoch, seq }) => JSON.stringify([gateway, epoch, seq]));
    const lines = [...told.values()].map((records) => {
      const { gateway, epoch, seq } = records[0] as LossRecord;
      const lost = records.map(({ gateway: _, epoch: _of, seq: _in, ...loss }) => loss);
      return lossLine(this.#site, gateway, epoch, seq, lost);
    });
    await this.#put(lines);
    await this.#client.query([`DELETE FROM receipts WHERE ${this.#ofSite}`]);
    this.#receipts.clear();
    for (const { ranges, ...run } of receipts) for (const range of ranges) setOf(this.#receipts, runOf(run)).add(range);
    await this.#put(
      receipts.flatMap(({ ranges, ...run }) => ranges.map((range) => this.#receiptLine(runOf(run), range))),
    );
  }

  async putFacts(facts: readonly SeriesFacts[]): Promise<void> {
    const changed = facts.filter((fact) => this.#facts.get(seriesName(fact)) !== canonicalJson(fact));
    await this.#put(changed.map((fact) => factsLine(this.#site, fact)));
    for (const fact of changed) this.#facts.set(seriesName(fact), canonicalJson(fact));
  }

  async facts(): Promise<SeriesFacts[]> {
    const [tables = []] = await this.#client.query([`SELECT facts FROM registry WHERE ${this.#ofSite}`]);
    return tables.flatMap(factsIn);
  }

  latest(): Promise<Sample[]> {
    return this.#readings.latest();
  }

  samples(key: SeriesKey, period: Period, around: Around = 'none'): Promise<SampleColumns> {
    return this.#readings.samples(key, period, around);
  }

  /**
   * In several requests, of which the last may not come through. The newest quarter of a series tells the next start from where
   * slots are to be made again: so the days go first, and the quarters last.
   */
  async putSlots(writes: readonly SlotWrite[]): Promise<void> {
    const lines = (['day', 'hour', 'quarter'] as const).flatMap((resolution) =>
      writes
        .filter((write) => write.resolution === resolution)
        .flatMap(({ key, slots }) => slots.map((slot) => slotLine(this.#site, key, resolution, slot))),
    );
    await this.#put(lines);
  }

  async slots(keys: readonly SeriesKey[], resolution: Resolution, { start, end }: Period): Promise<Slot[][]> {
    const found = new Map<string, Slot[]>();
    for (let from = 0; from < keys.length; from += seriesAtOnce) {
      const [tables = []] = await this.#client.query([
        `SELECT ${slotFields} FROM slots WHERE ${this.#ofSite} AND resolution = ${literal(resolution)}
           AND ${whereSeries(keys.slice(from, from + seriesAtOnce))} AND ${within(start, end)} GROUP BY meter, point`,
      ]);
      for (const table of tables)
        found.set(
          seriesName(keyOf(table)),
          slotsIn(table).filter((slot) => !isEmpty(slot)),
        );
    }
    return keys.map((key) => found.get(seriesName(key)) ?? []);
  }

  async newestSlots(): Promise<(SeriesKey & { start: number })[]> {
    const [tables = []] = await this.#client.query([
      `SELECT covered FROM slots WHERE ${this.#ofSite} AND resolution = 'quarter' GROUP BY meter, point ORDER BY time DESC LIMIT 1`,
    ]);
    return tables.map((table) => ({ ...keyOf(table), start: table.rows[0]?.[0] as number }));
  }

  async close(): Promise<void> {
    // Nothing stays open between two requests.
  }

  #refusal(reason: string): Fault {
    const { place } = this.#client;
    return new Fault('store_refuses', {
      zh: `InfluxDB（${place}）拒绝写入：${reason}`,
      en: `InfluxDB (${place}) refuses to store: ${reason}`,
    });
  }

  /** What is ours and not a gateway's: a database that refuses it has another idea of its fields. */
  async #put(lines: readonly string[]): Promise<void> {
    const [refused] = await this.#client.write(lines);
    if (refused !== undefined) throw this.#refusal(`${refused.reason}: ${lines[refused.index]}`);
  }
}

const cannotRefuse: RefuseReadings = (_, reason) => {
  throw reason;
};

/** Readings that are refused for the same reason, as batches of the same numbers as those that they came in. */
function refusedBatches(refused: readonly RefusedReading[]): { batch: Batch; reason: string }[] {
  const groups = Map.groupBy(refused, ({ batch: { gateway, epoch, seq }, reason }) =>
    JSON.stringify([gateway, epoch, seq, reason]),
  );
  return [...groups.values()].map((group) => {
    const { batch, reason } = group[0] as RefusedReading;
    return {
      batch: rowsOf(
        batch,
        group.map(({ row }) => row),
      ),
      reason,
    };
  });
}

const runOf = ({ gateway, epoch }: { gateway: string; epoch: number }): string => `${gateway}/${epoch}`;

function parseRun(run: string): { gateway: string; epoch: number } {
  const [gateway = '', epoch] = run.split('/');
  return { gateway, epoch: Number(epoch) };
}

function setOf(sets: Map<string, ReceiptSet>, run: string): ReceiptSet {
  const set = sets.get(run) ?? new ReceiptSet();
  sets.set(run, set);
  return set;
}
