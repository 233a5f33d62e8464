// Owns asking a device by hand: a Modbus bus of its own, and a record of what was last said on the wire.
import type { Clock } from '../../core/clock.ts';
import { type ByteStream, openStream } from '../line/byte-stream.ts';
import { Line } from '../line/line.ts';
import { ModbusBus } from '../modbus/bus.ts';
import type { Endpoint } from './endpoint.ts';

export type ConversationParts = {
  clock: Clock;
  timeout: number;
  /** Milliseconds that the device wants to be left alone after connecting. */
  settle?: number;
  open?: typeof openStream;
};

/** The last question, and everything that came since. */
export type Said = { sent: Buffer; received: Buffer };

export type Conversation = { endpoint: Endpoint; bus: ModbusBus; said: Said; close(): void };

/** Silence between two frames: 3.5 characters at 9600 baud, and what serial servers need. */
const gap = 5;
const mostKept = 4_096;

export function startConversation(endpoint: Endpoint, parts: ConversationParts): Conversation {
  const { clock, timeout, settle = 0, open = openStream } = parts;
  const said: Said = { sent: Buffer.alloc(0), received: Buffer.alloc(0) };
  const line = new Line({
    address: endpoint.address,
    connectTimeout: Math.max(timeout, 3_000),
    clock,
    settle,
    // Somebody stands there and waits for the cable that is just being plugged in: no pause between attempts.
    random: () => 0,
    open: async (address, limit) => overhear(await open(address, limit), said),
    ...(endpoint.protocol === 'line' ? { afterDoubt: 'wait', gap } : { afterDoubt: 'reconnect' }),
  });
  const bus = new ModbusBus(line, endpoint.protocol === 'line' ? 'rtu' : 'tcp', timeout);
  return { endpoint, bus, said, close: () => line.close() };
}

function overhear(stream: ByteStream, said: Said): ByteStream {
  const heard: ByteStream = {
    onData: () => undefined,
    onClose: () => undefined,
    destroy: () => stream.destroy(),
    write(bytes) {
      said.sent = Buffer.from(bytes);
      said.received = Buffer.alloc(0);
      stream.write(bytes);
    },
  };
  stream.onData = (bytes) => {
    if (said.received.length < mostKept) said.received = Buffer.concat([said.received, bytes]);
    heard.onData(bytes);
  };
  stream.onClose = () => heard.onClose();
  return heard;
}
