// Owns which device stood behind a series when, and what a replacement means for its counter.
import type { Installation } from '../../core/sample.ts';
import { marks } from '../../core/slots.ts';
import type { CounterReading, Interval } from './counter.ts';

/** In steps of the point. */
export type Installed = {
  from: number;
  initial: number | null;
  final: number | null;
  /** Readings are multiplied by it: the ratio of transformers that the device does not know of. */
  multiplier: number;
};

export const installedOf = (installations: readonly Installation[], toSteps: (amount: number) => number): Installed[] =>
  installations.map(({ from, initial, final, multiplier = 1 }) => ({
    from,
    initial: initial === undefined ? null : Math.round(toSteps(initial) * multiplier),
    final: final === undefined ? null : Math.round(toSteps(final) * multiplier),
    multiplier,
  }));

/** The first one also stands for the time before it was known: nothing says that another one was there. */
export function indexAt(installed: readonly Installed[], time: number): number {
  let index = 0;
  while (index + 1 < installed.length && time >= (installed[index + 1] as Installed).from) index++;
  return index;
}

/**
 * No difference is taken across two devices. What the old one counted after its last reading, and the new one before its first,
 * is known when somebody wrote down the final and the initial reading; else nobody knows it.
 */
export function acrossReplacement(
  installed: readonly Installed[],
  last: CounterReading,
  next: CounterReading,
): Interval[] {
  const [old, fresh] = [indexAt(installed, last.time), indexAt(installed, next.time)];
  const intervals: Interval[] = [];
  for (let index = old; index <= fresh; index++) {
    const device = installed[index] as Installed;
    const [from, begin] = index === old ? [last.time, last.steps] : [device.from, device.initial];
    const [to, end] =
      index === fresh ? [next.time, next.steps] : [(installed[index + 1] as Installed).from, device.final];
    intervals.push({
      from: Math.min(from, to - 1), // a slot must take it, also when it took no time
      to,
      amount: begin === null || end === null || end < begin ? null : end - begin,
      quality: Math.max(last.quality, next.quality),
      marks: marks.replaced,
      readings: index === fresh ? 1 : 0,
    });
  }
  return intervals;
}
