// Owns an OPC UA server whose variables show the plant of the moment, and what can be wrong with such a server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OPCUAServerOptions } from 'node-opcua-server';
import { freePort } from '../core/free-port.ts';

export type OpcuaVariable = { node: string; name: string; read: () => number };

/** May be changed while the server runs. */
export class OpcuaFaults {
  /** Nodes that answer with another status than Good, by its name in the standard. */
  readonly statuses = new Map<string, string>();
  /** Nodes whose value and time stand still, at what they showed first. */
  readonly frozen = new Set<string>();
  /** Milliseconds by which the source's clock is wrong. */
  sourceOffset = 0;
  /** The server's own clock stands still. */
  clockStopped = false;
}

export type OpcuaServerOptions = {
  /** Keys, certificates, and whom the server trusts. */
  folder: string;
  port?: number;
  /** Pairs such as `SignAndEncrypt/Basic256Sha256`; without any, messages are not secured. */
  security?: readonly string[];
  /** Names and passwords. With them, nobody is let in anonymously. */
  users?: Readonly<Record<string, string>>;
  /** PEM files in place of the certificate that the server makes for itself. */
  certificate?: { certificateFile: string; privateKeyFile: string };
  /** Whether clients that were never seen are let in. */
  trustsAll?: boolean;
  faults?: OpcuaFaults;
};

export type SimulatedOpcua = {
  endpoint: string;
  /** Variables that come while it runs. */
  add(variables: readonly OpcuaVariable[]): void;
  /** The server ends every session, as one does that is short of memory. */
  endSessions(): void;
  close(): Promise<void>;
};

const load = () =>
  Promise.all([
    import('node-opcua-server'),
    import('node-opcua-secure-channel'),
    import('node-opcua-variant'),
    import('node-opcua-certificate-manager'),
    import('node-opcua-client'),
  ]);

/** About 100 MB and a second to load: only plants with an OPC UA connection pay for it. */
export async function startOpcuaServer(
  variables: readonly OpcuaVariable[],
  options: OpcuaServerOptions,
): Promise<SimulatedOpcua> {
  const { folder, users, certificate, trustsAll = true, faults = new OpcuaFaults() } = options;
  const [{ OPCUAServer }, channel, { DataType, Variant }, { OPCUACertificateManager }, { DataValue, StatusCodes }] =
    await load();
  const rootFolder = join(folder, 'opcua-server');
  mkdirSync(rootFolder, { recursive: true });
  const port = options.port || (await freePort());
  const pairs = (options.security ?? ['None/None']).map((pair) => pair.split('/') as [string, string]);
  const modes = [...new Set(pairs.map(([mode]) => mode))] as (keyof typeof channel.MessageSecurityMode)[];
  const policies = [...new Set(pairs.map(([, policy]) => policy))] as (keyof typeof channel.SecurityPolicy)[];
  const store = (rootFolder: string) =>
    new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: trustsAll,
      disableFileWatchers: true,
    });
  const settings: OPCUAServerOptions = {
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port,
    resourcePath: '/plant',
    securityModes: modes.map((mode) => channel.MessageSecurityMode[mode]),
    securityPolicies: policies.map((policy) => channel.SecurityPolicy[policy]),
    allowAnonymous: users === undefined,
    serverCertificateManager: store(rootFolder),
    userCertificateManager: store(join(rootFolder, 'users')),
    ...(users === undefined
      ? {}
      : { userManager: { isValidUser: (name: string, password: string) => users[name] === password } }),
    ...certificate,
  };
  const server = new OPCUAServer(settings);
  await server.initialize();
  const space = server.engine.addressSpace?.getOwnNamespace();
  if (space === undefined) throw new Error('the OPC UA server has no address space');
  const plant = space.addObject({ organizedBy: 'ObjectsFolder', browseName: 'Plant' });
  const held = new Map<string, InstanceType<typeof DataValue>>();
  const add = ({ node, name, read }: OpcuaVariable) => {
    const answer = () => {
      const frozen = faults.frozen.has(node) ? held.get(node) : undefined;
      if (frozen !== undefined) return frozen;
      const value = new DataValue({
        value: new Variant({ dataType: DataType.Double, value: read() }),
        statusCode: StatusCodes[(faults.statuses.get(node) ?? 'Good') as 'Good'],
        sourceTimestamp: new Date(Date.now() + faults.sourceOffset),
        serverTimestamp: new Date(),
      });
      held.set(node, value);
      return value;
    };
    space.addVariable({
      componentOf: plant,
      nodeId: node,
      browseName: name,
      dataType: 'Double',
      minimumSamplingInterval: 50,
      value: { timestamped_get: answer },
    });
  };
  variables.forEach(add);
  await server.start();
  const clock = server.engine.addressSpace?.findNode('i=2258') as { readValue?: () => object } | undefined;
  const began = new DataValue({ value: new Variant({ dataType: DataType.DateTime, value: new Date() }) });
  const readClock = clock?.readValue?.bind(clock);
  if (clock != null && readClock) clock.readValue = (...args) => (faults.clockStopped ? began : readClock(...args));
  return {
    endpoint: `opc.tcp://127.0.0.1:${port}/plant`,
    add: (more) => more.forEach(add),
    endSessions: () => {
      const { _sessions } = server.engine as unknown as {
        _sessions: Record<string, { authenticationToken: Parameters<typeof server.engine.closeSession>[0] }>;
      };
      for (const { authenticationToken } of Object.values(_sessions))
        server.engine.closeSession(authenticationToken, true, 'Terminated');
    },
    close: () => server.shutdown(0),
  };
}
