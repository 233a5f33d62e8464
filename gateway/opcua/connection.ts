// Owns asking one OPC UA server for values: a session that is rebuilt whole after any doubt, and not at once.
import type { DataValue } from 'node-opcua-client';
import { backoff } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { type OpcuaServer, type OpcuaSession, openSession } from './session.ts';

export class OpcuaConnection {
  readonly #server: OpcuaServer;
  readonly #stop = new AbortController();
  #session: Promise<OpcuaSession> | undefined;
  #failures = 0;
  #notBefore = 0;
  #lastFault: Fault | undefined;

  constructor(server: OpcuaServer) {
    this.#server = server;
  }

  get endpoint(): string {
    return this.#server.endpoint;
  }

  /** The values of nodes in their order. A server that does not answer in time is left, and met anew next time. */
  async read(nodes: readonly string[]): Promise<DataValue[]> {
    const { clock, random = Math.random } = this.#server;
    if (this.#lastFault !== undefined && clock.monotonic() < this.#notBefore) throw this.#lastFault;
    this.#session ??= openSession(this.#server, this.#stop.signal);
    const asked = this.#session;
    try {
      const values = await (await asked).read(nodes);
      this.#failures = 0;
      this.#lastFault = undefined;
      return values;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      // Of many who ask at once, the first one drops the session.
      if (this.#session === asked) {
        this.#session = undefined;
        this.#lastFault = fault;
        this.#notBefore = clock.monotonic() + backoff(this.#failures++, 500, 30_000, random);
        void closed(asked); // the old session ends in its own time: nobody waits for a server that is gone
      }
      throw fault;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await closed(session);
  }
}

/** A session that never came up has nothing to close. */
async function closed(session: Promise<OpcuaSession>): Promise<void> {
  const opened = await session.catch(() => undefined);
  await opened?.close();
}
