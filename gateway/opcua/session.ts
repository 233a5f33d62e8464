// Owns node-opcua-client: one session with one OPC UA server, secured as configured, and never repaired: after any doubt it is made anew.
import { randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientSession, DataValue, OPCUAClient, UserIdentityInfo } from 'node-opcua-client';
import { day } from '../../core/calendar.ts';
import { readCertificates } from '../../core/certificate.ts';
import type { Clock } from '../../core/clock.ts';
import type { ConnectionConfig } from '../../core/config/site-schema.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { type Attempt, refusalOf, watchVerdicts } from './refusal.ts';
import { opcuaFolder, ownCertificate } from './trust.ts';

export type OpcuaServer = Pick<ConnectionConfig, 'endpoint' | 'timeout'> &
  Pick<ConnectionConfig['opcua'], 'security' | 'user'> & {
    pkiFolder: string;
    clock: Clock;
    log: Log;
    random?: () => number;
  };

export type Subscription = {
  /** Milliseconds without any message after which the server is no longer there. */
  readonly patience: number;
  /** Gives the status with which the server answers for each node. */
  monitor(
    nodes: readonly string[],
    every: number,
    hear: (index: number, value: DataValue) => void,
  ): Promise<{ statuses: number[]; stop: () => Promise<void> }>;
};

export type OpcuaSession = {
  /** The values of nodes in their order. */
  read(nodes: readonly string[]): Promise<DataValue[]>;
  subscribe(every: number, onAlive: () => void): Promise<Subscription>;
  /** Resolves when the session has ended, by whoever. */
  readonly over: Promise<Fault>;
  close(): Promise<void>;
};

/** A server on a small machine takes seconds for its keys. */
const connectPatience = 15_000;
const closePatience = 2_000;
/** A machine that is busy for a moment is not gone. */
const leastPatience = 3_000;
/** What a server keeps for us while we do not listen, per node. */
const queueTime = 10_000;
/** Empty messages by which a quiet server shows that it is there: one in so many. */
const aliveEvery = 3;

/** About 100 MB: only a site that has an OPC UA server pays for it. */
async function load() {
  const [opcua, { OPCUACertificateManager }, messages] = await Promise.all([
    import('node-opcua-client'),
    import('node-opcua-certificate-manager'),
    import('node-opcua-debug'),
  ]);
  // It writes to stdout, which belongs to the answers of the command line. What matters comes as an error.
  messages.setWarningLogger(() => undefined);
  messages.setErrorLogger(() => undefined);
  return { opcua, OPCUACertificateManager };
}
type Opcua = Awaited<ReturnType<typeof load>>['opcua'];

export async function openSession(server: OpcuaServer, signal: AbortSignal): Promise<OpcuaSession> {
  const { endpoint, security, user, pkiFolder, clock, log } = server;
  const attempt: Attempt = {
    endpoint,
    security,
    user: user === undefined ? undefined : 'name' in user ? user.name : user.certificate,
    pkiFolder,
  };
  const { opcua, OPCUACertificateManager } = await load();
  const manager = new OPCUACertificateManager({
    rootFolder: opcuaFolder(pkiFolder),
    // node-opcua's own default trusts every certificate it has not seen.
    automaticallyAcceptUnknownCertificate: false,
    // Read anew for each session: what was trusted meanwhile counts at the next attempt.
    disableFileWatchers: true,
  });
  const verdicts = watchVerdicts(manager);
  const left = new AbortController();
  let client: OPCUAClient | undefined;
  const leave = async () => {
    left.abort();
    await within(closePatience, clock, client?.disconnect() ?? Promise.resolve()).catch(() => undefined); // a server that is gone says no goodbye
    await manager.dispose();
  };
  const connect = async () => {
    await manager.initialize();
    const own = await ownCertificate(pkiFolder, manager, randomUUID());
    left.signal.throwIfAborted();
    const files = [
      ...(security.mode === 'None' ? [] : [own.file]),
      ...(user !== undefined && 'key' in user ? [user.certificate] : []),
    ];
    warnOf(files, clock, log);
    client = opcua.OPCUAClient.create({
      applicationName: 'Tanbiao',
      applicationUri: own.applicationUri,
      certificateFile: own.file,
      privateKeyFile: manager.privateKey,
      clientCertificateManager: manager,
      endpointMustExist: false,
      keepSessionAlive: true,
      securityMode: opcua.MessageSecurityMode[security.mode],
      securityPolicy: opcua.SecurityPolicy[security.policy],
      connectionStrategy: { maxRetry: 0 },
    });
    await client.connect(endpoint);
    const session = await client.createSession(identityOf(opcua, server));
    void watch(files, clock, log, left.signal);
    return { client, session };
  };
  try {
    const connected = await within(connectPatience, clock, connect(), signal);
    return await opened(opcua, server, attempt, connected, leave);
  } catch (cause) {
    void leave();
    throw refusalOf(attempt, cause, verdicts.refused);
  }
}

