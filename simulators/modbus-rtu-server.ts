// Owns simulated Modbus RTU units: finds the requests on a bus, and frames their answers.
import { type Listener, writePieces } from './bus-server.ts';
import { type Answer, answerBody, type ReadRequest, requestOf } from './modbus-server.ts';

/** What goes back on the bus, in pieces. Undefined: silence, as of a unit that is not there. */
export type RtuResponder = (request: ReadRequest) => Promise<Buffer[] | undefined>;

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

/** Finds requests by their checksum: what is none is skipped byte by byte, as after a power cut in the middle of a frame. */
export const rtuListener =
  (respond: RtuResponder): Listener =>
  (write) => {
    let pending: Buffer = Buffer.alloc(0);
    return (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= requestLength) {
        const frame = pending.subarray(0, requestLength);
        const isRequest = checksum(frame.subarray(0, 6)) === frame.readUInt16LE(6);
        pending = pending.subarray(isRequest ? requestLength : 1);
        if (isRequest) void respond(requestOf(frame)).then((pieces = []) => writePieces(pieces, write));
      }
    };
  };
