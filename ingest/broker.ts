// Owns aedes, the embedded broker: loopback only, everyone known by name, everyone held to their own topics.
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { maxMessageBytes } from '../core/batch-codec.ts';
import { sha256 } from '../core/canonical.ts';
import type { Log } from '../core/log.ts';
import { parseTopic, topicOf } from '../core/wire.ts';
import type { Credentials } from './credentials.ts';

export type EmbeddedBroker = { port: number; url: string; close(): Promise<void> };

export type BrokerOptions = {
  site: string;
  gateways: readonly string[];
  credentials: Credentials;
  port?: number;
  log: Log;
};

export async function startBroker({
  site,
  gateways,
  credentials,
  port = 0,
  log,
}: BrokerOptions): Promise<EmbeddedBroker> {
  const nameOf = new WeakMap<Client, string>();
  const isGateway = (name: string) => gateways.includes(name);
  const denied = (client: Client | null, what: string) => {
    const name = client === null ? undefined : nameOf.get(client);
    log.warn({ event: 'broker_denied', name, what }, 'broker denied');
    return new Error(`${name} may not ${what}`);
  };

  const broker = await Aedes.createBroker({
    // The default of a minute lets one frozen subscriber stop everyone for that long.
    drainTimeout: 4_000,
    connectTimeout: 5_000,
    maxClientsIdLength: 200,
    authenticate(client, username, password, done) {
      const secret = username !== undefined && Object.hasOwn(credentials, username) ? credentials[username] : undefined;
      // Sessions that outlive their connection would queue in memory without bound; the spool does that job.
      const known = secret !== undefined && client.clean && sameSecret(secret, password?.toString() ?? '');
      if (known && username !== undefined) nameOf.set(client, username);
      else log.warn({ event: 'broker_login_refused', name: username }, 'broker login refused');
      done(null, known);
    },
    authorizePublish(client, packet, done) {
      const name = client === null ? undefined : nameOf.get(client);
      const topic = parseTopic(packet.topic);
      const own = name !== undefined && topic?.site === site && mayPublish(name, topic, isGateway);
      const small = packet.payload.length <= maxMessageBytes;
      done(own && small ? null : denied(client, `publish ${packet.payload.length} bytes to ${packet.topic}`));
    },
    authorizeSubscribe(client, subscription, done) {
      const name = nameOf.get(client);
      const { topic } = subscription;
      const allowed =
        name !== undefined && isGateway(name)
          ? [topicOf(site, name, 'ack'), topicOf(site, name, 'cmd')].includes(topic)
          : name !== undefined && !topic.startsWith('$');
      if (allowed) return done(null, subscription);
      denied(client, `subscribe to ${topic}`);
      done(null, null); // answers the subscription with 128, and leaves the connection
    },
  });

  const server = createServer(broker.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the broker has no port');
  return {
    port: address.port,
    url: `mqtt://127.0.0.1:${address.port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        broker.close(() => server.close(() => resolve()));
      });
    },
  };
}

type Topic = NonNullable<ReturnType<typeof parseTopic>>;

function mayPublish(name: string, { gateway, channel }: Topic, isGateway: (name: string) => boolean): boolean {
  if (isGateway(name))
    return (
      gateway === name && (channel === 'data' || channel === 'birth' || channel === 'state' || channel === 'reading')
    );
  return name === 'ingest' && (channel === 'ack' || channel === 'cmd');
}

/** Hashes have one length, so the comparison takes one time. */
const sameSecret = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(sha256(a)), Buffer.from(sha256(b)));
