// Owns gathering readings into batches: by time so that they are fresh, by number so that messages stay small, counters apart from states.
import { randomUUID } from 'node:crypto';
import { decodeBatch, encodeBatch } from '../core/batch-codec.ts';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import { points, toSteps } from '../core/points.ts';
import { qualityCode } from '../core/quality.ts';
import { BatchBuilder, type Loss, type Sample, SeriesPlaces } from '../core/sample.ts';
import { addUp } from './loss-sums.ts';
import type { Content, EncodeLosses, Kind, Spool } from './spool.ts';
import type { SpoolBounds } from './spool-bounds.ts';
import type { SteadyClock, Unset } from './steady-clock.ts';

export type BatcherOptions = {
  gateway: string;
  spool: Pick<Spool, 'append' | 'together' | 'appendLosses' | 'hold' | 'release' | 'giveUpUndated'>;
  bounds: Pick<SpoolBounds, 'keep' | 'makeRoom'>;
  clock: SteadyClock;
  log: Log;
  /** Called when a batch is safely in the spool. */
  onSpooled: () => void;
  every?: number;
  most?: number;
};

type Lane = { kind: Kind; builder: BatchBuilder };

/** Batches that become durable at once: making them so costs more than the batches. */
const commitSize = 16;

/** Batches that wait in memory while the disk takes nothing: a minute of a large plant. */
const mostWaiting = 200;

const good = qualityCode('good');
const clockInDoubt = qualityCode('uncertain_clock');
const impossible = qualityCode('bad_range');

/** One value that nobody can store would keep its whole batch out of the store: registers of a torn float hold 10^38. */
const isCountable = ({ value, point }: Sample): boolean =>
  value === null || Number.isSafeInteger(toSteps(value, point));

export const encodeLosses =
  (gateway: string): EncodeLosses =>
  (epoch, seq, lost) =>
    encodeBatch({ ...new BatchBuilder().build(gateway, epoch, seq), lost });

export class Batcher {
  readonly #options: Required<BatcherOptions>;
  readonly #boot = randomUUID();
  readonly #places = { states: new SeriesPlaces(), counters: new SeriesPlaces() };
  #lanes = { states: new BatchBuilder(this.#places.states), counters: new BatchBuilder(this.#places.counters) };
  /** What the disk did not take. */
  #waiting: Lane[] = [];
  #unrecorded: Loss[] = [];
  /** Set from the moment in which the clock was set until what was held is dated. */
  #undated: Unset | undefined;
  #trouble: string | undefined;

