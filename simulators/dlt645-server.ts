// Owns simulated DL/T 645-2007 meters on a bus: the identifiers of a template, filled from the plant at the moment they are asked for.
import { points as catalogue } from '../core/points.ts';
import { convert } from '../core/units.ts';
import type { Dlt645Template, IdentifierPoint } from '../gateway/template.ts';
import type { Answering } from './answering.ts';
import { type Listener, writePieces } from './bus-server.ts';
import { backwards, closed, decimalBytes, isMeant } from './decimals.ts';
import { countedOrRounded, type Readout, type Shown, shownValue } from './device.ts';
import type { ActiveFaults } from './faults.ts';

export class IdentifierMeter {
  readonly #template: Dlt645Template;
  readonly #read: Readout;
  readonly #ratios: { ct: number; vt: number };

  /** Behind transformers a meter shows what it sees: secondary values. */
  constructor(template: Dlt645Template, read: Readout, ratios = { ct: 1, vt: 1 }) {
    this.#template = template;
    this.#read = read;
    this.#ratios = ratios;
  }

  /** Undefined where the meter has no such identifier. */
  values(di: string, address: string, time: number, faults: Shown): Buffer | undefined {
    if (di === '04000401') return backwards(address);
    const single = this.#template.points.find((point) => point.di === di);
    if (single !== undefined) return this.#encode(single, time, faults);
    const length = this.#template.blocks[di];
    if (length === undefined) return undefined;
    const bytes = Buffer.alloc(length, 0xff);
    for (const point of this.#template.points)
      if (point.block?.di === di) this.#encode(point, time, faults).copy(bytes, point.block.offset);
    return bytes;
  }

  #encode({ point, unit, digits, decimals, signed, ratios }: IdentifierPoint, time: number, faults: Shown): Buffer {
    if (faults.missing?.includes(point)) return Buffer.alloc(digits / 2, 0xff);
    const value = convert(shownValue(this.#read, point, time, faults), catalogue[point].unit, unit);
    const seen = ratios.reduce((left, name) => left / this.#ratios[name], value);
    return decimalBytes(countedOrRounded(seen * 10 ** decimals, point), digits / 2, signed);
  }
}

export type IdentifierMeters = ReadonlyMap<string, IdentifierMeter>;

/** What is asked, and where what is left of the bytes begins. */
type Request = { asked: Buffer; control: number; data: Buffer };

/** How long the data of each question is: nothing else is one. */
const questions: Record<number, number> = { 17: 4, 18: 5, 19: 0 };
const noSuchData = 0x02;

export const identifierMeters =
  (meters: IdentifierMeters, answering: Answering): Listener =>
  (write) => {
    let pending: Buffer = Buffer.alloc(0);
    return (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        pending = pending.subarray(Math.max(0, pending.indexOf(0x68)));
        if (pending[0] !== 0x68) pending = Buffer.alloc(0);
        if (pending.length < 10) return;
        const length = questions[pending[8] as number];
        if (pending[7] !== 0x68 || length === undefined || pending[9] !== length) {
          pending = pending.subarray(1);
          continue;
        }
        if (pending.length < 12 + length) return;
        const body = pending.subarray(0, 10 + length);
        if (!closed(body).equals(pending.subarray(0, 12 + length))) {
          pending = pending.subarray(1);
          continue;
        }
        const request: Request = {
          asked: Buffer.from(body.subarray(1, 7)),
          control: body[8] as number,
          data: Buffer.from(body.subarray(10).map((byte) => byte - 0x33)),
        };
        pending = pending.subarray(12 + length);
        for (const [address, meter] of meters)
          if (isMeant(request.asked, address)) void reply(request, address, meter, answering, write);
      }
    };
  };

async function reply(
  request: Request,
  address: string,
  meter: IdentifierMeter,
  answering: Answering,
  write: (bytes: Buffer) => void,
): Promise<void> {
  const pieces = await answering.answer(address, (faults) => answerFrame(request, address, meter, answering, faults));
  await writePieces(pieces ?? [], write);
}

function answerFrame(
  { control, data }: Request,
  address: string,
  meter: IdentifierMeter,
  answering: Answering,
  faults: ActiveFaults,
): Buffer {
  const named = String(faults.answersAs ?? address);
  const refuse = (code: number) => frameOf(named, control | 0xc0, Buffer.from([code]));
  if (faults.exception !== undefined) return refuse(faults.exception);
  if (control === 0x13) return frameOf(named, 0x93, backwards(named));
  const di = Buffer.from(data.subarray(0, 4)).reverse().toString('hex').toUpperCase();
  const time = faults.frozen ? faults.since : answering.now();
  const values = faults.lacks?.includes(di) ? undefined : meter.values(di, address, time, faults);
  if (values === undefined) return refuse(noSuchData);
  const sequence = control === 0x12 ? (data[4] as number) : 0;
  const size = Math.ceil(values.length / (faults.frames ?? 1));
  const part = values.subarray(sequence * size, (sequence + 1) * size);
  if (part.length === 0) return refuse(noSuchData);
  const isMore = (sequence + 1) * size < values.length;
  const identifier = backwards(faults.identifiesAs ?? di);
  const tail = control === 0x12 ? Buffer.from([sequence]) : Buffer.alloc(0);
  return frameOf(named, control | 0x80 | (isMore ? 0x20 : 0), Buffer.concat([identifier, part, tail]));
}

/** Meters wake their listeners with FE, too. */
const frameOf = (address: string, control: number, data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.alloc(4, 0xfe),
    closed(
      Buffer.concat([
        Buffer.from([0x68]),
        backwards(address),
        Buffer.from([0x68, control, data.length]),
        Buffer.from(data.map((byte) => byte + 0x33)),
      ]),
    ),
  ]);
