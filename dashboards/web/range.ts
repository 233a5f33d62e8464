// Owns the one time range of the page: whole days of the plant's own calendar, with what it is compared to.
import { computed } from '@preact/signals';
import { Calendar, day, type Period } from '../../core/calendar.ts';
import { choice, go, written } from './address.ts';
import { type Comparison, compared, comparisons, lastWeek } from './spans.ts';
import { frame, site } from './state.ts';

export const presets = ['today', 'yesterday', 'week', 'month', 'year', 'lastYear'] as const;
export type Preset = (typeof presets)[number] | 'custom';

export const preset = choice<Preset>('range', [...presets, 'custom'], () => 'week');
export const comparison = choice<Comparison>('compare', comparisons, () => 'before');

const from = written('from');
const to = written('to');

export const calendar = computed(() => (site.value === null ? null : new Calendar(site.value.timezone)));
/** Where the server's day is: a reader may sit in another zone. It moves once a day, not once a second. */
const today = computed(() => {
  const plant = calendar.value;
  return plant === null ? null : plant.dayOf(frame.value?.now ?? Date.now()).start;
});

export function dayFrom(iso: string | null): number | null {
  const [year, month, date] = (iso ?? '').split('-').map(Number);
  const plant = calendar.peek();
  if (plant === null || !year || !month || !date) return null;
  return plant.startOf(year, month, date);
}

export const period = computed<Period | null>(() => {
  const plant = calendar.value;
  const now = today.value;
  if (plant === null || now === null) return null;
  const end = plant.dayOf(now).end;
  const { year } = plant.local(now);
  if (preset.value === 'custom') {
    const [first, last] = [dayFrom(from.value), dayFrom(to.value)];
    if (first !== null && last !== null && first <= last) return { start: first, end: plant.dayOf(last).end };
  }
  if (preset.value === 'today') return { start: now, end };
  if (preset.value === 'yesterday') return plant.dayOf(now - 1);
  if (preset.value === 'month') return { start: plant.monthOf(now).start, end };
  if (preset.value === 'year') return { start: plant.startOf(year), end };
  if (preset.value === 'lastYear') return plant.year(year - 1);
  return lastWeek(now, plant);
});

/** What is not over is compared up to the same moment. */
export const isRunning = computed(() => (period.value?.end ?? 0) > (frame.value?.now ?? Date.now()));

/** What the range is compared with, if it is. */
export const against = computed<Period | null>(() =>
  period.value === null || calendar.value === null ? null : compared(period.value, comparison.value, calendar.value),
);

export function choose(start: number, lastDay: number): void {
  const plant = calendar.peek();
  if (plant === null) return;
  go({ range: 'custom', from: plant.formatDay(start), to: plant.formatDay(lastDay) });
}

/** The range before this one, or after it, of the same number of days. */
export function shift(by: -1 | 1): void {
  const now = period.peek();
  const plant = calendar.peek();
  if (now === null || plant === null) return;
  const days = Math.round((now.end - now.start) / day);
  // Noon: where clocks change, a day is not 24 hours long.
  const start = plant.dayOf(now.start + day / 2 + by * days * day).start;
  choose(start, plant.dayOf(start + day / 2 + (days - 1) * day).start);
}
