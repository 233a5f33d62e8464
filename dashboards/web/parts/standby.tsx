// Owns the line on the first screen that names the workshop whose energy flows most whether anybody works or not.

import type { WorkshopsAnswer } from '../../api/answers/workshops.ts';
import { calendar } from '../range.ts';
import { lastWeek } from '../spans.ts';
import { standbyText } from '../standby-words.ts';
import { ask, site, today } from '../state.ts';
import { worded } from '../words.ts';
import { Link } from './link.tsx';

const words = worded({ week: '近 7 日' }, { week: '7 days' });

export function Standby() {
  const plant = calendar.value;
  const midnight = today.value?.period.start;
  if (plant === null || midnight === undefined || !site.value?.meters.some(({ role }) => role === 'feeder'))
    return null;
  const { start, end } = lastWeek(midnight, plant);
  const path = `api/workshops?start=${start}&end=${end}`;
  const worst = ask<WorkshopsAnswer>(path).value.data?.workshops[0];
  if (worst?.standbyKWh == null) return null;
  return (
    <p class="standby">
      <Link to={{ view: 'workshops', range: 'week', from: null, to: null }} data-standby={worst.meter}>
        <small>{words.value.week}</small> {standbyText(worst)} →
      </Link>
    </p>
  );
}