  constructor(options: BatcherOptions) {
    this.#options = { every: 250, most: 500, ...options };
    const { spool, clock, gateway, log } = this.#options;
    for (const loss of spool.giveUpUndated(this.#boot, encodeLosses(gateway)))
      log.error({ event: 'readings_undated', ...loss }, 'readings given up: their time is not known');
    clock.onSet = (unset) => {
      log.warn({ event: 'clock_set', ...unset }, 'the clock was set: readings taken before are dated anew');
      for (const { builder } of [...this.#waiting, ...this.#openLanes()])
        builder.redate(redater(unset), good, clockInDoubt);
      this.#undated = unset;
    };
  }

  add(samples: readonly Sample[]): void {
    const doubtful = samples.length > 0 && this.#options.clock.isDoubtful;
    for (const given of samples) {
      const sample = isCountable(given) ? given : { ...given, value: null, quality: impossible };
      const kind = points[sample.point].kind === 'counter' ? 'counters' : 'states';
      const builder = this.#lanes[kind];
      builder.add(doubtful && sample.quality === good ? { ...sample, quality: clockInDoubt } : sample);
      if (builder.size >= this.#options.most) this.#close(kind);
    }
    if (this.#waiting.length >= commitSize) this.#write();
  }

  flush(): void {
    this.#close('counters');
    this.#close('states');
    this.#write();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(this.#options.every, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      this.flush();
    }
  }

  #close(kind: 'states' | 'counters'): void {
    const builder = this.#lanes[kind];
    if (builder.size === 0) return;
    this.#waiting.push({ kind, builder });
    this.#lanes[kind] = new BatchBuilder(this.#places[kind]);
  }

  /** What cannot be written waits; what cannot wait is counted, and told when writing works again. */
  #write(): void {
    const { spool, bounds, onSpooled } = this.#options;
    let wrote = false;
    try {
      this.#recordLosses();
      this.#dateHeld();
      while (this.#waiting.length > 0) {
        const commit = this.#waiting.slice(0, commitSize);
        spool.together(() => {
          for (const lane of commit) this.#spool(lane);
        });
        this.#waiting.splice(0, commit.length); // only now: what could not be spooled is not forgotten
        wrote = true;
      }
      if (wrote) bounds.keep();
      this.#tell(undefined);
    } catch (error) {
      this.#boundMemory();
      this.#tell(this.#makeRoom() ?? messageOf(error));
    }
    if (wrote) onSpooled();
  }

  #spool({ kind, builder }: Lane): void {
    const { spool, gateway, clock } = this.#options;
    const encode = (epoch: number, seq: number) => encodeBatch(builder.build(gateway, epoch, seq));
    if (clock.isSet) spool.append(contentOf(kind, builder), encode);
    else spool.hold(this.#boot, contentOf(kind, builder), encode(0, 0));
  }

  /** Gives the reason why it could not. */
  #makeRoom(): string | undefined {
    try {
      this.#options.bounds.makeRoom();
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #tell(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    const { log } = this.#options;
    if (trouble === undefined) log.info({ event: 'spool_works' }, 'the spool takes readings again');
    else log.error({ event: 'spool_failed', reason: trouble }, 'the spool takes nothing: readings wait in memory');
    this.#trouble = trouble;
  }

  #boundMemory(): void {
    while (this.#waiting.length > mostWaiting) {
      const oldest = this.#waiting.findIndex(({ kind }) => kind === 'states');
      const [lane] = this.#waiting.splice(Math.max(0, oldest), 1);
      if (lane === undefined) return;
      const { kind, readings, from, to } = contentOf(lane.kind, lane.builder);
      const loss: Loss = {
        reason: 'disk_full',
        kind: kind === 'counters' ? 'counters' : 'states',
        readings,
        from,
        to,
        batches: null,
      };
      this.#unrecorded = addUp([...this.#unrecorded, loss]);
    }
  }

  #recordLosses(): void {
    if (this.#unrecorded.length === 0) return;
    this.#options.spool.appendLosses(this.#unrecorded, encodeLosses(this.#options.gateway));
    this.#unrecorded = [];
  }

  /** What was held while the clock was not set gets its right time, and the mark that it was found afterwards. */
  #dateHeld(): void {
    const { spool, gateway } = this.#options;
    const unset = this.#undated;
    if (unset === undefined) return;
    spool.release(this.#boot, (payload) => {
      const held = decodeBatch(payload);
      const builder = BatchBuilder.of(held);
      builder.redate(redater(unset), good, clockInDoubt);
      const isCounter = held.series.some(({ point }) => points[point].kind === 'counter');
      return {
        content: contentOf(isCounter ? 'counters' : 'states', builder),
        encode: (epoch, seq) => encodeBatch(builder.build(gateway, epoch, seq)),
      };
    });
    this.#undated = undefined;
  }

  #openLanes(): Lane[] {
    return Object.entries(this.#lanes).map(([kind, builder]) => ({ kind: kind as Kind, builder }));
  }
}

const redater =
  ({ from, to, shift }: Unset) =>
  (time: number): number =>
    time >= from && time <= to ? time + shift : time;

function contentOf(kind: Kind, builder: BatchBuilder): Content {
  return { kind, readings: builder.size, ...builder.span() };
}
