// Composition root of the alarms: rules, their life on disk, rounds every few seconds, and who is told.
import { join } from 'node:path';
import { Calendar, hour, minute } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault, messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { points } from '../../core/points.ts';
import type { Store } from '../../core/store.ts';
import { type Live, staleAfter } from '../api/live.ts';
import { AlarmBook } from './alarm-book.ts';
import type { DryRun, RuleList, ShownRule } from './answers.ts';
import { Delivery } from './delivery.ts';
import { clearLevel, type Levels } from './latch.ts';
import { type Observation, observe, type SlowFacts } from './observe.ts';
import { changeOver, dryRun, isTryable } from './past.ts';
import { type AlarmSettings, loadAlarms, type Rule } from './rules.ts';
import { farFacts, knownNothing, nearFacts, type Refusals } from './slow-facts.ts';
import { AlarmWatch } from './watch.ts';

const roundEvery = 3_000;
/** Dry runs read many readings: one at a time, and no more than these behind it. */
const mostDryRuns = 4;

export type AlarmOptions = {
  site: Site;
  dataFolder: string;
  store: Store;
  live: Pick<Live, 'frame' | 'states'>;
  refusals: Refusals | undefined;
  clock: Clock;
  log: Log;
  settings?: AlarmSettings;
};

export class Alarms {
  readonly watch: AlarmWatch;
  readonly #options: AlarmOptions;
  readonly #settings: AlarmSettings;
  readonly #book: AlarmBook;
  readonly #calendar: Calendar;
  readonly #staleAfter: Map<string, number>;
  readonly #changes: Map<string, ReturnType<typeof changeOver>>;
  readonly #deliveries: Delivery[];
  #slow: SlowFacts = knownNothing;
  #dryRuns = 0;
  #running: Promise<unknown> = Promise.resolve();
  #trying: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(options: AlarmOptions) {
    const { site, dataFolder, clock, log } = options;
    this.#options = options;
    this.#settings = options.settings ?? loadAlarms(site);
    const { rules, webhooks } = this.#settings;
    this.#calendar = new Calendar(site.timezone);
    this.#staleAfter = new Map(site.meters.map(({ id }) => [id, staleAfter(site, id)]));
    this.#changes = new Map(rules.flatMap((rule) => (rule.kind === 'rate' ? [[rule.id, changeOver(rule.over)]] : [])));
    this.#deliveries = webhooks.map((webhook) => new Delivery(webhook, { clock, log }));
    this.#book = new AlarmBook(join(dataFolder, 'alarms.sqlite'));
    this.watch = new AlarmWatch({
      site,
      rules,
      book: this.#book,
      now: clock.now(),
      tell: (event, alarm) => {
        log.info({ event: `alarm_${event}`, rule: alarm.rule, object: alarm.object.id }, 'alarm');
        for (const delivery of this.#deliveries) delivery.offer({ event, site: site.site, at: clock.now(), alarm });
      },
    });
  }

  start(): void {
    const { signal } = this.#stop;
    const parts = [this.#rounds(signal), this.#asking(signal), ...this.#deliveries.map((one) => one.run(signal))];
    this.#running = Promise.all(parts);
    this.#running.catch((error) => this.#options.log.error({ event: 'alarms_failed', err: error }, 'alarms failed'));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#running, this.#trying]);
    this.watch.save();
    this.#book.close();
  }

  /** One round over all rules. */
  round(): void {
    const now = this.#options.clock.now();
    const { live, site } = this.#options;
    const { meters } = live.frame();
    const changes = new Map<string, number | null>();
    for (const rule of this.#settings.rules) {
      if (rule.kind !== 'rate') continue;
      const reading = meters[rule.meter]?.[rule.point];
      changes.set(rule.id, (reading && this.#changes.get(rule.id)?.(reading.time, reading.value)) ?? null);
    }
    const after = (meter: string) => this.#staleAfter.get(meter) ?? 0;
    const facts = { ...this.#slow, now, meters, states: live.states, staleAfter: after, changes };
    const observed = this.#settings.rules.map((rule) => ({
      rule,
      observations: observe(rule, site, facts, this.#calendar) satisfies Observation[],
    }));
    this.watch.take(observed, now);
  }

  async #rounds(signal: AbortSignal): Promise<void> {
    await this.#every(roundEvery, signal, async () => this.round());
  }

  async #asking(signal: AbortSignal): Promise<void> {
    const { site, store, refusals, clock } = this.#options;
    const { rules, keep } = this.#settings;
    let asked = Number.NEGATIVE_INFINITY;
    await this.#every(minute, signal, async () => {
      const now = clock.now();
      this.#slow = { ...this.#slow, ...(await nearFacts(site, rules, store, refusals, now)) };
      if (clock.monotonic() - asked < hour) return;
      this.#slow = { ...this.#slow, ...(await farFacts(site, rules, store, now)) };
      this.watch.forget(now - keep);
      asked = clock.monotonic();
    });
  }

  /** A store that does not answer for a while ends no watch. */
  async #every(milliseconds: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        this.#options.log.error({ event: 'alarm_round_failed', reason: messageOf(error) }, 'alarms not evaluated');
      }
      await this.#options.clock.sleep(milliseconds, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  rules(): RuleList {
    return {
      rules: this.#settings.rules.map(shownRule),
      webhooks: this.#deliveries.map(({ health }) => ({ ...health })),
    };
  }

  /** With other levels, where somebody looks for better ones. */
  async dryRun(id: string, days: number, other: Levels & { hold?: number | undefined }): Promise<DryRun> {
    const found = this.#settings.rules.find((rule) => rule.id === id);
    if (found === undefined) throw new Fault('rule_unknown', { zh: `没有规则 ${id}`, en: `there is no rule ${id}` });
    if (this.#dryRuns >= mostDryRuns)
      throw new Fault('dry_runs_busy', {
        zh: '试运行太多：请等前面的完成后再试',
        en: 'too many dry runs: try again when those before are done',
      });
    const changed = Object.fromEntries(Object.entries(other).filter(([, value]) => value !== undefined));
    const rule = { ...found, ...changed } as Rule;
    const { site, store, clock } = this.#options;
    this.#dryRuns++;
    const run = this.#trying.then(() =>
      dryRun(rule, days, { site, store, staleAfter: (meter) => this.#staleAfter.get(meter) ?? 0, now: clock.now() }),
    );
    this.#trying = run.then(
      () => undefined,
      () => undefined, // whoever asked for it is told
    );
    return run.finally(() => {
      this.#dryRuns--;
    });
  }
}

function shownRule(rule: Rule): ShownRule {
  const { id, kind, name, severity, owner = null, builtin, hold, release } = rule;
  const isLevelled = 'above' in rule || 'below' in rule;
  const levels: Levels = isLevelled ? (rule as Levels) : {};
  const unit = 'point' in rule && rule.kind !== 'daily' ? points[rule.point].unit : rule.kind === 'daily' ? '' : 'kW';
  return {
    id,
    kind,
    name,
    severity,
    owner,
    builtin,
    hold,
    release,
    tryable: isTryable(rule),
    level: isLevelled
      ? { above: levels.above ?? null, below: levels.below ?? null, clear: clearLevel(levels), unit }
      : null,
    meter: 'meter' in rule ? rule.meter : null,
  };
}
