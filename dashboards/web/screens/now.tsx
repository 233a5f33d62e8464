// Owns the first screen: the moment, today's energy, every meter, and how the last year stands by each standard.
import type { Score } from '../../../scoring/score.ts';
import { number, text } from '../format.ts';
import { kiosk } from '../kiosk.ts';
import { AlarmStrip } from '../parts/alarm-strip.tsx';
import { BalanceBar } from '../parts/balance-bar.tsx';
import { DayCurve, gridCurves } from '../parts/day-curve.tsx';
import { DayFigures } from '../parts/day-figures.tsx';
import { verdictWord } from '../parts/indicator.tsx';
import { Link } from '../parts/link.tsx';
import { MeterTiles } from '../parts/meter-tiles.tsx';
import { Standby } from '../parts/standby.tsx';
import { Totals } from '../parts/totals.tsx';
import { ask, site, today } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    standing: (year: number) => `${year} 年度评价`,
    met: (met: number, of: number) => `${met} / ${of} 项达标`,
    points: '分',
  },
  { standing: (year) => `${year} by each standard`, met: (met, of) => `${met} of ${of} met`, points: 'points' },
);

export function NowScreen() {
  return (
    <>
      <h1 class="hidden">{say.value.screens.now}</h1>
      <Totals />
      <DayFigures />
      <AlarmStrip />
      <DayCurve />
      <Standby />
      <BalanceBar />
      {!kiosk.value && <MeterTiles />}
      {!kiosk.value && <Standing />}
    </>
  );
}

function Standing() {
  const plant = site.value;
  // A year costs the server more than a day: what is looked at first is asked for first.
  const isDayThere = gridCurves() !== null || !plant?.meters.some(({ role }) => role === 'grid');
  if (plant === null || today.value === null || !isDayThere) return null;
  return (
    <section>
      <h2 class="group">{words.value.standing(plant.lastClosedYear)}</h2>
      <ul class="standing">
        {plant.packs.map(({ id, name }) => (
          <Standard key={id} id={id} name={text(name)} year={plant.lastClosedYear} />
        ))}
      </ul>
    </section>
  );
}

function Standard({ id, name, year }: { id: string; name: string; year: number }) {
  const { data, error } = ask<Score>(`api/score/${id}/${year}`).value;
  const choices = { view: 'score', pack: id, year: String(year) };
  const verdict = data?.verdict ?? 'none';
  const result =
    data === null
      ? (error ?? say.value.loading)
      : data.verdictName !== null
        ? text(data.verdictName)
        : verdictWord(verdict);
  return (
    <li class={verdict}>
      <Link to={choices} data-standard={id}>
        <b>{result}</b>
        <span>{name}</span>
        {data !== null && (
          <small>
            {words.value.met(data.indicators.filter(({ met }) => met === true).length, data.indicators.length)}
            {data.total?.score != null && ` · ${number(data.total.score, 2)} / ${data.total.of} ${words.value.points}`}
          </small>
        )}
      </Link>
    </li>
  );
}
