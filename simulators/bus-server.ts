// Owns a bus of simulated devices: a stream of bytes, on a serial port or behind a TCP serial server, to which several listeners answer.
import { openStream, type StreamAddress } from '../gateway/line/byte-stream.ts';
import type { Faults } from './faults.ts';
import { listen, type ModbusServer } from './modbus-server.ts';

/** Hears every byte of the bus, and says what its devices answer. */
export type Listener = (write: (bytes: Buffer) => void) => (chunk: Buffer) => void;

/** Pieces of one answer go out one after another, so that they are not joined on the way. */
export async function writePieces(pieces: readonly Buffer[], write: (bytes: Buffer) => void): Promise<void> {
  for (const piece of pieces) {
    write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const serveBusOverTcp = (listeners: readonly Listener[], port = 0, faults?: Faults): Promise<ModbusServer> =>
  listen(port, faults, (socket) => {
    const write = (bytes: Buffer) => {
      if (!socket.destroyed) socket.write(bytes);
    };
    for (const listener of listeners) socket.on('data', listener(write));
  });

export async function serveBusOverSerial(
  listeners: readonly Listener[],
  address: Extract<StreamAddress, { kind: 'serial' }>,
): Promise<{ close(): Promise<void> }> {
  const stream = await openStream(address, 1_000);
  const closed = new Promise<void>((resolve) => {
    stream.onClose = resolve;
  });
  const heard = listeners.map((listener) => listener((bytes) => stream.write(bytes)));
  stream.onData = (chunk) => {
    for (const hear of heard) hear(chunk);
  };
  return {
    close: () => {
      stream.destroy();
      return closed;
    },
  };
}
