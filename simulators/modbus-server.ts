// Owns a Modbus TCP server on bare sockets, so that it can also answer late, wrongly, in pieces, or not at all.
import { createServer, type Socket } from 'node:net';
import type { Faults } from './faults.ts';

export type ReadRequest = { unit: number; fc: number; address: number; count: number };

/** Words, or the exception code that a device would answer with. */
export type Answer = { words: number[] } | { exception: number };

/** What goes back on the wire for a request: usually one frame, for a faulty device anything. Undefined: silence. */
export type Responder = (
  request: ReadRequest,
  transaction: number,
) => Promise<Buffer[] | undefined> | Buffer[] | undefined;

export const exceptions = {
  illegalFunction: 1,
  illegalAddress: 2,
  illegalValue: 3,
  deviceFailure: 4,
  gatewayTarget: 11,
} as const;

export function answerFrame(transaction: number, request: ReadRequest, answer: Answer): Buffer {
  const body = answerBody(request, answer);
  const head = Buffer.alloc(6);
  head.writeUInt16BE(transaction, 0);
  head.writeUInt16BE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** Unit, function code and what follows: the same in every framing. */
export const answerBody = ({ unit, fc }: ReadRequest, answer: Answer): Buffer =>
  'exception' in answer
    ? Buffer.from([unit, fc | 0x80, answer.exception])
    : Buffer.concat([Buffer.from([unit, fc, answer.words.length * 2]), wordBytes(answer.words)]);

function wordBytes(words: number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 2);
  for (const [index, word] of words.entries()) bytes.writeUInt16BE(word & 0xffff, index * 2);
  return bytes;
}

export const requestOf = (pdu: Buffer): ReadRequest => ({
  unit: pdu[0] as number,
  fc: pdu[1] as number,
  address: pdu.readUInt16BE(2),
  count: pdu.readUInt16BE(4),
});

export const healthy =
  (read: (request: ReadRequest) => Answer): Responder =>
  (request, transaction) => [answerFrame(transaction, request, read(request))];

export type ModbusServer = { port: number; sockets: Set<Socket>; close(): Promise<void> };

export function startModbusServer(respond: Responder, port = 0, faults?: Faults): Promise<ModbusServer> {
  return listen(port, faults, (socket) => {
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (pending.length >= 12) {
        // Not Modbus TCP: there is no telling where the next frame begins.
        if (pending.readUInt16BE(2) !== 0 || pending.readUInt16BE(4) < 6) {
          socket.destroy();
          return;
        }
        const length = 6 + pending.readUInt16BE(4);
        if (pending.length < length) break;
        void reply(socket, pending.subarray(0, length), respond);
        pending = pending.subarray(length);
      }
    });
  });
}

/** Sockets on a port of this machine, with what can be wrong with connections. */
export async function listen(
  port: number,
  faults: Faults | undefined,
  serve: (socket: Socket) => void,
): Promise<ModbusServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const { deaf = false, most = Number.POSITIVE_INFINITY } = faults?.connections ?? {};
    socket.on('error', () => socket.destroy()); // a client that went away is no event for a server
    if (sockets.size >= most) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
    if (deaf) socket.pause();
  });
  if (faults !== undefined) {
    faults.onConnections = () => {
      for (const socket of sockets) {
        if (faults.connections.deaf) socket.pause();
        else socket.resume();
      }
    };
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function reply(socket: Socket, frame: Buffer, respond: Responder): Promise<void> {
  const transaction = frame.readUInt16BE(0);
  const request = requestOf(frame.subarray(6));
  if (request.fc !== 3 && request.fc !== 4) {
    socket.write(answerFrame(transaction, request, { exception: exceptions.illegalFunction }));
    return;
  }
  for (const piece of (await respond(request, transaction)) ?? []) {
    if (!socket.destroyed) socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve)); // keeps the pieces of a split frame apart
  }
}
