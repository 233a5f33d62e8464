// Owns one meter that publishes JSON to somebody else's broker: what it says, that it says nothing, and what is wrong with it.
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import type { PointId } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import type { Sample, SeriesFacts } from '../../core/sample.ts';
import type { PushedSource } from '../source.ts';
import type { ForeignBroker } from './foreign-broker.ts';
import { type Mapping, type Trouble, troubles, type Understood, understand } from './message.ts';

export type JsonMeter = Mapping & {
  meter: string;
  topic: string;
  broker: ForeignBroker;
  /** Without a message for so long, nothing is known. */
  patience: number;
  clock: Clock;
  log: Log;
};

const tick = 1_000;

export class MqttJsonSource implements PushedSource {
  readonly meter: string;
  fault: Fault | undefined;
  /** Messages, and what was wrong with them. */
  readonly counts: Record<'messages' | Trouble, number>;
  readonly #device: JsonMeter;
  /** The newest reading of each point. */
  readonly #last = new Map<PointId, { time: number; value: number | null }>();
  readonly #told = new Set<Trouble>();
  #heardAt = 0;

  constructor(device: JsonMeter) {
    this.meter = device.meter;
    this.#device = device;
    this.counts = Object.fromEntries(['messages', ...troubles].map((name) => [name, 0])) as typeof this.counts;
  }

  facts(): SeriesFacts[] {
    const { fields, topic, broker } = this.#device;
    return fields.map(({ point, path }) => ({
      meter: this.meter,
      point,
      template: 'mqtt-json',
      modulus: null,
      maxPerHour: null,
      installations: [],
      source: `${broker.endpoint} ${topic} ${path}`,
    }));
  }

  async follow(deliver: (samples: readonly Sample[]) => void, signal: AbortSignal): Promise<void> {
    const { broker, topic, clock, patience } = this.#device;
    const lose = (fault: Fault, quality: Quality) => {
      this.fault = fault;
      deliver(this.#nothing(quality));
    };
    this.#heardAt = clock.monotonic();
    const leave = broker.listen(topic, {
      hear: (payload, retained) => deliver(this.#read(payload, retained)),
      lose: (fault) => lose(fault, 'bad_connection'),
    });
    try {
      while (!signal.aborted) {
        await clock.sleep(tick, signal).catch((error) => {
          if (!signal.aborted) throw error;
        });
        const isSilent = clock.monotonic() - this.#heardAt > patience;
        if (isSilent && this.fault === undefined && !signal.aborted) lose(silent(this.#device), 'bad_timeout');
      }
    } finally {
      leave();
    }
  }

  #read(payload: Uint8Array, retained: boolean): Sample[] {
    const { clock } = this.#device;
    this.counts.messages++;
    const now = clock.now();
    const understood = understand(payload, this.#device, now);
    // What the broker kept for us may be a year old: without a time of its own it is no reading.
    if (retained && understood.time === undefined) {
      this.#tell({ ...understood, troubles: [{ trouble: 'retained', where: '' }] });
      return [];
    }
    this.#tell(understood);
    this.fault = undefined;
    this.#heardAt = clock.monotonic();
    return understood.readings.flatMap(({ point, value, quality }) => {
      const last = this.#last.get(point);
      // Sent again because the broker was not sure that we had it.
      if (understood.time !== undefined && last?.time === understood.time && last.value === value) return [];
      const time = understood.time ?? Math.max(now, (last?.time ?? 0) + 1);
      if (last === undefined || time > last.time) this.#last.set(point, { time, value });
      return [{ meter: this.meter, point, time, value, quality: qualityCode(quality) }];
    });
  }

  #nothing(quality: Quality): Sample[] {
    const now = this.#device.clock.now();
    return this.#device.fields.map(({ point }) => {
      const time = Math.max(now, (this.#last.get(point)?.time ?? 0) + 1);
      this.#last.set(point, { time, value: null });
      return { meter: this.meter, point, time, value: null, quality: qualityCode(quality) };
    });
  }

  /** Each kind once: a device that is wrong is wrong in every message. */
  #tell({ troubles }: Understood): void {
    const { log, topic } = this.#device;
    for (const { trouble, where } of troubles) {
      this.counts[trouble]++;
      if (this.#told.has(trouble)) continue;
      this.#told.add(trouble);
      log.warn({ event: 'message_wrong', meter: this.meter, topic, trouble, path: where }, words[trouble]);
    }
  }
}

const words: Record<Trouble, string> = {
  too_large: 'a message is too large to be a reading',
  bad_json: 'a message is not JSON',
  missing_field: 'a message has no such field: check fields in site.yaml',
  wrong_type: 'a field is not a number: check fields in site.yaml',
  bad_time: 'a time is missing, has no zone, or cannot be: readings are dated by their arrival',
  retained: 'a message that the broker kept has no time of its own: it is no reading',
};

const silent = ({ topic, broker, patience }: JsonMeter): Fault => {
  const seconds = Math.round(patience / 1_000);
  return new Fault(
    'mqtt_silent',
    {
      zh: `${broker.endpoint}：主题 ${topic} 已 ${seconds} 秒没有消息；请检查设备和主题名`,
      en: `${broker.endpoint}: nothing on ${topic} for ${seconds} s: check the device and the topic's name`,
    },
    { retry: true },
  );
};
