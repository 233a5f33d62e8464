// Owns DL/T 645-2007 frames for reading: the question, and what received bytes are as its answer. Pure.
import { addressBytes, byteSum, printedAddress } from '../line/bcd.ts';
import { more, type Received } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';

/** 11 read, 12 read what follows, 13 read the address. */
export type Question =
  | { control: 0x11; address: string; di: string }
  | { control: 0x12; address: string; di: string; sequence: number }
  | { control: 0x13 };

/** `data`: behind the identifier, without the offset of 33H. */
export type Answer = { address: string; data: Buffer; isMore: boolean };

/** Each AA stands for any two digits of an address: for whoever does not know it, on a line with one meter. */
const anyAddress = 'AA'.repeat(6);
const isMeant = (address: string, asked: string): boolean =>
  /^\d{12}$/.test(address) &&
  [0, 2, 4, 6, 8, 10].every((at) => ['AA', address.slice(at, at + 2)].includes(asked.slice(at, at + 2)));
/** Every byte of the data field is sent with this added. */
const offset = 0x33;
const start = 0x68;
const end = 0x16;
/** From the first start byte to the length, both included. */
const headLength = 10;
/** The standard's limit for what a meter sends in one frame. */
const mostData = 200;

const fault = (zh: string, en: string, exception?: number): Received<Answer> => ({
  state: 'fault',
  fault: new LineFault(
    exception === undefined ? 'framing' : 'exception',
    zh,
    en,
    exception === undefined ? {} : { exception },
  ),
});

/** Bits of the error byte. */
export const noSuchData = 0x02;
const refusals = [
  { bit: 0x01, zh: '其他错误', en: 'another error' },
  { bit: noSuchData, zh: '无请求数据', en: 'no such data' },
  { bit: 0x04, zh: '密码错误或未授权', en: 'wrong password or not authorised' },
  { bit: 0x08, zh: '通信速率不能更改', en: 'the speed cannot be changed' },
  { bit: 0x10, zh: '年时区数超', en: 'too many year zones' },
  { bit: 0x20, zh: '日时段数超', en: 'too many day periods' },
  { bit: 0x40, zh: '费率数超', en: 'too many tariffs' },
];

function refusal(address: string, code: number): Received<Answer> {
  const named = refusals.filter(({ bit }) => (code & bit) !== 0);
  const hex = code.toString(16).padStart(2, '0').toUpperCase();
  const list = (language: 'zh' | 'en') => named.map((one) => one[language]).join(', ');
  return fault(
    `表 ${address}：错误应答 ${hex}H（${list('zh')}）`,
    `meter ${address}: answered with error ${hex}H (${list('en')})`,
    code,
  );
}

const addressIn = (question: Question): string => (question.control === 0x13 ? anyAddress : question.address);

function payloadOf(question: Question): Buffer {
  if (question.control === 0x13) return Buffer.alloc(0);
  const identifier = addressBytes(question.di);
  return question.control === 0x11 ? identifier : Buffer.concat([identifier, Buffer.from([question.sequence])]);
}

/** Preceded by bytes that wake the meter's receiver. */
export function request(question: Question): Buffer {
  const data = payloadOf(question).map((byte) => byte + offset);
  const frame = Buffer.concat([
    Buffer.from([start]),
    addressBytes(addressIn(question)),
    Buffer.from([start, question.control, data.length]),
    data,
    Buffer.from([0, end]),
  ]);
  frame[frame.length - 2] = byteSum(frame, 0, frame.length - 2);
  return Buffer.concat([Buffer.alloc(4, 0xfe), frame]);
}

/**
 * The sum of bytes promises little: everything else that can be known of the answer must be right as well. Noise may stand
 * before it; what stands behind it makes all of it doubtful.
 */
export function parse(received: Buffer, question: Question): Received<Answer> {
  for (let at = received.indexOf(start); at >= 0; at = received.indexOf(start, at + 1)) {
    const found = answerAt(received.subarray(at), question);
    if (found !== undefined) return found;
  }
  return more;
}

/** Undefined where no whole answer to this question begins here; it may yet become one. */
function answerAt(bytes: Buffer, question: Question): Received<Answer> | undefined {
  if (bytes.length < headLength || bytes[7] !== start) return undefined;
  const address = printedAddress(bytes.subarray(1, 7));
  if (!isMeant(address, addressIn(question))) return undefined;
  const control = bytes[8] as number;
  const length = bytes[9] as number;
  const isError = control === (question.control | 0xc0);
  const isMore = control === (question.control | 0xa0) && question.control !== 0x13;
  if (!isError && !isMore && control !== (question.control | 0x80)) return undefined;
  const whole = headLength + length + 2;
  if (length > mostData || bytes.length < whole) return undefined;
  if (bytes[whole - 1] !== end || bytes[whole - 2] !== byteSum(bytes, 0, whole - 2)) return undefined;
  const data = Buffer.from(bytes.subarray(headLength, whole - 2).map((byte) => byte - offset));
  const values = isError ? (length === 1 ? data : undefined) : valuesIn(data, address, question);
  if (values === undefined) return undefined;
  if (bytes.length > whole) return fault('应答之后还有多余字节', 'there are bytes behind the answer');
  if (isError) return refusal(address, values[0] as number);
  return { state: 'answer', value: { address, data: values, isMore } };
}

/** What stands behind the identifier that was asked for; undefined where it is another one. */
function valuesIn(data: Buffer, address: string, question: Question): Buffer | undefined {
  if (question.control === 0x13) return printedAddress(data) === address ? Buffer.alloc(0) : undefined;
  const isAsked = data.length > 4 && printedAddress(data.subarray(0, 4)) === question.di;
  if (!isAsked) return undefined;
  if (question.control === 0x11) return data.subarray(4);
  return data.length > 5 && data.at(-1) === question.sequence ? data.subarray(4, -1) : undefined;
}
