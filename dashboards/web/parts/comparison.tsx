// Owns the choice of what a range is compared with, and the days that this is.

import type { Period } from '../../../core/calendar.ts';
import { go } from '../address.ts';
import { against, calendar, comparison, isRunning } from '../range.ts';
import { type Comparison, comparisons, daysText } from '../spans.ts';
import { say, worded } from '../words.ts';
import { Choices } from './choices.tsx';

const words = worded(
  { with: (days: string) => `对比 ${days}`, soFar: '，至同一时刻' },
  { with: (days) => `against ${days}`, soFar: ', up to the same moment' },
);

/** The days that are compared with. */
export const againstText = (days: Period | null): string | null =>
  days === null || calendar.value === null ? null : words.value.with(daysText(days, calendar.value));

export function ComparisonChoice({ all = comparisons, days }: { all?: readonly Comparison[]; days?: Period | null }) {
  const chosen = all.includes(comparison.value) ? comparison.value : (all.at(-1) ?? 'none');
  const text = againstText(days === undefined ? against.value : days);
  return (
    <span class="compared">
      <Choices
        name={say.value.comparison}
        all={all}
        chosen={chosen}
        say={(one) => say.value.comparisons[one]}
        choose={(compare) => go({ compare }, 'replace')}
      />
      {text !== null && (
        <small class="hint" data-against>
          {text}
          {days === undefined && isRunning.value && words.value.soFar}
        </small>
      )}
    </span>
  );
}
