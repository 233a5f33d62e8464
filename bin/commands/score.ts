// Owns `tanbiao score`, `plan` and `explain`: a year's score, the way to a better one, and any figure opened down to readings.
import type { Command } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { qualityOf, qualityText } from '../../core/quality.ts';
import { marksOf } from '../../core/slots.ts';
import type { Trace } from '../../core/trace.ts';
import type { Answers, SampleRow, SlotRow } from '../ask.ts';
import { contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { endOfDay } from '../day.ts';
import { figureNamed } from '../figure-named.ts';

type ScoreOptions = SiteOptions & { year?: string; pack: string; asOf?: string; json?: boolean };
type ExplainOptions = ScoreOptions & { slots?: string; samples?: string };

export function addScore(program: Command): void {
  const score = program.command('score').description("Prints a year's score against a standard.");
  withScoreOptions(score).action(async (options: ScoreOptions) => {
    const context = contextOf(options);
    const [{ answersOf }, { printScore }] = await Promise.all([import('../ask.ts'), import('../print-score.ts')]);
    const answers = await answersOf(context);
    try {
      const result = await answers.score(
        options.pack,
        yearOf(options, context.site.timezone),
        asOfIn(options, context.site.timezone),
      );
      console.log(options.json ? JSON.stringify(result) : printScore(result, context.language));
    } finally {
      await answers.close();
    }
  });
  const plan = program
    .command('plan')
    .description(
      'What to do: the least of each lever to every threshold, the next grade, the cheapest of measures.yaml.',
    );
  withScoreOptions(plan).action(async (options: ScoreOptions) => {
    const context = contextOf(options);
    const [{ answersOf }, { printWay }] = await Promise.all([import('../ask.ts'), import('../print-score.ts')]);
    const answers = await answersOf(context);
    try {
      const way = await answers.way(options.pack, yearOf(options, context.site.timezone));
      console.log(options.json ? JSON.stringify(way) : printWay(way, context.language));
    } finally {
      await answers.close();
    }
  });
  const explain = program
    .command('explain')
    .argument(
      '<figure>',
      'an indicator (ca-2), a clause (A.2), a figure of --json (emissions.total_tCO2e, energy.grid_import_kWh), or any name in a trace',
    )
    .description(
      'Shows how a figure came about: formula, numbers, factors with their sources, meters, slots, readings.',
    )
    .option('--slots <resolution>', 'for a meter: list its slots by quarter, hour or day')
    .option('--samples <day>', 'for a meter: list the readings of a day, for example 2025-03-01');
  withScoreOptions(explain).action(async (name: string, options: ExplainOptions) => {
    const { site, language, ...context } = contextOf(options);
    const [{ answersOf }, { printTrace }] = await Promise.all([import('../ask.ts'), import('../print-score.ts')]);
    const answers = await answersOf({ site, language, ...context });
    try {
      const result = await answers.score(options.pack, yearOf(options, site.timezone), asOfIn(options, site.timezone));
      const trace = figureNamed(result, name);
      const details = await detailsOf(trace, options, site.timezone, answers);
      if (options.json) return console.log(JSON.stringify({ ...trace, ...details }));
      console.log(printTrace(trace, language, site.timezone));
      const calendar = new Calendar(site.timezone);
      for (const { start, value, covered, estimated, marks } of details.slots ?? []) {
        console.log(
          `  ${calendar.format(start)}  ${value}  ${covered / 60_000} min${estimated === 0 ? '' : `  ~${estimated}`}  ${marksOf(marks).join(' ')}`,
        );
      }
      for (const { time, value, quality } of details.samples ?? []) {
        console.log(
          `  ${calendar.formatSecond(time)}  ${value ?? '—'}  ${qualityText(qualityOf(quality) ?? 'bad_decode')[language]}`,
        );
      }
    } finally {
      await answers.close();
    }
  });
}

const withScoreOptions = (command: Command): Command =>
  siteOptions(command)
    .option('--year <year>', 'default: the last year that is over at the plant')
    .option('--pack <pack>', 'the standard', 'tcace')
    .option('--as-of <day>', 'with the ledger as it was known at the end of that day')
    .option('--json', 'print JSON');

const asOfIn = ({ asOf }: ScoreOptions, zone: string): number | undefined =>
  asOf === undefined ? undefined : endOfDay(asOf, zone);

function yearOf({ year }: ScoreOptions, zone: string): number {
  if (year === undefined) return new Calendar(zone).yearOf(Date.now()) - 1;
  if (/^2\d{3}$/.test(year)) return Number(year);
  throw new Fault(
    'year_invalid',
    { zh: `“${year}” 不是年份，例如 2025`, en: `"${year}" is not a year such as 2025` },
    { exitCode: exitCodes.configuration },
  );
}

type Details = { slots?: SlotRow[]; samples?: SampleRow[] };

async function detailsOf(
  { id, meter }: Trace,
  { slots, samples }: ExplainOptions,
  zone: string,
  answers: Answers,
): Promise<Details> {
  if (slots === undefined && samples === undefined) return {};
  if (meter === undefined)
    throw new Fault(
      'not_a_meter',
      {
        zh: `${id} 不是表计的读数：--slots 和 --samples 只用于表计，如 main.energy_import`,
        en: `${id} is not read by a meter: --slots and --samples are for meters, such as main.energy_import`,
      },
      { exitCode: exitCodes.configuration },
    );
  const details: Details = {};
  if (slots !== undefined) details.slots = await answers.slots(meter, slots, meter.start, meter.end);
  if (samples !== undefined) {
    const [year = 0, month = 1, date = 1] = samples.split('-').map(Number);
    const calendar = new Calendar(zone);
    details.samples = await answers.samples(
      meter,
      calendar.startOf(year, month, date),
      calendar.startOf(year, month, date + 1),
    );
  }
  return details;
}
