// Owns serialport and sockets: a stream of bytes to one or many devices, however it is wired.
import { connect } from 'node:net';

export type ByteStream = {
  write(bytes: Uint8Array): void;
  /** At most one listener each: a stream has one owner. */
  onData: (bytes: Buffer) => void;
  onClose: () => void;
  destroy(): void;
};

export type SerialSettings = { baud: number; parity: 'none' | 'even' | 'odd'; dataBits: 7 | 8; stopBits: 1 | 2 };

/** How a line is reached. A TCP address is a device itself, or a serial server with a bus behind it. */
export type StreamAddress =
  | { kind: 'tcp'; host: string; port: number }
  | ({ kind: 'serial'; path: string } & SerialSettings);

export const addressText = (address: StreamAddress): string =>
  address.kind === 'tcp' ? `tcp://${address.host}:${address.port}` : `serial://${address.path}`;

export function openStream(address: StreamAddress, timeout: number): Promise<ByteStream> {
  return address.kind === 'tcp' ? openTcp(address.host, address.port, timeout) : openSerial(address, timeout);
}

/** More than the longest answer of any protocol here. */
const readSize = 1_024;

function openTcp(host: string, port: number, timeout: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const stream = streamOf(
      (bytes) => socket.write(bytes),
      () => socket.destroy(),
    );
    const socket = connect({
      ...{ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 },
      // Otherwise every answer of a hundred bytes comes in a fresh buffer of 64 kB.
      onread: {
        buffer: Buffer.alloc(readSize),
        callback: (length, buffer) => {
          stream.onData(Buffer.from(buffer.subarray(0, length)));
          return true;
        },
      },
    });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeout} ms`)), timeout);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').on('error', () => socket.destroy()); // close follows, and tells the line
      socket.on('close', () => stream.onClose());
      resolve(stream);
    });
  });
}

/** Ports that are being closed: until then they are locked, also to us. */
const closing = new Map<string, Promise<void>>();

/** Loaded only where a serial port is used: its binding is native. */
async function openSerial(
  { path, baud, parity, dataBits, stopBits }: Extract<StreamAddress, { kind: 'serial' }>,
  timeout: number,
): Promise<ByteStream> {
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ path, baudRate: baud, parity, dataBits, stopBits, autoOpen: false, lock: true });
  await openPort(path, port, timeout);
  const destroy = () => {
    if (port.isOpen) closePort(path, port);
  };
  const stream = streamOf((bytes) => port.write(Buffer.from(bytes)), destroy);
  port.on('error', destroy); // close follows
  port.on('data', (bytes: Buffer) => stream.onData(bytes));
  port.on('close', () => stream.onClose());
  return stream;
}

type Port = {
  open(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
};

/** A driver may take for ever to close a port or to open it. What opens after the deadline is closed again: nobody owns it. */
export function openPort(path: string, port: Port, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error(`not open within ${timeout} ms`));
    }, timeout);
    const open = () => {
      if (isLate) return;
      port.open((error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else if (isLate) closePort(path, port);
        else resolve();
      });
    };
    (closing.get(path) ?? Promise.resolve()).then(open).catch(reject);
  });
}

function closePort(path: string, port: Port): void {
  const closed = new Promise<void>((resolve) => port.close(() => resolve()));
  closing.set(
    path,
    closed.then(() => void closing.delete(path)),
  );
}

const streamOf = (write: (bytes: Uint8Array) => void, destroy: () => void): ByteStream => ({
  write,
  destroy,
  onData: () => undefined,
  onClose: () => undefined,
});
