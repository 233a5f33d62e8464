// Owns Modbus frames for reading registers: the question, and what received bytes are as its answer. Pure.

import { more, type Received } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';

export type Question = { unit: number; fc: 3 | 4; address: number; count: number };

export type Framing = {
  /** `turn` numbers the questions of a connection, where the framing can carry a number. */
  request(question: Question, turn: number): Buffer;
  parse(received: Buffer, question: Question, turn: number): Received<number[]>;
};

const answer = (value: number[]): Received<number[]> => ({ state: 'answer', value });
const fault = (zh: string, en: string, exception?: number): Received<number[]> => ({
  state: 'fault',
  fault: new LineFault(
    exception === undefined ? 'framing' : 'exception',
    zh,
    en,
    exception === undefined ? {} : { exception },
  ),
});

/** Modbus Application Protocol V1.1b3 §7. */
const exceptionNames: Record<number, string> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
};

const exceptionOf = (unit: number, code: number): Received<number[]> => {
  const name = exceptionNames[code] ?? 'unknown exception';
  return fault(
    `站号 ${unit}：设备返回异常码 ${code}（${name}）`,
    `unit ${unit}: the device answered with exception ${code} (${name})`,
    code,
  );
};

function readPdu({ unit, fc, address, count }: Question, into: Buffer, offset: number): void {
  into[offset] = unit;
  into[offset + 1] = fc;
  into.writeUInt16BE(address, offset + 2);
  into.writeUInt16BE(count, offset + 4);
}

function words(bytes: Buffer, offset: number, count: number): number[] {
  const result = new Array<number>(count);
  for (let index = 0; index < count; index++) result[index] = bytes.readUInt16BE(offset + 2 * index);
  return result;
}

/** Modbus TCP: every field of the header that can be wrong is checked, because nothing else protects an answer. */
export const mbap: Framing = {
  request(question, turn) {
    const frame = Buffer.alloc(12);
    frame.writeUInt16BE(turn & 0xffff, 0);
    frame.writeUInt16BE(6, 4);
    readPdu(question, frame, 6);
    return frame;
  },
  parse(received, { unit, fc, count }, turn) {
    if (received.length < 8) return more;
    if (received.readUInt16BE(0) !== (turn & 0xffff))
      return fault('应答的事务号不符', 'the answer belongs to another request');
    if (received.readUInt16BE(2) !== 0) return fault('应答的协议号不为零', 'the answer is not Modbus');
    const length = received.readUInt16BE(4);
    const wanted = 3 + 2 * count;
    if (length !== 3 && length !== wanted)
      return fault(`应答长度 ${length} 不符`, `the answer has length ${length}, expected ${wanted}`);
    if (received.length < 6 + length) return more;
    if (received.length > 6 + length) return fault('应答之后还有多余字节', 'there are bytes behind the answer');
    if (received[6] !== unit) return fault(`应答来自站号 ${received[6]}`, `the answer comes from unit ${received[6]}`);
    const code = received[7] as number;
    if (code === (fc | 0x80) && length === 3) return exceptionOf(unit, received[8] as number);
    if (code !== fc || length !== wanted)
      return fault(`应答的功能码为 ${code}`, `the answer has function code ${code}`);
    if (received[8] !== 2 * count) return fault('应答的字节数不符', 'the answer states another number of bytes');
    return answer(words(received, 9, count));
  },
};

/** Modbus RTU: the frame is found by its checksum, also with noise before it; whatever is not the answer is not looked at. */
export const rtu: Framing = {
  request(question) {
    const frame = Buffer.alloc(8);
    readPdu(question, frame, 0);
    frame.writeUInt16LE(crc16(frame, 0, 6), 6);
    return frame;
  },
  parse(received, { unit, fc, count }) {
    const whole = 5 + 2 * count;
    for (let start = 0; start + 5 <= received.length; start++) {
      if (received[start] !== unit) continue;
      const code = received[start + 1];
      if (code === (fc | 0x80) && checked(received, start, 5)) return exceptionOf(unit, received[start + 2] as number);
      if (code !== fc || received[start + 2] !== 2 * count) continue;
      // What looks like the answer's beginning may be noise with the answer behind it: look on.
      if (start + whole <= received.length && checked(received, start, whole))
        return answer(words(received, start + 3, count));
    }
    return more;
  },
};

const checked = (bytes: Buffer, start: number, length: number): boolean =>
  crc16(bytes, start, start + length - 2) === bytes.readUInt16LE(start + length - 2);

const crcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let index = start; index < end; index++)
    crc = (crc >>> 8) ^ (crcTable[(crc ^ (bytes[index] as number)) & 0xff] as number);
  return crc;
}
