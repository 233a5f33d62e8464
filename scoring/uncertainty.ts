// Owns how far a figure may be wrong: meter classes, assumed energy and the spread of factors, carried through its formula.
import { leavesOf, type Trace } from '../core/trace.ts';
import { leafKey, responseOf } from './response.ts';

export type Uncertainty = {
  /** Standard uncertainty, in the figure's unit. */
  standard: number;
  /** About 95 %. */
  interval: [number, number];
  /** Each source's part of the variance, largest first. */
  sources: { source: string; share: number }[];
  /** Sources whose accuracy nobody stated: with them the uncertainty is larger than it says. */
  unknown: string[];
};

/** Half-widths are taken as rectangular, as JCGM 100 (GUM) 4.3.7 does where nothing but bounds is known. */
const rectangular = Math.sqrt(3);

/** Standard uncertainty of a leaf in its own unit; null where nobody states how good it is. */
export function doubtOf({ value, meter, factor }: Trace): number | null {
  if (value === null) return 0;
  if (meter !== undefined) {
    // Energy of a gap is proven by the gap's ends, but at the edge of the period all of it may belong to the other side.
    const assumed = meter.estimated / rectangular;
    return meter.accuracyClass === null ? null : Math.hypot((value * meter.accuracyClass) / 100 / rectangular, assumed);
  }
  if (factor?.spread !== undefined) return (value * factor.spread) / 100 / rectangular;
  return 0;
}

/** First order (GUM 5.1.2): the slope at each source times its doubt, added in squares. */
export function uncertaintyOf(trace: Trace): Uncertainty | null {
  const respond = responseOf(trace);
  if (respond === null || trace.value === null) return null;
  const leaves = new Map([...leavesOf(trace)].map((leaf) => [leafKey(leaf), leaf]));
  const unknown: string[] = [];
  const effects: { source: string; effect: number }[] = [];
  for (const [source, leaf] of leaves) {
    const doubt = doubtOf(leaf);
    if (doubt === null) unknown.push(source);
    if (doubt === null || doubt === 0 || leaf.value === null) continue;
    const at = (change: number) => respond(new Map([[source, (leaf.value as number) + change]]));
    effects.push({ source, effect: (at(doubt) - at(-doubt)) / 2 });
  }
  const variance = effects.reduce((sum, { effect }) => sum + effect * effect, 0);
  const standard = Math.sqrt(variance);
  const sources = effects
    .map(({ source, effect }) => ({ source, share: variance === 0 ? 0 : (effect * effect) / variance }))
    .sort((a, b) => b.share - a.share);
  return { standard, interval: [trace.value - 1.96 * standard, trace.value + 1.96 * standard], sources, unknown };
}

/** How likely a threshold is met, given a margin and its standard uncertainty. Abramowitz and Stegun 7.1.26, to 1.5e-7. */
export function passProbability(margin: number, { standard, unknown }: Uncertainty): number | null {
  if (unknown.length > 0) return null;
  if (standard === 0) return margin >= 0 ? 1 : 0;
  const x = Math.abs(margin) / standard / Math.SQRT2;
  const t = 1 / (1 + 0.327_591_1 * x);
  const series =
    t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
  const beyond = (series * Math.exp(-x * x)) / 2;
  return margin >= 0 ? 1 - beyond : beyond;
}
