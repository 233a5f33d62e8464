// Owns a Modbus RTU server on a stream of bytes: several units on one bus, on a serial port or behind a TCP serial server.
import type { Socket } from 'node:net';
import { openStream, type StreamAddress } from '../gateway/line/byte-stream.ts';
import type { Faults } from './faults.ts';
import { type Answer, answerBody, listen, type ModbusServer, type ReadRequest, requestOf } from './modbus-server.ts';

/** What goes back on the bus, in pieces. Undefined: silence, as of a unit that is not there. */
export type RtuResponder = (request: ReadRequest) => Promise<Buffer[] | undefined> | Buffer[] | undefined;

const requestLength = 8;

/** Bit by bit, and not with the gateway's table: two ways to the same checksum must agree. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return sum;
}

export function rtuFrame(request: ReadRequest, answer: Answer): Buffer {
  const body = answerBody(request, answer);
  const end = Buffer.alloc(2);
  end.writeUInt16LE(checksum(body));
  return Buffer.concat([body, end]);
}

/** RTU over TCP, as serial servers pass it on. */
export const startRtuServer = (respond: RtuResponder, port = 0, faults?: Faults): Promise<ModbusServer> =>
  listen(port, faults, (socket: Socket) => {
    const heard = listener(respond, (bytes) => {
      if (!socket.destroyed) socket.write(bytes);
    });
    socket.on('data', heard);
  });

export async function serveSerial(
  respond: RtuResponder,
  address: Extract<StreamAddress, { kind: 'serial' }>,
): Promise<{ close(): Promise<void> }> {
  const stream = await openStream(address, 1_000);
  const closed = new Promise<void>((resolve) => {
    stream.onClose = resolve;
  });
  stream.onData = listener(respond, (bytes) => stream.write(bytes));
  return {
    close: () => {
      stream.destroy();
      return closed;
    },
  };
}

/** Finds requests by their checksum: what is none is skipped byte by byte, as after a power cut in the middle of a frame. */
function listener(respond: RtuResponder, write: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= requestLength) {
      const frame = pending.subarray(0, requestLength);
      const isRequest = checksum(frame.subarray(0, 6)) === frame.readUInt16LE(6);
      pending = pending.subarray(isRequest ? requestLength : 1);
      if (isRequest) void reply(requestOf(frame), respond, write);
    }
  };
}

async function reply(request: ReadRequest, respond: RtuResponder, write: (bytes: Buffer) => void): Promise<void> {
  for (const piece of (await respond(request)) ?? []) {
    write(piece);
    await new Promise((resolve) => setImmediate(resolve)); // keeps the pieces of a split frame apart
  }
}
