// Owns telling what bytes are that are no answer: another framing, another protocol, an echo, another master, noise. Pure.
import { crc16 } from '../modbus/frames.ts';
import type { Said } from './conversation.ts';

export type ForeignBytes =
  /** What was sent comes back: the adapter hears itself. */
  | { kind: 'echo' }
  /** A sound RTU frame where Modbus TCP was asked. */
  | { kind: 'rtu'; unit: number }
  /** A sound Modbus TCP frame where RTU was asked. */
  | { kind: 'mbap'; unit: number }
  /** The right framing, but the answer of a unit that was not asked. */
  | { kind: 'other_unit'; unit: number }
  /** The unit that was asked, after its time was over. */
  | { kind: 'late'; unit: number }
  /** A question that we did not ask. */
  | { kind: 'other_question'; unit: number }
  /** A frame of DL/T 645 or CJ/T 188. */
  | { kind: 'dlt645' }
  | { kind: 'http' }
  | { kind: 'tls' }
  | { kind: 'text'; text: string }
  /** Nothing but 00 or FF: the wires, not the frames. */
  | { kind: 'level' }
  | { kind: 'noise' };

const exceptionLength = 5;
const requestLength = 8;

export function whatAre({ sent, received }: Said, framing: 'modbus-tcp' | 'line', asked: number): ForeignBytes {
  if (sent.length > 0 && received.subarray(0, sent.length).equals(sent)) return { kind: 'echo' };
  if (isMeterFrame(received)) return { kind: 'dlt645' };
  if (received.every((byte) => byte === 0) || received.every((byte) => byte === 0xff)) return { kind: 'level' };
  const mbapUnit = unitOfMbap(received);
  const rtu = findRtu(received);
  if (framing === 'modbus-tcp') {
    if (mbapUnit !== undefined) return { kind: 'other_unit', unit: mbapUnit };
    if (rtu !== undefined) return { kind: 'rtu', unit: rtu.unit };
  } else {
    if (rtu?.request) return { kind: 'other_question', unit: rtu.unit };
    if (rtu !== undefined) return { kind: rtu.unit === asked ? 'late' : 'other_unit', unit: rtu.unit };
    if (mbapUnit !== undefined) return { kind: 'mbap', unit: mbapUnit };
  }
  // RFC 8446 §5.1: an alert or a handshake of TLS.
  if (received.length >= 5 && (received[0] === 0x15 || received[0] === 0x16) && received[1] === 3)
    return { kind: 'tls' };
  const text = received.toString('latin1');
  if (/^HTTP\/|^<(!doctype|html)/i.test(text)) return { kind: 'http' };
  const firstLine = text.split(/[\r\n]/)[0] ?? '';
  if (received.length >= 3 && /^[\x20-\x7e\r\n\t]+$/.test(text)) return { kind: 'text', text: firstLine.slice(0, 40) };
  return { kind: 'noise' };
}

function unitOfMbap(bytes: Buffer): number | undefined {
  if (bytes.length < 9 || bytes.readUInt16BE(2) !== 0) return undefined;
  const length = bytes.readUInt16BE(4);
  return length >= 3 && length <= 254 && bytes.length === 6 + length ? bytes[6] : undefined;
}

/** The first frame of a read, question or answer, whose checksum is right. */
function findRtu(bytes: Buffer): { unit: number; request: boolean } | undefined {
  for (let start = 0; start + exceptionLength <= bytes.length; start++) {
    const unit = bytes[start] as number;
    const code = bytes[start + 1] as number;
    if (code >= 0x81 && code <= 0x90 && sound(bytes, start, exceptionLength)) return { unit, request: false };
    if (code < 1 || code > 4) continue;
    if (sound(bytes, start, 5 + (bytes[start + 2] as number))) return { unit, request: false };
    if (sound(bytes, start, requestLength)) return { unit, request: true };
  }
  return undefined;
}

const sound = (bytes: Buffer, start: number, length: number): boolean =>
  start + length <= bytes.length && crc16(bytes, start, start + length - 2) === bytes.readUInt16LE(start + length - 2);

/** DL/T 645-2007: 68, six bytes of address, 68, control, length, data, sum, 16. CJ/T 188: 68, type, seven bytes of address, control, length. */
function isMeterFrame(bytes: Buffer): boolean {
  const start = bytes.indexOf(0x68);
  return start >= 0 && ((bytes[start + 7] === 0x68 && endsAt(bytes, start, 9)) || endsAt(bytes, start, 10));
}

function endsAt(bytes: Buffer, start: number, lengthAt: number): boolean {
  const end = start + lengthAt + 1 + (bytes[start + lengthAt] ?? bytes.length);
  if (bytes[end + 1] !== 0x16) return false;
  return (bytes.subarray(start, end).reduce((sum, byte) => sum + byte, 0) & 0xff) === bytes[end];
}
