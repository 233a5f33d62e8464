// Owns how much a signal of the virtual plant uses or makes in a step: shifts, weeks, seasons, stops, sun, clouds, chance.
import { type Calendar, day, hour } from '../core/calendar.ts';
import { chance, drift, hashOf } from './noise.ts';
import type { PlantDescription, Signal } from './plant-schema.ts';

/** What all signals share in a step. */
export type Moment = {
  index: number;
  /** Hours since the plant began. */
  hours: number;
  /** Local time of day in hours. */
  clock: number;
  weekday: number;
  /** Local, as 2026-01-31. */
  date: string;
  stopped: boolean;
  /** From the plant's first year. */
  years: number;
  /** From New Year to New Year, 0 to 1. */
  yearShare: number;
};

export function momentAt(
  time: number,
  index: number,
  description: PlantDescription,
  calendar: Calendar,
  start: number,
): Moment {
  const { year, hour: h, minute: m } = calendar.local(time);
  const { start: newYear, end } = calendar.year(year);
  const local = new Date(time + calendar.offsetAt(time));
  const date = local.toISOString().slice(0, 10);
  return {
    index,
    hours: (time - start) / hour,
    clock: h + m / 60,
    weekday: local.getUTCDay(),
    date,
    stopped: description.stops.some(({ from, to }) => date >= from && date <= to),
    years: year - calendar.yearOf(start),
    yearShare: (time - newYear) / (end - newYear),
  };
}

/** kW, Nm³/h or GJ/h. */
export const rateOf = (signal: Signal, moment: Moment, seed: number): number =>
  (signal.pv === undefined
    ? loadRate(signal, moment, seed ^ hashOf(signal.id))
    : sunRate(signal, moment, seed ^ hashOf(signal.id))) * shareOf(signal, moment);

function shareOf({ dips }: Signal, { clock, weekday, date }: Moment): number {
  const found = dips.find(
    ({ since, weekdays, from, to }) =>
      date >= since && clock >= from && clock < to && (weekdays === undefined || weekdays.includes(weekday)),
  );
  return found?.share ?? 1;
}

function loadRate(
  { load }: Signal,
  { index, hours, clock, weekday, stopped, years, yearShare }: Moment,
  seed: number,
): number {
  if (load === undefined) return 0;
  const block = load.day.blocks.find(({ from, to }) => clock >= from && clock < to);
  const week = weekday === 6 ? load.saturday : weekday === 0 ? load.sunday : 1;
  const season = Math.cos(2 * Math.PI * (yearShare - 0.04)); // coldest in mid-January
  const climate = 1 + (season > 0 ? load.winter : load.summer) * Math.abs(season);
  const unrest = 1 + load.noise * (0.6 * drift(seed, hours, 5) + 0.4 * (2 * chance(seed, index) - 1));
  return (
    (block?.rate ?? load.day.base) * week * (stopped ? load.stopped : 1) * climate * unrest * (1 + load.trend) ** years
  );
}

/** The sun's height from date and latitude, less what the day's weather and the clouds of the moment take. */
function sunRate({ pv }: Signal, { hours, clock, yearShare }: Moment, seed: number): number {
  if (pv === undefined) return 0;
  const declination = -0.4093 * Math.cos(2 * Math.PI * (yearShare + 0.027));
  const latitude = (pv.latitude * Math.PI) / 180;
  const angle = ((clock - 12.5) * Math.PI) / 12;
  const height =
    Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(angle);
  if (height <= 0) return 0;
  const weather = chance(seed, Math.floor((hours * hour) / day));
  const passing = (1 + drift(seed + 1, hours, 0.7)) / 2;
  return pv.peak * height ** 1.15 * (1 - pv.clouds * (0.7 * weather + 0.6 * weather * passing));
}
