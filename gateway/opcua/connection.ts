// Owns node-opcua-client and one OPC UA server: a session that is rebuilt whole after any doubt.
import { join } from 'node:path';
import type { DataValue, OPCUAClient } from 'node-opcua-client';
import { backoff, type Clock } from '../../core/clock.ts';
import { Fault, messageOf } from '../../core/fault.ts';

export type OpcuaOptions = {
  endpoint: string;
  timeout: number;
  clock: Clock;
  pkiFolder: string;
  random?: () => number;
};

type Session = { client: OPCUAClient; read(nodes: readonly string[]): Promise<DataValue[]> };

export class OpcuaConnection {
  readonly #options: OpcuaOptions;
  #session: Promise<Session> | undefined;
  #failures = 0;
  #notBefore = 0;
  #lastFault: Fault | undefined;

  constructor(options: OpcuaOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return this.#options.endpoint;
  }

  /** The values of nodes in their order. A server that does not answer in time is left, and met anew next time. */
  async read(nodes: readonly string[]): Promise<DataValue[]> {
    const { clock, timeout } = this.#options;
    if (this.#lastFault !== undefined && clock.monotonic() < this.#notBefore) throw this.#lastFault;
    const deadline = new AbortController();
    const late = clock.sleep(timeout, deadline.signal).then(() => {
      throw new Error(`no answer within ${timeout} ms`);
    });
    late.catch(() => undefined); // ours when it loses the race
    try {
      this.#session ??= this.#connect();
      const values = await Promise.race([this.#session.then((session) => session.read(nodes)), late]);
      this.#failures = 0;
      this.#lastFault = undefined;
      return values;
    } catch (cause) {
      const detail = messageOf(cause);
      this.#lastFault = new Fault(
        'opcua_unavailable',
        { zh: `${this.endpoint}：读取失败（${detail}）`, en: `${this.endpoint}: cannot read (${detail})` },
        { cause, retry: true },
      );
      this.#notBefore = clock.monotonic() + backoff(this.#failures++, 500, 30_000, this.#options.random ?? Math.random);
      this.#drop();
      throw this.#lastFault;
    } finally {
      deadline.abort();
    }
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined); // a session that never came up has nothing to close
    this.#session = undefined;
    await session?.client.disconnect();
  }

  #drop(): void {
    const session = this.#session;
    this.#session = undefined;
    // The old client ends in its own time: nobody waits for a server that is gone.
    session?.then(({ client }) => client.disconnect()).catch(() => undefined);
  }

  async #connect(): Promise<Session> {
    // About 100 MB: only a site that has an OPC UA server pays for it.
    const [opcua, { OPCUACertificateManager }, messages] = await Promise.all([
      import('node-opcua-client'),
      import('node-opcua-certificate-manager'),
      import('node-opcua-debug'),
    ]);
    // It writes to stdout, which belongs to the answers of the command line. What matters comes as an error.
    messages.setWarningLogger(() => undefined);
    messages.setErrorLogger(() => undefined);
    const rootFolder = join(this.#options.pkiFolder, 'opcua');
    const client = opcua.OPCUAClient.create({
      applicationName: 'Tanbiao',
      endpointMustExist: false,
      keepSessionAlive: true,
      securityMode: opcua.MessageSecurityMode.None,
      securityPolicy: opcua.SecurityPolicy.None,
      connectionStrategy: { maxRetry: 0 },
      // node-opcua's own default trusts every certificate it has not seen.
      clientCertificateManager: new OPCUACertificateManager({
        rootFolder,
        automaticallyAcceptUnknownCertificate: false,
      }),
    });
    await client.connect(this.endpoint);
    const session = await client.createSession();
    return {
      client,
      read: (nodes) => session.read(nodes.map((nodeId) => ({ nodeId, attributeId: opcua.AttributeIds.Value }))),
    };
  }
}
