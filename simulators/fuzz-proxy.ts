// Owns a proxy between a Modbus client and a server that spoils answers on their way, by a seed.
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { mutationsOf, pick, unharmed, type Wire } from './mutations.ts';
import { chance } from './noise.ts';

export type FuzzProxyOptions = {
  framing: 'tcp' | 'rtu';
  /** Port of the server, on this machine. */
  target: number;
  seed: number;
  /** Milliseconds that the client waits for an answer. */
  deadline: number;
  /** Share of the answers that are touched. */
  share?: number;
};

export type FuzzProxy = { port: number; mutated: ReadonlyMap<string, number>; close(): Promise<void> };

export async function startFuzzProxy({ framing, target, seed, deadline, share = 0.7 }: FuzzProxyOptions) {
  const sockets = new Set<Socket>();
  const mutated = new Map<string, number>();
  // What passes by chance would make a test fail by chance, and so would a second copy: on a bus it is the answer to the
  // next question for any reader, once that is asked, and sockets are not punctual. The fuzzing in memory has both.
  const mutations = mutationsOf(framing).filter(
    ({ isByChance, name }) => !isByChance && (framing === 'tcp' || name !== 'sent twice'),
  );
  let place = 0;
  const wire: Wire = { framing, deadline, random: () => chance(seed, place++) };

  /** One fault at a time: what is late holds up what comes behind it, and that is not harmed. */
  async function pass(frame: Buffer, client: Socket, isBehind: boolean): Promise<void> {
    const { name, mutate } = !isBehind && wire.random() < share ? pick(mutations, wire) : unharmed;
    mutated.set(name, (mutated.get(name) ?? 0) + 1);
    const began = performance.now();
    for (const { bytes, after } of mutate(frame, wire)) {
      const wait = began + after - performance.now();
      await (wait > 0 ? pause(wait) : new Promise((resolve) => setImmediate(resolve)));
      if (!client.destroyed) client.write(bytes);
    }
  }

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: target, noDelay: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy()); // close follows
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(upstream);
    let pending: Buffer = Buffer.alloc(0);
    let passed = Promise.resolve();
    let waiting = 0;
    upstream.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let length = lengthOf(pending, framing); length !== undefined && length <= pending.length; ) {
        const frame = pending.subarray(0, length);
        const isBehind = waiting++ > 0;
        passed = passed.then(() => pass(frame, client, isBehind)).finally(() => waiting--);
        pending = pending.subarray(length);
        length = lengthOf(pending, framing);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const proxy: FuzzProxy = {
    port: address.port,
    mutated,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}

/** Of the answer that begins here; undefined while too little of it is there. */
function lengthOf(bytes: Buffer, framing: 'tcp' | 'rtu'): number | undefined {
  if (framing === 'tcp') return bytes.length < 6 ? undefined : 6 + bytes.readUInt16BE(4);
  if (bytes.length < 3) return undefined;
  return (bytes[1] as number) & 0x80 ? 5 : 5 + (bytes[2] as number);
}