type Connected = { client: OPCUAClient; session: ClientSession };

async function opened(
  opcua: Opcua,
  { timeout, clock }: OpcuaServer,
  attempt: Attempt,
  { client, session }: Connected,
  close: () => Promise<void>,
): Promise<OpcuaSession> {
  const { promise: over, resolve } = Promise.withResolvers<Fault>();
  const end = (why: string) => resolve(refusalOf(attempt, new Error(why), undefined));
  client.on('connection_lost', () => end('connection lost'));
  client.on('close', () => end('connection closed'));
  // The client mends a session that the server ended, in silence: what changed meanwhile is lost.
  session.on('session_restored', () => end('session ended by the server'));
  session.on('session_closed', (status) => end(`session closed: ${status.name}`));
  const guarded = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await within(timeout, clock, answer);
    } catch (cause) {
      throw refusalOf(attempt, cause, undefined);
    }
  };
  const namespaces = await guarded(session.readNamespaceArray());
  const placed = (node: string) => inNamespace(node, namespaces);
  return {
    over,
    close: () => {
      end('connection closed');
      return close();
    },
    read: (nodes) =>
      guarded(session.read(nodes.map((node) => ({ nodeId: placed(node), attributeId: opcua.AttributeIds.Value })))),
    async subscribe(every, onAlive) {
      const subscription = await guarded(
        session.createSubscription2({
          requestedPublishingInterval: every,
          requestedMaxKeepAliveCount: aliveEvery,
          requestedLifetimeCount: Math.max(60, Math.ceil(60_000 / every)),
          maxNotificationsPerPublish: 1_000,
          publishingEnabled: true,
          priority: 1,
        }),
      );
      subscription.on('keepalive', onAlive);
      subscription.on('received_notifications', onAlive);
      subscription.on('status_changed', (status) => end(`subscription: ${status.name}`));
      subscription.on('terminated', () => end('subscription terminated'));
      subscription.on('internal_error', (error) => end(error.message));
      return {
        patience: Math.max(leastPatience, 3 * subscription.publishingInterval * subscription.maxKeepAliveCount),
        async monitor(nodes, sampling, hear) {
          const group = opcua.ClientMonitoredItemGroup.create(
            subscription,
            nodes.map((node) => ({ nodeId: placed(node), attributeId: opcua.AttributeIds.Value })),
            {
              samplingInterval: sampling,
              queueSize: Math.min(1_000, Math.max(10, Math.ceil(queueTime / Math.max(1, sampling)))),
              discardOldest: true,
            },
            opcua.TimestampsToReturn.Both,
          );
          group.on('changed', (_, value, index) => hear(index, value));
          await guarded(
            new Promise<void>((done, failed) => {
              group.on('initialized', done);
              group.on('err', (why) => failed(new Error(why)));
            }),
          );
          return {
            statuses: group.monitoredItems.map(({ statusCode }) => statusCode.value),
            stop: () => guarded(group.terminate()),
          };
        },
      };
    },
  };
}

function identityOf({ UserTokenType }: Opcua, { user }: OpcuaServer): UserIdentityInfo {
  if (user === undefined) return { type: UserTokenType.Anonymous };
  if ('name' in user) return { type: UserTokenType.UserName, userName: user.name, password: user.password };
  return {
    type: UserTokenType.Certificate,
    certificateData: new X509Certificate(contentOf(user.certificate)).raw,
    privateKey: contentOf(user.key).toString(),
  };
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Fault(
      'certificate_unreadable',
      { zh: `无法读取 ${file}：请检查路径和权限`, en: `cannot read ${file}: check the path and its permissions` },
      { cause, retry: true },
    );
  }
}

/** Throws when one is not valid. */
function warnOf(certificates: readonly string[], clock: Clock, log: Log): void {
  for (const certificate of certificates)
    for (const { zh, en } of readCertificates({ certificate }, clock.now()).warnings)
      log.warn({ event: 'certificate_expires', zh }, en);
}

/** A session may last longer than the certificates with which it began: at its end the way back would be closed. */
async function watch(certificates: readonly string[], clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(day, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    try {
      warnOf(certificates, clock, log);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.error(
        { event: 'certificate_bad', reason: error.message, zh: error.text.zh },
        'the next connection will fail',
      );
    }
  }
}

/** `nsu=` names a namespace by what it is; its number may be another after the server was restarted. */
function inNamespace(node: string, namespaces: readonly string[]): string {
  const [, uri, rest] = /^nsu=([^;]+);(.*)$/.exec(node) ?? [];
  if (uri === undefined) return node;
  const index = namespaces.indexOf(uri);
  // No server has so many: it answers that it does not know the node.
  return `ns=${index < 0 ? 65_535 : index};${rest}`;
}

async function within<T>(patience: number, clock: Clock, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error('given up'));
  const callOff = clock.after(patience, () => reject(new Error(`no answer within ${patience} ms`)));
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, never]);
  } finally {
    callOff();
    signal?.removeEventListener('abort', giveUp);
  }
}
