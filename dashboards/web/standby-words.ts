// Owns how the standby of a workshop is said: its share of what was used, and the sentence about the worst.
import type { WorkshopsAnswer } from '../api/answers/workshops.ts';
import { number, percent, text } from './format.ts';
import { site } from './state.ts';
import { worded } from './words.ts';

export type Workshop = WorkshopsAnswer['workshops'][number];

const words = worded(
  {
    most: (name: string, share: string, kWh: string) => `${name}待机用电最多：${kWh} kWh，占其用电的 ${share}`,
  },
  {
    most: (name, share, kWh) => `${name} has the most standby: ${kWh} kWh, ${share} of what it uses`,
  },
);

export const standbyShare = ({ kWh, standbyKWh }: Workshop): number | null =>
  kWh === null || standbyKWh === null || kWh === 0 ? null : standbyKWh / kWh;

export const meterName = (meter: string): string =>
  text(site.value?.meters.find(({ id }) => id === meter)?.name ?? { zh: meter, en: meter });

export const standbyText = (one: Workshop): string =>
  words.value.most(meterName(one.meter), percent(standbyShare(one), 0), number(one.standbyKWh));
