// Owns an OPC UA server whose variables show the plant of the moment.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type OpcuaVariable = { node: string; name: string; read: () => number };

export type SimulatedOpcua = { endpoint: string; close(): Promise<void> };

/** About 100 MB and a second to load: only plants with an OPC UA connection pay for it. */
export async function startOpcuaServer(
  variables: readonly OpcuaVariable[],
  folder: string,
  port = 0,
): Promise<SimulatedOpcua> {
  const [{ OPCUAServer }, { MessageSecurityMode, SecurityPolicy }, { DataType, Variant }, { OPCUACertificateManager }] =
    await Promise.all([
      import('node-opcua-server'),
      import('node-opcua-secure-channel'),
      import('node-opcua-variant'),
      import('node-opcua-certificate-manager'),
    ]);
  const rootFolder = join(folder, 'opcua-server');
  mkdirSync(rootFolder, { recursive: true });
  const chosen = port === 0 ? await freePort() : port;
  const server = new OPCUAServer({
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port: chosen,
    resourcePath: '/plant',
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
    allowAnonymous: true,
    serverCertificateManager: new OPCUACertificateManager({ rootFolder }),
    userCertificateManager: new OPCUACertificateManager({ rootFolder: join(rootFolder, 'users') }),
  });
  await server.initialize();
  const space = server.engine.addressSpace?.getOwnNamespace();
  if (space === undefined) throw new Error('the OPC UA server has no address space');
  const plant = space.addObject({ organizedBy: 'ObjectsFolder', browseName: 'Plant' });
  for (const { node, name, read } of variables) {
    space.addVariable({
      componentOf: plant,
      nodeId: node,
      browseName: name,
      dataType: 'Double',
      minimumSamplingInterval: 100,
      value: { get: () => new Variant({ dataType: DataType.Double, value: read() }) },
    });
  }
  await server.start();
  return {
    endpoint: `opc.tcp://127.0.0.1:${chosen}/plant`,
    close: () => server.shutdown(0),
  };
}

/** The server cannot choose a port by itself. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
