// Owns the years of a plant as points in time: account, indicators and verdicts of each year of which there are slots.
import { Calendar, day, type Period } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import { isEmpty } from '../core/slots.ts';
import type { Store } from '../core/store.ts';
import type { YearlyPoint } from '../core/yearly.ts';
import { seriesOf } from './inputs.ts';
import type { Scorer } from './main.ts';
import type { Score } from './score.ts';

/** Of the years that begin in the period. */
export async function yearlyPoints(
  site: Site,
  store: Pick<Store, 'slots'>,
  scorer: Scorer,
  period: Period,
): Promise<YearlyPoint[]> {
  const calendar = new Calendar(site.timezone);
  const points: YearlyPoint[] = [];
  for (const year of await yearsOf(site, store, calendar)) {
    const { start } = calendar.year(year);
    if (start < period.start || start >= period.end) continue;
    for (const [index, { id }] of scorer.packs.entries()) {
      const score = await scorer.score(id, year);
      points.push(...judged(score, start), ...(index === 0 ? accounted(score, start) : []));
    }
  }
  return points;
}

async function yearsOf(site: Site, store: Pick<Store, 'slots'>, calendar: Calendar): Promise<number[]> {
  const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };
  const lists = await store.slots(seriesOf(site), 'day', everything);
  const years = new Set<number>();
  // The middle of the day is in the day's year in every zone.
  for (const slot of lists.flat()) if (!isEmpty(slot)) years.add(calendar.yearOf(slot.start + day / 2));
  return [...years].sort((a, b) => a - b);
}

function judged(score: Score, time: number): YearlyPoint[] {
  const { pack, packName, verdict, total, indicators } = score;
  return [
    {
      measurement: 'scores',
      time,
      tags: { pack },
      fields: { name_en: packName.en, name_zh: packName.zh, score: total?.score ?? null, verdict },
    },
    ...indicators.map(
      ({ id, name, unit, value, threshold, met, coverage }): YearlyPoint => ({
        measurement: 'indicators',
        time,
        tags: { indicator: id, pack },
        fields: {
          coverage,
          met: met === null ? null : Number(met),
          name_en: name.en,
          name_zh: name.zh,
          threshold,
          unit,
          value,
        },
      }),
    ),
  ];
}

const accounted = ({ account }: Score, time: number): YearlyPoint[] =>
  Object.entries(account).map(([figure, { name, unit, value }]) => ({
    measurement: 'account',
    time,
    tags: { figure },
    fields: { name_en: name.en, name_zh: name.zh, unit, value },
  }));
