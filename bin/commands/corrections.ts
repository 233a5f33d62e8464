// Owns `tanbiao corrections`: what stands for slots that are wrong or unknown, added, listed as of a day, and withdrawn.
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Calendar, day, type Period, slotLength } from '../../core/calendar.ts';
import { sha256 } from '../../core/canonical.ts';
import { systemClock } from '../../core/clock.ts';
import { correctionsIn, correctionsOf } from '../../core/corrections.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { EntryOf } from '../../core/ledger.ts';
import { fromSteps, parsePointId, points, toSteps } from '../../core/points.ts';
import { type SeriesKey, seriesName } from '../../core/sample.ts';
import { emptySlot, type Slot } from '../../core/slots.ts';
import type { Text } from '../../core/text.ts';
import { type EstimateRule, estimate, estimateRules, weeksBack } from '../../ingest/estimates.ts';
import { CellFault, timeOf } from '../../ingest/import/cell.ts';
import { SqliteLedger } from '../../store/ledger/sqlite-ledger.ts';
import type { Answers } from '../ask.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';

type Signed = SiteOptions & { author: string; reason: string; json?: boolean };
type AddOptions = Signed & {
  from: string;
  to: string;
  rule: string;
  amount?: string;
  evidence?: string;
  dryRun?: boolean;
};
type ListOptions = SiteOptions & { asOf?: string; json?: boolean };

export function addCorrections(program: Command): void {
  const corrections = program
    .command('corrections')
    .description('Decides what stands for slots that are wrong or unknown; readings stay as they are.');
  const signed = (command: Command) =>
    siteOptions(command)
      .requiredOption('--reason <why>', 'why it is corrected')
      .option('--author <name>', 'who answers for it', userInfo().username)
      .option('--json', 'print JSON');
  signed(corrections.command('add').argument('<series>', 'meter.point, such as main.energy_import'))
    .description('Estimates a stretch by a rule, or takes what is said by hand.')
    .requiredOption('--from <time>', 'a whole quarter of an hour at the plant: "2025-03-01 08:00"')
    .requiredOption('--to <time>', 'where it ends')
    .requiredOption(
      '--rule <rule>',
      'linear (2 h at most), history (same hours of the weeks before), profile (the known amount by its usual shape), hand',
    )
    .option('--amount <amount>', "with hand: the amount of a counter, the mean of a gauge, in the point's unit")
    .option('--evidence <document>', 'what proves it')
    .option('--dry-run', 'say what would be written, and write nothing')
    .action(add);
  siteOptions(corrections.command('list').description('The corrections that hold, now or as of a day.'))
    .option('--as-of <time>', 'as known then: "2025-03-01" or "2025-03-01 08:00"')
    .option('--json', 'print JSON')
    .action(list);
  signed(
    corrections.command('withdraw').argument('<id>').description('Takes a correction back; it stays on record.'),
  ).action(withdraw);
}

const openLedger = ({ dataFolder }: Context): SqliteLedger => new SqliteLedger(join(dataFolder, 'ledger.sqlite'));

const refused = (text: Text): Fault => new Fault('correction_refused', text, { exitCode: exitCodes.configuration });

function timeAt(text: string, calendar: Calendar): number {
  try {
    return timeOf([text], { format: undefined, calendar, from1904: false });
  } catch (error) {
    throw error instanceof CellFault ? refused(error.text) : error;
  }
}

