// Owns mqtt.js: a link to the broker that comes back by itself, keeps nothing in memory, and settles every publish.
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { type CertificateFiles, type Certificates, explainTls, readCertificates } from './certificate.ts';
import { backoff, type Clock } from './clock.ts';
import { Fault, messageOf } from './fault.ts';
import type { Log } from './log.ts';

export type BrokerAddress = {
  url: string;
  username: string;
  password: string;
  tls?: CertificateFiles | undefined;
  /** Of MQTT; 3.1.1 if not said, which every broker speaks. */
  version?: '3.1.1' | '5' | undefined;
};

/** Somebody else's broker may take anybody. */
export type ForeignAddress = Pick<BrokerAddress, 'url' | 'tls' | 'version'> & {
  username?: string | undefined;
  password?: string | undefined;
};

export type LinkOptions = {
  broker: ForeignAddress;
  clientId: string;
  will?: { topic: string; payload: string };
  /** Looked at in each session: topics may come and go. */
  subscribe: Iterable<string>;
  /** `retained`: the broker kept it for us, since nobody knows when. */
  onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void;
  onUp?: () => void;
  /** After each session, and each attempt that did not become one. */
  onDown?: (reason: string) => void;
  /** Without it, one topic that is denied ends the session. */
  onDenied?: (topic: string) => void;
  clock: Clock;
  log: Log;
  random?: () => number;
  /** How long a broker that is connected may take to answer, in milliseconds. */
  patience?: number;
};

/** A session shorter than this was none: the way back is not shorter after it. */
const shortSession = 2_000;
const daily = 86_400_000;
/** Far more than a busy broker takes. */
const usualPatience = 30_000;
/** What is under way may still be answered, but nobody waits long for the end. */
const lastPatience = 5_000;

const notConnected = (): Fault =>
  new Fault('broker_unavailable', { zh: '与消息代理的连接已断开', en: 'the broker is not connected' }, { retry: true });

/**
 * One mqtt.js client a session: its own reconnect replays a memory queue that can fail silently, has no backoff, and
 * its offline queue has no bound. What must survive an outage is in the gateway's spool, not here.
 */
