// Owns reading one meter's nodes from an OPC UA server: source time and status code are kept.
import type { DataValue } from 'node-opcua-client';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { type PointId, points, quantise } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import type { Sample, SeriesFacts } from '../../core/sample.ts';
import type { PollClass, PolledSource } from '../source.ts';
import type { OpcuaConnection } from './connection.ts';

export type OpcuaMeter = {
  meter: string;
  nodes: Partial<Record<PointId, string>>;
  connection: OpcuaConnection;
  clock: Clock;
};

/** OPC UA part 4 §7.39: the two top bits are the severity. */
const severityOf = (statusCode: number): Quality =>
  (['good', 'uncertain_source', 'bad_source', 'bad_source'] as const)[statusCode >>> 30] ?? 'bad_source';

export class OpcuaSource implements PolledSource {
  readonly meter: string;
  fault: Fault | undefined;
  readonly #device: OpcuaMeter;
  readonly #lastTime = new Map<PointId, number>();

  constructor(device: OpcuaMeter) {
    this.meter = device.meter;
    this.#device = device;
  }

  facts(): SeriesFacts[] {
    return Object.entries(this.#device.nodes).map(([point, node]) => ({
      meter: this.meter,
      point: point as PointId,
      template: 'opcua',
      modulus: null,
      maxPerHour: null,
      installations: [],
      source: `${this.#device.connection.endpoint} ${node}`,
    }));
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    const { nodes, connection, clock } = this.#device;
    const due = (Object.keys(nodes) as PointId[]).filter(
      (point) => (points[point].kind === 'counter') === (pollClass === 'slow'),
    );
    if (due.length === 0) return [];
    try {
      const values = await connection.read(due.map((point) => nodes[point] as string));
      this.fault = undefined;
      return due.map((point, index) => this.#sampleOf(point, values[index]));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.fault = error;
      const quality = qualityCode('bad_connection');
      return due.map((point) => ({ meter: this.meter, point, time: clock.now(), value: null, quality }));
    }
  }

  #sampleOf(point: PointId, answer: DataValue | undefined): Sample {
    const time = this.#timeOf(point, answer);
    const sample = (value: number | null, quality: Quality): Sample => ({
      meter: this.meter,
      point,
      time,
      value,
      quality: qualityCode(quality),
    });
    const severity = severityOf(answer?.statusCode.value ?? 0x80000000);
    if (severity === 'bad_source') return sample(null, severity);
    const value = numberOf(answer?.value.value);
    return value === undefined ? sample(null, 'bad_decode') : sample(quantise(value, point), severity);
  }

  /** The source's time; a value that has not changed since is current as of the server's time, and only then a new reading. */
  #timeOf(point: PointId, answer: DataValue | undefined): number {
    const source = answer?.sourceTimestamp?.getTime();
    const server = answer?.serverTimestamp?.getTime();
    const last = this.#lastTime.get(point) ?? 0;
    const time = [source, server].find((stamp) => stamp !== undefined && stamp > last) ?? this.#device.clock.now();
    this.#lastTime.set(point, time);
    return time;
  }
}

/** 64-bit integers come as [high, low]. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value) && value.length === 2) return Number(value[0]) * 2 ** 32 + Number(value[1]);
  return undefined;
}
