// Owns the proof that a broker delivers what several share: aedes grants such a subscription and delivers nothing.
import type { Clock } from '../core/clock.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { topicOf } from '../core/wire.ts';

const patience = 15_000;

/** A message to oneself, by a shared subscription of one's own. */
export class ProofOfSharing {
  readonly topic: string;
  readonly subscribe: string[];
  readonly #heard = Promise.withResolvers<void>();

  constructor(site: string, name: string) {
    this.topic = topicOf(site, name, 'cmd');
    this.subscribe = [`$share/${name}/${this.topic}`];
  }

  hear(topic: string): void {
    if (topic === this.topic) this.#heard.resolve();
  }

  within(clock: Clock, broker: string): Promise<void> {
    const callOff = clock.after(patience, () => this.#heard.reject(notShared(broker)));
    return this.#heard.promise.finally(callOff);
  }
}

export const notShared = (broker: string): Fault =>
  new Fault(
    'broker_not_shared',
    {
      zh: `消息代理 ${broker} 不投递共享订阅（$share）：内置代理（aedes）不支持；请使用 mosquitto 或 EMQX 并允许订阅 $share，或只运行一个不带 --share 的 ingest`,
      en: `the broker ${broker} does not deliver shared subscriptions ($share): the embedded one (aedes) cannot; use mosquitto or EMQX and allow $share, or run one ingest without --share`,
    },
    { exitCode: exitCodes.configuration },
  );
