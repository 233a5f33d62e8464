// Owns the link to somebody else's broker: one session for all meters behind it, and who listens to which topic.
import { randomUUID } from 'node:crypto';
import { BrokerLink, type ForeignAddress } from '../../core/broker-link.ts';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';

export type TopicListener = {
  hear: (payload: Uint8Array, retained: boolean) => void;
  lose: (fault: Fault) => void;
};

export type ForeignBrokerOptions = { address: ForeignAddress; clock: Clock; log: Log; random?: () => number };

export class ForeignBroker {
  readonly #options: ForeignBrokerOptions;
  /** By topic: several meters may be in one message. */
  readonly #listeners = new Map<string, Set<TopicListener>>();
  #link: BrokerLink | undefined;

  constructor(options: ForeignBrokerOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return this.#options.address.url;
  }

  /** Gives the way to leave. The link comes up with the first listener. */
  listen(topic: string, listener: TopicListener): () => void {
    const known = this.#listeners.get(topic);
    const listeners = known ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    if (this.#link === undefined) this.#link = this.#open();
    // A link that breaks meanwhile subscribes to everything when it is back.
    else if (known === undefined) this.#link.subscribe([topic]).catch(() => undefined);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  async close(): Promise<void> {
    await this.#link?.close();
  }

  #open(): BrokerLink {
    const { address, clock, log, random = Math.random } = this.#options;
    const all = (topics = this.#listeners.keys()) => [...topics].flatMap((topic) => [...this.#of(topic)]);
    return new BrokerLink({
      broker: address,
      clientId: `tanbiao-${randomUUID().slice(0, 13)}`,
      subscribe: { [Symbol.iterator]: () => this.#listeners.keys() },
      onMessage: (topic, payload, retained) => {
        for (const listener of this.#of(topic)) listener.hear(payload, retained);
      },
      onDown: (reason) => {
        const fault = unavailable(this.endpoint, reason);
        for (const listener of all()) listener.lose(fault);
      },
      onDenied: (topic) => {
        for (const listener of this.#of(topic)) listener.lose(denied(this.endpoint, topic));
      },
      clock,
      log,
      random,
    });
  }

  #of(topic: string): ReadonlySet<TopicListener> {
    return this.#listeners.get(topic) ?? new Set();
  }
}

const unavailable = (endpoint: string, reason: string): Fault =>
  new Fault(
    'mqtt_unavailable',
    {
      zh: `${endpoint}：消息代理不可用（${reason}）；请检查地址、端口、用户名和密码`,
      en: `${endpoint}: the broker is not available (${reason}): check address, port, user name and password`,
    },
    { retry: true },
  );

const denied = (endpoint: string, topic: string): Fault =>
  new Fault(
    'mqtt_denied',
    {
      zh: `${endpoint}：代理拒绝订阅 ${topic}；请检查该用户的权限`,
      en: `${endpoint}: the broker denies the subscription to ${topic}: check what this user may read`,
    },
    { retry: true },
  );
