// Row 14 of the failure matrix: summer time, half-hour zones and leap days between readings and the energy of a day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, hour, minute } from '../../core/calendar.ts';
import type { SeriesFacts } from '../../core/sample.ts';
import type { Slot } from '../../core/slots.ts';
import { SeriesSlots } from './series-slots.ts';

const facts: SeriesFacts = {
  meter: 'm',
  point: 'energy_import',
  template: 't',
  modulus: null,
  maxPerHour: 6_000,
  source: 's',
  installations: [],
};

/** 1 kWh a minute from local midnight to local midnight, some days later. */
function daysOf(zone: string, [year, month, date]: [number, number, number], days: number) {
  const calendar = new Calendar(zone);
  const start = calendar.startOf(year, month, date);
  const end = calendar.startOf(year, month, date + days);
  const series = new SeriesSlots('energy_import', facts, calendar);
  for (let time = start; time <= end; time += 5 * minute) series.push(time, ((time - start) / minute) * 1_000, 0);
  const [closed, open] = [series.takeClosed(), series.takeOpen()];
  const all = (resolution: 'quarter' | 'hour' | 'day'): Slot[] => {
    const bySlot = new Map([...closed[resolution], ...open[resolution]].map((slot) => [slot.start, slot]));
    return [...bySlot.values()].filter((slot) => slot.covered > 0).sort((a, b) => a.start - b.start);
  };
  return { start, end, quarter: all('quarter'), hour: all('hour'), day: all('day') };
}

const sum = (slots: readonly Slot[]): number => slots.reduce((total, { value }) => total + value, 0);

const cases: [zone: string, from: [number, number, number], days: number, hours: number[]][] = [
  ['Asia/Shanghai', [2026, 3, 28], 3, [24, 24, 24]],
  ['Europe/Berlin', [2026, 3, 28], 3, [24, 23, 24]],
  ['Europe/Berlin', [2026, 10, 24], 3, [24, 25, 24]],
  ['America/St_Johns', [2026, 3, 7], 3, [24, 23, 24]],
  ['Australia/Lord_Howe', [2026, 4, 4], 3, [24, 24.5, 24]],
  ['Australia/Lord_Howe', [2026, 10, 3], 3, [24, 23.5, 24]],
  ['Asia/Kolkata', [2026, 6, 1], 2, [24, 24]],
  ['Asia/Kathmandu', [2026, 6, 1], 2, [24, 24]],
  ['Asia/Shanghai', [2028, 2, 28], 3, [24, 24, 24]],
];

for (const [zone, from, days, hours] of cases) {
  test(`row 14: ${zone} from ${from.join('-')}: days of ${hours.join(', ')} hours, and every sum agrees`, () => {
    const { start, end, quarter, hour: hourly, day } = daysOf(zone, from, days);
    assert.deepEqual(
      day.map((slot) => slot.value / 60_000),
      hours,
    );
    assert.deepEqual(
      day.map((slot) => slot.covered / hour),
      hours,
    );
    const total = ((end - start) / minute) * 1_000;
    assert.deepEqual([sum(quarter), sum(hourly), sum(day)], [total, total, total]);
    for (const [index, { start: begins }] of day.entries()) {
      const next = day[index + 1]?.start ?? end;
      const within = quarter.filter((slot) => slot.start >= begins && slot.start < next);
      assert.equal(sum(within), day[index]?.value);
    }
  });
}
