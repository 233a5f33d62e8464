// Owns CJ/T 188 frames for reading: the question, and what received bytes are as its answer. Pure.
import { addressBytes, byteSum, printedAddress } from '../line/bcd.ts';
import { more, type Received } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';

/** 01 read data, 03 read the address. `serial` numbers the questions: the answer repeats it. */
export type Question =
  | { control: 0x01; type: string; address: string; di: string; serial: number }
  | { control: 0x03; serial: number };

/** `data`: behind the serial byte. */
export type Answer = { type: string; address: string; data: Buffer };

const anyType = 0xaa;
const anyAddress = 'AA'.repeat(7);
const start = 0x68;
const end = 0x16;
/** From the start byte to the length, both included. */
const headLength = 11;
/** Data identifier and serial byte. */
const named = 3;
/** Makers send the two bytes of this one in either order. */
const addressIdentifiers = ['810A', '0A81'];

const fault = (zh: string, en: string, exception?: number): Received<Answer> => ({
  state: 'fault',
  fault: new LineFault(
    exception === undefined ? 'framing' : 'exception',
    zh,
    en,
    exception === undefined ? {} : { exception },
  ),
});

export function request(question: Question): Buffer {
  const isRead = question.control === 0x01;
  const frame = Buffer.concat([
    Buffer.from([start, isRead ? Number.parseInt(question.type, 16) : anyType]),
    addressBytes(isRead ? question.address : anyAddress),
    Buffer.from([question.control, named]),
    addressBytes(isRead ? question.di : (addressIdentifiers[0] as string)),
    Buffer.from([question.serial, 0, end]),
  ]);
  frame[frame.length - 2] = byteSum(frame, 0, frame.length - 2);
  return Buffer.concat([Buffer.alloc(3, 0xfe), frame]);
}

/** Noise may stand before an answer; what stands behind it makes all of it doubtful. */
export function parse(received: Buffer, question: Question): Received<Answer> {
  for (let at = received.indexOf(start); at >= 0; at = received.indexOf(start, at + 1)) {
    const found = answerAt(received.subarray(at), question);
    if (found !== undefined) return found;
  }
  return more;
}

/** Undefined where no whole answer to this question begins here; it may yet become one. */
function answerAt(bytes: Buffer, question: Question): Received<Answer> | undefined {
  if (bytes.length < headLength) return undefined;
  const type = printedAddress(bytes.subarray(1, 2));
  const address = printedAddress(bytes.subarray(2, 9));
  if (question.control === 0x01 && (type !== question.type || address !== question.address)) return undefined;
  const control = bytes[9] as number;
  const isError = control === (question.control | 0xc0);
  if (!isError && control !== (question.control | 0x80)) return undefined;
  const length = bytes[10] as number;
  const whole = headLength + length + 2;
  if (length < named || bytes.length < whole) return undefined;
  if (bytes[whole - 1] !== end || bytes[whole - 2] !== byteSum(bytes, 0, whole - 2)) return undefined;
  // An error names no identifier: the serial byte comes first, and two bytes of state behind it.
  if (bytes[headLength + (isError ? 0 : 2)] !== question.serial) return undefined;
  const di = printedAddress(bytes.subarray(headLength, headLength + 2));
  const isAsked = question.control === 0x01 ? di === question.di : addressIdentifiers.includes(di);
  if (isError ? length !== named : !isAsked) return undefined;
  if (bytes.length > whole) return fault('应答之后还有多余字节', 'there are bytes behind the answer');
  if (isError) {
    const state = bytes.readUInt16LE(headLength + 1);
    return fault(
      `表 ${address}：错误应答，状态 ${hex(state)}`,
      `meter ${address}: answered with an error, state ${hex(state)}`,
      state,
    );
  }
  const data = Buffer.from(bytes.subarray(headLength + named, whole - 2));
  return { state: 'answer', value: { type, address, data } };
}

const hex = (word: number): string => `${word.toString(16).padStart(4, '0').toUpperCase()}H`;
