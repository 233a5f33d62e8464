// Owns simulated CJ/T 188 meters on a bus: the one answer of a template, filled from the plant at the moment it is asked for.
import { points as catalogue } from '../core/points.ts';
import { convert } from '../core/units.ts';
import type { Cjt188Template, FieldPoint } from '../gateway/template.ts';
import type { Answering } from './answering.ts';
import { type Listener, writePieces } from './bus-server.ts';
import { backwards, closed, decimalBytes, isMeant } from './decimals.ts';
import { countedOrRounded, type Readout, type Shown, shownValue } from './device.ts';
import type { ActiveFaults } from './faults.ts';

export class FieldMeter {
  readonly template: Cjt188Template;
  readonly #read: Readout;

  constructor(template: Cjt188Template, read: Readout) {
    this.template = template;
    this.#read = read;
  }

  values(time: number, faults: Shown): Buffer {
    const bytes = Buffer.alloc(this.template.length);
    for (const point of this.template.points) this.#put(point, bytes, time, faults);
    return bytes;
  }

  #put({ point, unit, offset, bytes, decimals, unitOffset }: FieldPoint, into: Buffer, time: number, faults: Shown) {
    const code = Object.entries(this.template.units).find(([, symbol]) => symbol === unit)?.[0];
    if (unitOffset !== undefined && code !== undefined) into[unitOffset] = Number.parseInt(code, 16);
    if (faults.missing?.includes(point)) {
      into.fill(0xff, offset, offset + bytes);
      return;
    }
    const value = convert(shownValue(this.#read, point, time, faults), catalogue[point].unit, unit);
    decimalBytes(countedOrRounded(value * 10 ** decimals, point), bytes, false).copy(into, offset);
  }
}

export type FieldMeters = ReadonlyMap<string, FieldMeter>;

type Request = { type: number; asked: Buffer; control: number; di: Buffer; serial: number };

/** From the start byte to the end byte: every question has a data identifier and a serial byte. */
const requestLength = 16;

export const fieldMeters =
  (meters: FieldMeters, answering: Answering): Listener =>
  (write) => {
    let pending: Buffer = Buffer.alloc(0);
    return (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= requestLength) {
        const frame = pending.subarray(0, requestLength);
        const isRequest =
          frame[0] === 0x68 &&
          (frame[9] === 0x01 || frame[9] === 0x03) &&
          frame[10] === 3 &&
          closed(frame.subarray(0, -2)).equals(frame);
        pending = pending.subarray(isRequest ? requestLength : 1);
        if (!isRequest) continue;
        const request: Request = {
          type: frame[1] as number,
          asked: Buffer.from(frame.subarray(2, 9)),
          control: frame[9] as number,
          di: Buffer.from(frame.subarray(11, 13)),
          serial: frame[13] as number,
        };
        for (const [address, meter] of meters) {
          const type = Number.parseInt(meter.template.meterType, 16);
          const isAsked = request.type === 0xaa || request.type === type;
          if (isAsked && isMeant(request.asked, address)) void reply(request, address, meter, answering, write);
        }
      }
    };
  };

async function reply(
  request: Request,
  address: string,
  meter: FieldMeter,
  answering: Answering,
  write: (bytes: Buffer) => void,
): Promise<void> {
  const pieces = await answering.answer(address, (faults) => answerFrame(request, address, meter, answering, faults));
  await writePieces(pieces ?? [], write);
}

function answerFrame(
  { control, di, serial }: Request,
  address: string,
  meter: FieldMeter,
  answering: Answering,
  faults: ActiveFaults,
): Buffer {
  const { exception, answersAs, identifiesAs, frozen, since } = faults;
  const frame = (code: number, data: Buffer) =>
    Buffer.concat([
      Buffer.alloc(2, 0xfe),
      closed(
        Buffer.concat([
          backwards(`68${meter.template.meterType}`).reverse(),
          backwards(String(answersAs ?? address)),
          Buffer.from([code, data.length]),
          data,
        ]),
      ),
    ]);
  if (exception !== undefined)
    return frame(control | 0xc0, Buffer.from([serial, exception & 0xff, (exception >> 8) & 0xff]));
  const name = Buffer.concat([identifiesAs === undefined ? di : backwards(identifiesAs), Buffer.from([serial])]);
  if (control === 0x03) return frame(0x83, name);
  return frame(0x81, Buffer.concat([name, meter.values(frozen ? since : answering.now(), faults)]));
}
