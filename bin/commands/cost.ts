// Owns `tanbiao cost`: what the grid's power cost over a stretch of days, by band.
import type { Command } from 'commander';
import { Calendar, day } from '../../core/calendar.ts';
import { metersIn } from '../../core/config/roles.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { toSteps } from '../../core/points.ts';
import { Rational } from '../../core/rational.ts';
import { emptySlot, type Slot } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import type { Language } from '../../core/text.ts';
import { bandNames } from '../../scoring/tariff/bands.ts';
import { decimalText, roundHalfUp } from '../../scoring/tariff/decimal.ts';
import { loadTariffs } from '../../scoring/tariff/plan.ts';
import { type TariffReport, tariffReport } from '../../scoring/tariff/report.ts';
import { contextOf, type SiteOptions, siteOptions } from '../context.ts';
import { endOfDay } from '../day.ts';
import { padEnd, padStart } from '../table.ts';

type CostOptions = SiteOptions & { from: string; to: string; by: string; json?: boolean };

export function addCost(program: Command): void {
  const command = program
    .command('cost')
    .description('Prints what the power from the grid cost by time-of-use band, by tariffs.yaml of the site.')
    .requiredOption('--from <day>', 'the first day, for example 2025-03-01')
    .requiredOption('--to <day>', 'the last day')
    .option('--by <grain>', 'day or month: how the rows of --json are cut', 'month')
    .option('--json', 'print JSON');
  siteOptions(command).action(async (options: CostOptions) => {
    const context = contextOf(options);
    const { site, language } = context;
    const plan = loadTariffs(site);
    if (plan === null)
      throw new Fault(
        'tariffs_missing',
        {
          zh: `站点没有 tariffs.yaml：写明所执行的电价表与单价，样例见 deploy/sites/demo/tariffs.yaml`,
          en: 'the site has no tariffs.yaml: say which table holds and what a kWh costs, as deploy/sites/demo/tariffs.yaml does',
        },
        { exitCode: exitCodes.configuration },
      );
    const calendar = new Calendar(site.timezone);
    const { start } = calendar.dayOf(endOfDay(options.from, site.timezone));
    const { end } = calendar.dayOf(endOfDay(options.to, site.timezone));
    if (end <= start || end - start > 400 * day)
      throw new Fault(
        'range_invalid',
        { zh: '--to 不得早于 --from，且至多 400 天', en: '--to must not be before --from, and at most 400 days' },
        { exitCode: exitCodes.configuration },
      );
    const { answersOf } = await import('../ask.ts');
    const answers = await answersOf(context);
    try {
      const store: Pick<Store, 'slots'> = {
        slots: (keys) =>
          Promise.all(
            keys.map(async (key) =>
              (await answers.slots(key, 'quarter', start, end)).map(
                (row): Slot => ({
                  ...emptySlot(row.start),
                  ...row,
                  value: toSteps(row.value, key.point),
                  estimated: toSteps(row.estimated, key.point),
                }),
              ),
            ),
          ),
      };
      const meters = metersIn(site.meters, 'grid_import').map(({ id }) => id);
      const asked = { meters, start, end, by: options.by === 'day' ? 'day' : 'month', now: Date.now() } as const;
      const report = await tariffReport(site, plan, store, asked);
      console.log(options.json ? JSON.stringify(report) : printCost(report, language));
    } finally {
      await answers.close();
    }
  });
}

const cent = Rational.of(1, 100);
const amount = (cost: string | null): string => {
  if (cost === null) return '—';
  const [whole, fraction = ''] = decimalText(roundHalfUp(Rational.fromDecimal(cost), cent)).split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
};

function printCost({ total, flat, versions, notes, demand }: TariffReport, language: Language): string {
  const say = (zh: string, en: string) => ({ zh, en })[language];
  const yuan = say('元', 'CNY');
  const line = (name: string, energy: number | null, cost: string | null) =>
    `  ${padEnd(name, 12)}${padStart(energy === null ? '—' : energy.toFixed(1), 16)} kWh${padStart(amount(cost), 18)} ${yuan}`;
  return [
    ...versions.map(({ name, notice, confidence }) => `${name[language]}  ${notice}  ${confidence}`),
    ...total.bands.map(({ band, energy, cost }) => line(bandNames[band][language], energy, cost)),
    line(say('合计', 'sum'), total.energy, total.cost),
    line(say('全按平段', 'all at flat'), total.energy, flat),
    ...demand.map(({ start, kW, charge }) => {
      const month = new Date(start + day).toISOString().slice(0, 7);
      return `  ${say('需量', 'demand')} ${month}  ${kW ?? '—'} kW  ${amount(charge)} ${yuan}`;
    }),
    say(`读数覆盖 ${(total.coverage * 100).toFixed(2)} %`, `readings cover ${(total.coverage * 100).toFixed(2)} %`),
    ...notes.map((note) => note[language]),
  ].join('\n');
}
