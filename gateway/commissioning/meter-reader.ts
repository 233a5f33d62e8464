// Owns reading DL/T 645 and CJ/T 188 meters by hand: their address where it is not given, and the bytes behind each value.
import type { Clock } from '../../core/clock.ts';
import { qualityOf } from '../../core/quality.ts';
import { Cjt188Bus, readCjt188Address } from '../cjt188/bus.ts';
import { cjt188Source } from '../cjt188/cjt188-source.ts';
import { Dlt645Bus, readDlt645Address } from '../dlt645/bus.ts';
import { dlt645Source } from '../dlt645/dlt645-source.ts';
import type { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { Memory } from '../memory.ts';
import { type PolledSource, pollClasses } from '../source.ts';
import type { Cjt188Template, Dlt645Template } from '../template.ts';
import type { DeviceReader, LivePoint } from './reader.ts';

export type MeterTarget = {
  line: Line;
  /** As printed on the meter; without it, that of the only meter on the line. */
  address: string | undefined;
  timeout: number;
  clock: Clock;
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1 ');

export function dlt645Reader(template: Dlt645Template, { line, address, timeout, clock }: MeterTarget): DeviceReader {
  const bus = new OverheardDlt645(line, timeout);
  const open = async () =>
    dlt645Source({ ...named(address ?? (await readDlt645Address(line, timeout))), clock, template, bus });
  const pieces = new Map(
    template.points.map(({ point, di, block, digits }) => {
      const raw = () => bus.heard.get(di) ?? cut(bus.heard.get(block?.di ?? ''), block?.offset ?? 0, digits / 2);
      return [point, { place: di, raw }] as const;
    }),
  );
  return new SourceReader(open, template, pieces, () => bus.heard.clear());
}

export function cjt188Reader(template: Cjt188Template, { line, address, timeout, clock }: MeterTarget): DeviceReader {
  const bus = new OverheardCjt188(line, timeout);
  const open = async () =>
    cjt188Source({ ...named(address ?? (await readCjt188Address(line, timeout)).address), clock, template, bus });
  const pieces = new Map(
    template.points.map(({ point, offset, bytes }) => [
      point,
      { place: `${template.di}+${offset}`, raw: () => cut(bus.heard, offset, bytes) },
    ]),
  );
  return new SourceReader(open, template, pieces, () => {
    bus.heard = undefined;
  });
}

const named = (address: string) => ({ meter: address, address: address.toUpperCase(), memory: new Memory() });

const cut = (data: Buffer | undefined, offset: number, length: number): Buffer | undefined =>
  data?.subarray(offset, offset + length);

class OverheardDlt645 extends Dlt645Bus {
  readonly heard = new Map<string, Buffer>();

  override async read(address: string, di: string, timeout?: number): Promise<Buffer> {
    const data = await super.read(address, di, timeout);
    this.heard.set(di, data);
    return data;
  }
}

class OverheardCjt188 extends Cjt188Bus {
  heard: Buffer | undefined;

  override async read(type: string, address: string, di: string, timeout?: number): Promise<Buffer> {
    this.heard = await super.read(type, address, di, timeout);
    return this.heard;
  }
}

type Pieces = ReadonlyMap<string, { place: string; raw: () => Buffer | undefined }>;

class SourceReader implements DeviceReader {
  readonly #open: () => Promise<PolledSource>;
  readonly #template: Dlt645Template | Cjt188Template;
  readonly #pieces: Pieces;
  readonly #forget: () => void;
  #source: PolledSource | undefined;

  constructor(
    open: () => Promise<PolledSource>,
    template: Dlt645Template | Cjt188Template,
    pieces: Pieces,
    forget: () => void,
  ) {
    this.#open = open;
    this.#template = template;
    this.#pieces = pieces;
    this.#forget = forget;
  }

  get address(): string | undefined {
    return this.#source?.meter;
  }

  async read(): Promise<LivePoint[]> {
    this.#source ??= await this.#open();
    this.#forget();
    const samples = [];
    for (const pollClass of pollClasses) samples.push(...(await this.#source.read(pollClass)));
    const { fault } = this.#source;
    if (fault instanceof LineFault) throw fault;
    // A value that was doubted and asked again comes twice: the last one counts.
    const latest = new Map(samples.map((sample) => [sample.point, sample]));
    const unverified = new Map(this.#template.points.map((point) => [point.point, point.unverified]));
    return [...this.#template.points, ...this.#template.derived].flatMap(({ point }) => {
      const sample = latest.get(point);
      if (sample === undefined) return [];
      const { place = '', raw } = this.#pieces.get(point) ?? {};
      const bytes = raw?.();
      return {
        ...{ point, value: sample.value, quality: qualityOf(sample.quality) ?? 'bad_decode', place },
        raw: bytes && hex(bytes),
        unverified: (unverified.get(point) ?? false) || this.#template.unverified,
      };
    });
  }
}

export type FoundMeter =
  | { protocol: 'dlt645' | 'cjt188'; address: string }
  | { protocol: 'dlt645' | 'cjt188'; crowd: true };

/** Asks for the address that every meter of these protocols answers to: one meter tells it, several speak at once. */
export async function findMeters(line: Line, timeout: number): Promise<FoundMeter[]> {
  const asks = {
    dlt645: () => readDlt645Address(line, timeout),
    cjt188: async () => (await readCjt188Address(line, timeout)).address,
  };
  const found: FoundMeter[] = [];
  for (const protocol of ['dlt645', 'cjt188'] as const) {
    try {
      found.push({ protocol, address: await asks[protocol]() });
    } catch (error) {
      if (!(error instanceof LineFault) || error.failure === 'refused') throw error;
      if (error.failure === 'framing') found.push({ protocol, crowd: true });
    }
  }
  return found;
}
