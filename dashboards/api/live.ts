// Owns the live picture: follows the readings on the broker, and sends each page one frame a second.
import type { Response } from 'express';
import { decodeBatch } from '../../core/batch-codec.ts';
import { type BrokerAddress, BrokerLink } from '../../core/broker-link.ts';
import type { Clock } from '../../core/clock.ts';
import { metersIn } from '../../core/config/roles.ts';
import type { Site } from '../../core/config/site.ts';
import type { ConnectionConfig } from '../../core/config/site-schema.ts';
import type { Log } from '../../core/log.ts';
import type { PointId } from '../../core/points.ts';
import { levelOf } from '../../core/quality.ts';
import type { Sample } from '../../core/sample.ts';
import { isSoundTime } from '../../core/sound-time.ts';
import { parseReading, parseState, parseTopic, type State, topicOf } from '../../core/wire.ts';
import { carbonRate, type RateFactors } from '../../scoring/carbon-rate.ts';
import type { AlarmTally } from '../alarms/answers.ts';
import type { LiveFrame, LiveReading } from '../live-frame.ts';
import { EventStream } from './event-stream.ts';

/** A state that was not confirmed for three polls is no longer the state of the plant. */
const pollsUntilStale = 3;

const tellsChanges = ({ protocol, opcua }: ConnectionConfig): boolean =>
  protocol === 'mqtt-json' || (protocol === 'opcua' && opcua.mode === 'subscribe');

export function staleAfter(site: Site, meter: string): number {
  const connection = site.meters.find(({ id }) => id === meter)?.connection;
  const found = site.gateways.flatMap(({ connections }) => connections).find(({ id }) => id === connection);
  // With a deadband, or where the source tells changes, a state that does not move is heard of by its heartbeat only.
  const isQuiet = found !== undefined && (Object.keys(found.deadband).length > 0 || tellsChanges(found));
  const silence = isQuiet ? found.heartbeat : 0;
  // Half a second for the gateway's batches, and one for the frame.
  return pollsUntilStale * (found?.poll.fast ?? 5_000) + silence + 1_500;
}

export type LiveOptions = {
  site: Site;
  broker: BrokerAddress;
  latest: readonly Sample[];
  factors: RateFactors;
  clock: Clock;
  log: Log;
};

export class Live {
  readonly #options: LiveOptions;
  readonly #link: BrokerLink;
  readonly #readings = new Map<string, Map<PointId, LiveReading>>();
  readonly #staleAfter: Map<string, number>;
  /** What each gateway last said of itself; its broker says `offline` for one that died. */
  readonly states = new Map<string, Pick<State, 'state' | 'at'>>();
  /** Set by the alarms, which watch these readings. */
  alarms: (now: number) => AlarmTally = () => ({ open: 0, fresh: 0, critical: 0, change: 0 });
  readonly #stream = new EventStream();
  readonly #timer: NodeJS.Timeout;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { site, broker, latest, clock, log } = options;
    this.#staleAfter = new Map(site.meters.map(({ id }) => [id, staleAfter(site, id)]));
    for (const sample of latest) this.#take(sample);
    this.#link = new BrokerLink({
      broker,
      clientId: `${site.site}-dashboards-${process.pid}`,
      subscribe: (['data', 'reading', 'state'] as const).map((channel) => topicOf(site.site, '+', channel)),
      onMessage: (topic, payload) => {
        const parsed = parseTopic(topic);
        if (parsed?.channel === 'data') this.#follow(payload);
        if (parsed?.channel === 'reading') this.#hear(parseReading(payload, clock.now()));
        if (parsed?.channel === 'state') {
          const { state, at } = parseState(payload);
          this.states.set(parsed.gateway, { state, at });
        }
      },
      clock,
      log,
    });
    this.#timer = setInterval(() => {
      if (this.#stream.isFollowed) this.#push();
    }, 1_000);
  }

  /** Keeps the response open as a stream of server-sent events. */
  open(response: Response, lastId: string | undefined, stillMay: () => boolean): void {
    if (!this.#stream.isFollowed) this.#push();
    this.#stream.open(response, lastId, stillMay);
  }

  frame(): LiveFrame {
    const now = this.#options.clock.now();
    const freshValue = (meter: string, point: PointId): number | null => {
      const reading = this.#readings.get(meter)?.get(point);
      const fresh = reading !== undefined && now - reading.time <= (this.#staleAfter.get(meter) ?? 0);
      return fresh && levelOf(reading.quality) !== 'bad' ? reading.value : null;
    };
    const powerOf = (role: 'grid_import' | 'generation'): number | null => {
      const values = metersIn(this.#options.site.meters, role).map(({ id }) => freshValue(id, 'power'));
      return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    };
    const [grid, generation] = [powerOf('grid_import'), powerOf('generation')];
    return {
      now,
      meters: Object.fromEntries([...this.#readings].map(([meter, points]) => [meter, Object.fromEntries(points)])),
      consumption: grid === null || generation === null ? null : grid + generation,
      grid,
      generation,
      carbon: carbonRate(this.#options.site, this.#options.factors, freshValue),
      alarms: this.alarms(now),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stream.close();
    await this.#link.close();
  }

  #follow(payload: Uint8Array): void {
    const { series, index, time, value, quality } = decodeBatch(payload);
    for (let row = 0; row < index.length; row++) {
      const key = series[index[row] as number];
      if (key === undefined) continue;
      this.#hear({
        ...key,
        time: time[row] as number,
        value: value[row] as number | null,
        quality: quality[row] as number,
      });
    }
  }

  /** What ingest keeps apart for its time is not shown: one from the future would stay the newest for as long. */
  #hear(sample: Sample): void {
    if (isSoundTime(sample.time, this.#options.clock.now())) this.#take(sample);
  }

  /** Late readings are history: the newest stays the newest. */
  #take({ meter, point, time, value, quality }: Sample): void {
    if (!this.#staleAfter.has(meter)) return;
    const points = this.#readings.get(meter) ?? new Map<PointId, LiveReading>();
    this.#readings.set(meter, points);
    if ((points.get(point)?.time ?? 0) <= time) points.set(point, { value, quality, time });
  }

  #push(): void {
    const frame = this.frame();
    this.#stream.push('frame', frame.now, frame);
  }
}