export class BrokerLink {
  readonly #options: LinkOptions;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<(fault: Fault) => void>();
  readonly #running: Promise<void>;
  #client: MqttClient | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get connected(): boolean {
    return this.#client?.connected === true;
  }

  /** Resolves when the broker has taken the message (QoS 1): it is in the broker's memory then, not in the store. */
  publish(topic: string, payload: string, retain = false): Promise<void> {
    const client = this.#client;
    if (client?.connected !== true) return Promise.reject(notConnected());
    return new Promise((resolve, reject) => {
      const callOff = this.#expect(client);
      const fail = (fault: Fault) => {
        callOff();
        reject(fault);
      };
      this.#waiting.add(fail);
      client.publish(topic, payload, { qos: 1, retain }, (error) => {
        this.#waiting.delete(fail);
        if (error) return fail(notConnected());
        callOff();
        resolve();
      });
    });
  }

  /** A broker may answer pings and nothing else: the session ends then, and with it all that waits. Gives the way to call it off. */
  #expect(client: MqttClient): () => void {
    const { log, broker, patience = usualPatience } = this.#options;
    const timer = setTimeout(() => {
      log.warn({ event: 'broker_silent', broker: broker.url }, 'the broker is connected, but does not answer');
      client.stream.destroy();
    }, patience);
    return () => clearTimeout(timer);
  }

  /** At once, when there is a session; every later one begins with `subscribe` of the options. */
  async subscribe(topics: Iterable<string>): Promise<void> {
    const client = this.#client;
    if (client?.connected === true) await this.#subscribe(client, topics);
  }

  async #subscribe(client: MqttClient, topics: Iterable<string>): Promise<void> {
    const { onDenied } = this.#options;
    const denied: string[] = [];
    const { promise: gone, reject } = Promise.withResolvers<never>();
    gone.catch(() => undefined); // also when nobody waits for it any more
    const lose = () => reject(notConnected());
    client.once('close', lose);
    try {
      for (const topic of topics) {
        const callOff = this.#expect(client);
        try {
          await Promise.race([client.subscribeAsync(topic, { qos: 1 }), gone]);
        } catch (error) {
          if (!client.connected) throw error;
          denied.push(topic);
        } finally {
          callOff();
        }
      }
    } finally {
      client.off('close', lose);
    }
    if (onDenied !== undefined) denied.forEach(onDenied);
    else if (denied.length > 0)
      throw new Fault('broker_denied', {
        zh: `代理拒绝订阅 ${denied.join(', ')}`,
        en: `the broker denies the subscription to ${denied.join(', ')}`,
      });
  }

  async close(): Promise<void> {
    const { patience = usualPatience } = this.#options;
    const client = this.#client;
    this.#stop.abort();
    if (client !== undefined) {
      const late = setTimeout(() => client.stream.destroy(), Math.min(patience, lastPatience));
      await Promise.race([client.endAsync(), new Promise<void>((resolve) => client.once('close', resolve))]);
      clearTimeout(late);
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log, random = Math.random, broker, onDown } = this.#options;
    const signal = this.#stop.signal;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const began = clock.monotonic();
        await this.#session();
        // A broker that takes the login and closes on the first message would otherwise be asked without a pause.
        const wasShort = clock.monotonic() - began < shortSession;
        if (!wasShort) attempt = 0;
        const hint = wasShort ? 'closed at once: may this user publish and subscribe to its topics?' : undefined;
        if (!signal.aborted) log.warn({ event: 'broker_lost', broker: broker.url, hint }, 'broker connection lost');
        onDown?.(hint ?? 'connection lost');
      } catch (error) {
        const reason = messageOf(explainTls(error, broker.tls));
        if (!signal.aborted) log.warn({ event: 'broker_refused', broker: broker.url, reason }, 'broker not reachable');
        onDown?.(reason);
      }
      await clock.sleep(100 + backoff(attempt, 1_000, 60_000, random), signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  #certificates(): Certificates {
    const { broker, clock, log } = this.#options;
    if (broker.tls === undefined) return {};
    const { certificates, warnings } = readCertificates(broker.tls, clock.now());
    for (const { zh, en } of warnings) log.warn({ event: 'certificate_expires', zh }, en);
    return certificates;
  }

  /** Tells every day what a long session would keep silent about: at its end, the way back may be closed. */
  async #watchCertificates(signal: AbortSignal): Promise<void> {
    const { clock, log, broker } = this.#options;
    while (broker.tls !== undefined && !signal.aborted) {
      await clock.sleep(daily, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      try {
        if (!signal.aborted) this.#certificates();
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log.error({ event: 'certificate_bad', reason: error.message }, 'the next connection will fail');
      }
    }
  }

  /** From connect to close. */
  async #session(): Promise<void> {
    const { broker, clientId, will, subscribe, onMessage, onUp, log } = this.#options;
    const options: IClientOptions = {
      clientId,
      ...(broker.username === undefined ? {} : { username: broker.username, password: broker.password ?? '' }),
      protocolVersion: broker.version === '5' ? 5 : 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      keepalive: 15,
      queueQoSZero: false,
      resubscribe: false,
      ...this.#certificates(),
      ...(will === undefined
        ? {}
        : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    };
    const client = await connectAsync(broker.url, options, false);
    const over = new AbortController();
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    client.on('error', (error) => {
      log.warn({ event: 'broker_error', reason: messageOf(explainTls(error, broker.tls)) }, 'broker error');
    });
    client.on('message', (topic, payload, { retain }) => {
      try {
        onMessage(topic, payload, retain);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        log.warn({ event: 'message_refused', topic, code: error.code, reason: error.message }, 'message refused');
      }
    });
    const stop = this.#stop.signal;
    const leave = () => client.stream.destroy();
    try {
      if (stop.aborted) return;
      stop.addEventListener('abort', leave, { once: true });
      await this.#subscribe(client, subscribe);
      if (stop.aborted) return;
      stop.removeEventListener('abort', leave);
      this.#client = client;
      log.info({ event: 'broker_up', broker: broker.url }, 'broker connected');
      onUp?.();
      void this.#watchCertificates(AbortSignal.any([stop, over.signal]));
      await closed;
    } finally {
      stop.removeEventListener('abort', leave);
      over.abort();
      this.#client = undefined;
      for (const reject of this.#waiting) reject(notConnected());
      this.#waiting.clear();
      await client.endAsync(true);
    }
  }
}