async function add(series: string, options: AddOptions): Promise<void> {
  const context = contextOf(options);
  const calendar = new Calendar(context.site.timezone);
  const [meter = '', point = ''] = series.split('.');
  const key: SeriesKey = { meter, point: parsePointId(point) };
  const period = { start: timeAt(options.from, calendar), end: timeAt(options.to, calendar) };
  refuseNonsense(context, key, period, options.rule);
  const amount = options.amount === undefined ? undefined : toSteps(Number(options.amount), key.point);
  if (amount !== undefined && !Number.isSafeInteger(amount))
    throw refused({ zh: `“${options.amount}” 不是数`, en: `"${options.amount}" is not a number` });
  const ledger = openLedger(context);
  const answers = await (await import('../ask.ts')).answersOf(context);
  try {
    const [standing] = correctionsOf(key, period, correctionsIn(ledger.current()));
    if (standing !== undefined)
      throw refused({
        zh: `该时段已有更正 ${standing.entry.id}：先 tanbiao corrections withdraw ${standing.entry.id}`,
        en: `the correction ${standing.entry.id} stands there: first tanbiao corrections withdraw ${standing.entry.id}`,
      });
    const slots = await slotsAround(answers, key, period);
    const rule = options.rule as EstimateRule;
    const { values, basis } = estimate(rule, { point: key.point, period, slots, calendar, amount });
    const entry: EntryOf<'correction'> = {
      kind: 'correction',
      id: `correction-${sha256(`${seriesName(key)} ${period.start} ${period.end}`).slice(0, 12)}`,
      meter,
      point: key.point,
      from: new Date(period.start).toISOString(),
      values: values.map((value) => fromSteps(value, key.point)),
      rule,
      basis,
      ...(options.evidence === undefined ? {} : { evidence: options.evidence }),
    };
    if (options.dryRun !== true) ledger.append(entry, options.author, options.reason, systemClock.now());
    if (options.json === true) return console.log(JSON.stringify(entry));
    const { unit } = points[key.point];
    const before = [...slots.values()].filter(({ start }) => start >= period.start && start < period.end);
    const isGauge = points[key.point].kind === 'gauge';
    const whole = (all: readonly number[]) =>
      `${fromSteps(all.reduce((sum, one) => sum + one, 0) / (isGauge ? Math.max(1, all.length) : 1), key.point)} ${unit}`;
    const [was, is] = [whole(before.map(({ value }) => value)), whole(values)];
    console.log(
      context.language === 'zh'
        ? `${entry.id}：${values.length} 个刻钟，${was} → ${is}（${basis}）${options.dryRun === true ? '，未写入' : ''}`
        : `${entry.id}: ${values.length} quarters of an hour, ${was} → ${is} (${basis})${options.dryRun === true ? ', not written' : ''}`,
    );
  } finally {
    ledger.close();
    await answers.close();
  }
}

const longest = 31 * day;

function refuseNonsense({ site }: Context, { meter }: SeriesKey, { start, end }: Period, rule: string): void {
  if (!site.meters.some(({ id }) => id === meter))
    throw refused({ zh: `站点没有表计 “${meter}”`, en: `the site has no meter "${meter}"` });
  if (!estimateRules.some((one) => one === rule))
    throw refused({
      zh: `没有规则 “${rule}”；可用：${estimateRules.join(' ')}`,
      en: `there is no rule "${rule}"; allowed: ${estimateRules.join(' ')}`,
    });
  if (start % slotLength !== 0 || end % slotLength !== 0)
    throw refused({ zh: '起止时间应为整刻钟', en: 'the times must be whole quarters of an hour' });
  if (end <= start || end - start > longest)
    throw refused({ zh: '时段应先后有序，至多 31 天', en: 'the times must be in order, and at most 31 days apart' });
}

async function slotsAround(answers: Answers, key: SeriesKey, { start, end }: Period): Promise<Map<number, Slot>> {
  const from = start - weeksBack * 7 * day - day;
  const rows = await answers.slots(key, 'quarter', from, end + slotLength);
  const steps = (value: number) => toSteps(value, key.point);
  return new Map(
    rows.map(({ value, estimated, ...row }) => [
      row.start,
      { ...emptySlot(row.start), ...row, value: steps(value), estimated: steps(estimated) },
    ]),
  );
}

function list(options: ListOptions): void {
  const context = contextOf(options);
  const calendar = new Calendar(context.site.timezone);
  const ledger = openLedger(context);
  const asOf = options.asOf === undefined ? undefined : timeAt(options.asOf, calendar);
  const found = correctionsIn(ledger.current(asOf));
  ledger.close();
  if (options.json === true) console.log(JSON.stringify(found.map(({ revision }) => revision)));
  for (const { entry, period, revision } of options.json === true ? [] : found) {
    const { author, reason, at } = revision;
    console.log(
      `${entry.id}  ${entry.meter}.${entry.point}  ${calendar.format(period.start)} … ${calendar.format(period.end)}  ${entry.rule}  ${calendar.format(at)}  ${author}: ${reason}`,
    );
  }
}

function withdraw(id: string, options: Signed): void {
  const ledger = openLedger(contextOf(options));
  try {
    const found = correctionsIn(ledger.current()).find(({ entry }) => entry.id === id);
    if (found === undefined) throw refused({ zh: `没有生效的更正 “${id}”`, en: `no correction "${id}" stands` });
    ledger.append({ ...found.entry, withdrawn: true }, options.author, options.reason, systemClock.now());
  } finally {
    ledger.close();
  }
}
