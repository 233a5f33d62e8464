// Composition root of the alarms: rules, their life on disk, rounds every few seconds, and who is told.
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Calendar, hour, minute } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Site } from '../../core/config/site.ts';
import type { Problem } from '../../core/config/yaml-file.ts';
import { Fault, messageOf } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { points } from '../../core/points.ts';
import type { Store } from '../../core/store.ts';
import { type Live, staleAfter } from '../api/live.ts';
import { AlarmBook } from './alarm-book.ts';
import type { DryRun, RuleChange, RuleList, ShownRule } from './answers.ts';
import { Delivery } from './delivery.ts';
import { writeRule } from './edit-rule.ts';
import { followRules } from './follow-rules.ts';
import { clearLevel, type Holds, type Levels } from './latch.ts';
import { type Observation, observe, type SlowFacts } from './observe.ts';
import { changeOver, dryRun, isTryable } from './past.ts';
import type { Webhook } from './rule-schema.ts';
import { type AlarmSettings, loadAlarms, type Rule, rulePlaces } from './rules.ts';
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

/** One webhook while it is in alarms.yaml. */
type Line = { webhook: Webhook; delivery: Delivery; end: AbortController };

export class Alarms {
  readonly watch: AlarmWatch;
  readonly #options: AlarmOptions;
  #settings: AlarmSettings;
  #problems: readonly Problem[] = [];
  readonly #book: AlarmBook;
  readonly #calendar: Calendar;
  readonly #staleAfter: Map<string, number>;
  readonly #changes = new Map<string, { over: number; at: ReturnType<typeof changeOver> }>();
  #lines: Line[] = [];
  #asked = Number.NEGATIVE_INFINITY;
  #slow: SlowFacts = knownNothing;
  #dryRuns = 0;
  #running: Promise<unknown> = Promise.resolve();
  #unfollow: () => void = () => undefined;
  #trying: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(options: AlarmOptions) {
    const { site, dataFolder, clock, log } = options;
    this.#options = options;
    this.#settings = options.settings ?? loadAlarms(site, dataFolder);
    this.#calendar = new Calendar(site.timezone);
    this.#staleAfter = new Map(site.meters.map(({ id }) => [id, staleAfter(site, id)]));
    this.#book = new AlarmBook(join(dataFolder, 'alarms.sqlite'));
    this.watch = new AlarmWatch({
      site,
      rules: this.#settings.rules,
      book: this.#book,
      now: clock.now(),
      tell: (event, alarm) => {
        log.info({ event: `alarm_${event}`, rule: alarm.rule, object: alarm.object.id }, 'alarm');
        for (const { delivery } of this.#lines) delivery.offer({ event, site: site.site, at: clock.now(), alarm });
      },
    });
    this.#lines = this.#settings.webhooks.map((webhook) => this.#lineTo(webhook));
  }

  #lineTo(webhook: Webhook): Line {
    const { clock, log } = this.#options;
    return { webhook, delivery: new Delivery(webhook, { clock, log }), end: new AbortController() };
  }

  start(): void {
    const { signal } = this.#stop;
    const { site, dataFolder, log } = this.#options;
    this.#run(this.#rounds(signal));
    this.#run(this.#asking(signal));
    for (const line of this.#lines) this.#open(line);
    this.#unfollow = followRules(
      site,
      dataFolder,
      log,
      (settings) => this.#adopt(settings),
      (problems) => this.#refuse(problems),
    );
  }

  /** Ends with `stop`, which waits for it. */
  #run(part: Promise<unknown>): void {
    this.#running = Promise.all([this.#running, part]);
    this.#running.catch((error) => this.#options.log.error({ event: 'alarms_failed', err: error }, 'alarms failed'));
  }

  #open({ delivery, end }: Line): void {
    this.#run(delivery.run(AbortSignal.any([this.#stop.signal, end.signal])));
  }

  /** From the next round on. A webhook that is said as before keeps what waits for it. */
  #adopt(settings: AlarmSettings): void {
    this.#problems = [];
    if (isDeepStrictEqual(settings, this.#settings)) return;
    const stays = (line: Line) => settings.webhooks.some((one) => isDeepStrictEqual(one, line.webhook));
    for (const line of this.#lines) if (!stays(line)) line.end.abort();
    const kept = this.#lines.filter(stays);
    const lines = settings.webhooks.map(
      (webhook) => kept.find((line) => isDeepStrictEqual(line.webhook, webhook)) ?? this.#lineTo(webhook),
    );
    for (const line of lines) if (!kept.includes(line)) this.#open(line);
    this.#lines = lines;
    this.#settings = settings;
    this.#asked = Number.NEGATIVE_INFINITY; // other rules may need other facts
    this.watch.adopt(settings.rules);
    this.#options.log.warn(
      { event: 'alarm_rules_applied', rules: settings.rules.length },
      'the new alarm rules are in force',
    );
  }

  #refuse(problems: readonly Problem[]): void {
    this.#problems = problems;
    for (const { file, line, column, text } of problems)
      this.#options.log.error({ event: 'alarm_rules_refused', at: `${file}:${line}:${column}`, zh: text.zh }, text.en);
  }

  async stop(): Promise<void> {
    this.#unfollow();
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
      let change = this.#changes.get(rule.id);
      if (change?.over !== rule.over) change = { over: rule.over, at: changeOver(rule.over) };
      this.#changes.set(rule.id, change);
      changes.set(rule.id, (reading && change.at(reading.time, reading.value)) ?? null);
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
    await this.#every(minute, signal, async () => {
      const settings = this.#settings;
      const { rules, keep } = settings;
      const now = clock.now();
      this.#slow = { ...this.#slow, ...(await nearFacts(site, rules, store, refusals, now)) };
      if (clock.monotonic() - this.#asked < hour) return;
      this.#slow = { ...this.#slow, ...(await farFacts(site, rules, store, now)) };
      this.watch.forget(now - keep);
      if (settings === this.#settings) this.#asked = clock.monotonic();
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
    const { rules, off } = this.#settings;
    const { site, dataFolder } = this.#options;
    return {
      changesGoTo: rulePlaces(site, dataFolder).changesGoTo,
      rules: [...rules, ...off].map(shownRule),
      webhooks: this.#lines.map(({ delivery }) => ({ ...delivery.health })),
      problems: this.#problems.map(({ file, line, column, text }) => ({
        at: `${basename(file)}:${line}:${column}`,
        text,
      })),
    };
  }

  #ruleOf(id: string): Rule {
    const { rules, off } = this.#settings;
    const found = [...rules, ...off].find((rule) => rule.id === id);
    if (found === undefined) throw new Fault('rule_unknown', { zh: `没有规则 ${id}`, en: `there is no rule ${id}` });
    return found;
  }

  /** In the file, and at once. */
  change(id: string, change: RuleChange): RuleList {
    const { site, dataFolder } = this.#options;
    this.#adopt(writeRule(site, dataFolder, this.#ruleOf(id), change));
    return this.rules();
  }

  /** With other levels, where somebody looks for better ones. */
  async dryRun(
    id: string,
    days: number,
    other: Levels & { [of in keyof Holds]?: number | undefined },
  ): Promise<DryRun> {
    const found = this.#ruleOf(id);
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
  const { id, kind, name, severity, owner = null, builtin, off = false, hold, release } = rule;
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
    off,
    hold,
    release,
    tryable: isTryable(rule),
    level: isLevelled
      ? { above: levels.above ?? null, below: levels.below ?? null, clear: clearLevel(levels), unit }
      : null,
    meter: 'meter' in rule ? rule.meter : null,
  };
}
