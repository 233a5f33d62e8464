// Owns sending alarms to others: one bounded queue for each webhook, each message with a deadline, tried again with growing waits.
import { minute } from '../../core/calendar.ts';
import { backoff, type Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import type { Alarm, WebhookHealth } from './answers.ts';
import type { Webhook } from './rule-schema.ts';

const mostWaiting = 500;
/** With waits of up to five minutes: about an hour. */
const mostTries = 20;

export type Message = { event: 'raised' | 'cleared'; site: string; at: number; alarm: Alarm };

export type DeliveryOptions = { clock: Clock; log: Log; random?: () => number };

export class Delivery {
  readonly #webhook: Webhook;
  readonly #options: DeliveryOptions;
  readonly #waiting: Message[] = [];
  #wake: () => void = () => undefined;
  readonly health: WebhookHealth;

  constructor(webhook: Webhook, options: DeliveryOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.health = { id: webhook.id, waiting: 0, delivered: 0, dropped: 0, failure: null };
  }

  offer(message: Message): void {
    const { severities, rules } = this.#webhook;
    const { severity, rule } = message.alarm;
    if (!severities.includes(severity) || (rules !== undefined && !rules.includes(rule))) return;
    this.#waiting.push(message);
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift();
      this.#drop('the queue is full');
    }
    this.health.waiting = this.#waiting.length;
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const message = this.#waiting[0];
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await this.#deliver(message, signal);
      if (signal.aborted) return;
      // The queue may have let it go meanwhile.
      if (this.#waiting[0] === message) this.#waiting.shift();
      this.health.waiting = this.#waiting.length;
    }
  }

  async #deliver(message: Message, signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    for (let attempt = 0; attempt < mostTries && !signal.aborted; attempt++) {
      const failure = await this.#send(message, signal);
      if (signal.aborted) return;
      this.health.failure = failure;
      if (failure === null) {
        this.health.delivered++;
        return;
      }
      const wait = backoff(attempt, 1_000, 5 * minute, random);
      await clock.sleep(wait, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
    if (!signal.aborted) this.#drop(this.health.failure ?? '');
  }

  /** What went wrong; null: it was taken. */
  async #send(message: Message, signal: AbortSignal): Promise<string | null> {
    const late = new AbortController();
    const callOff = this.#options.clock.after(this.#webhook.deadline, () => late.abort(new Error('no answer in time')));
    try {
      const response = await fetch(this.#webhook.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(message),
        signal: AbortSignal.any([signal, late.signal]),
      });
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (error) {
      return late.signal.aborted ? messageOf(late.signal.reason) : messageOf(error);
    } finally {
      callOff();
    }
  }

  #drop(reason: string): void {
    this.health.dropped++;
    const { id } = this.#webhook;
    this.#options.log.warn({ event: 'alarm_not_delivered', webhook: id, reason }, 'an alarm was not delivered');
  }
}
