// Owns the lines of a load chart: quarters of an hour over days, each day's maximum and mean over months.
import { type Period, slotLength } from '../../../core/calendar.ts';
import type { LoadCurve } from '../../api/answers.ts';
import type { PlotSeries } from '../parts/plot.tsx';
import { calendar } from '../range.ts';
import { byDay, demandsOf } from './demand.ts';

export type Drawn = { times: number[]; values: (number | null)[][]; series: PlotSeries[] };

const steps = (label: string, colour: string, faint = false): PlotSeries => ({ label, colour, kind: 'steps', faint });

export function drawQuarters(curve: LoadCurve, other: LoadCurve | null, range: Period): Drawn {
  const { demands, pale } = demandsOf(curve);
  const past = other === null ? null : demandsOf(other);
  // The whole range has its place, also the part of it that is still to come.
  const count = Math.max(demands.length, Math.round((range.end - range.start) / slotLength));
  const stretch = (list: (number | null)[]) => Array.from({ length: count }, (_, at) => list[at] ?? null);
  const before = past === null ? [] : [past.demands.map((one, at) => one ?? past.pale[at] ?? null)];
  return {
    times: Array.from({ length: count }, (_, at) => (curve.start + at * slotLength) / 1_000),
    values: [...before, pale, demands].map(stretch),
    series: [
      ...(past === null ? [] : [steps('before', '--muted', true)]),
      steps('pale', '--unmetered'),
      steps('load', '--accent'),
    ],
  };
}

export function drawDays(curve: LoadCurve, other: LoadCurve | null, range: Period): Drawn {
  const plant = calendar.peek();
  if (plant === null) return { times: [], values: [], series: [] };
  const days = byDay(curve, plant);
  const past = other === null ? [] : byDay(other, plant);
  const times: number[] = [];
  for (let at = range.start; at < range.end; at = plant.dayOf(at).end) times.push(at / 1_000);
  const place = (list: (number | null)[]) => times.map((_, at) => list[at] ?? null);
  return {
    times,
    values: [
      ...(other === null ? [] : [past.map(({ maximum }) => maximum)]),
      days.map(({ maximum }) => maximum),
      days.map(({ mean }) => mean),
    ].map(place),
    series: [
      ...(other === null ? [] : [steps('pastMaximum', '--muted', true)]),
      { ...steps('maximum', '--grid', true), solid: true },
      steps('mean', '--accent'),
    ],
  };
}
