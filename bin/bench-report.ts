// Owns how measurements are reported: rows with what they are compared to in the same run, for people and for programs.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export type BenchRow = {
  name: string;
  /** The median. */
  value: number;
  unit: string;
  /** What it is measured beside, in the same run. */
  against?: string;
  ratio?: number;
  target?: string;
  met?: boolean;
  runs: number;
  /** Smallest and largest of the runs. */
  spread: [number, number];
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;

/** How much a line through the points rises with each step. */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [rise, run] = [0, 0];
  for (const [at, value] of values.entries()) {
    rise += (at - middle) * (value - mean);
    run += (at - middle) ** 2;
  }
  return rise / run;
}

/** What a process holds of the machine's memory, as Linux tells it. */
export const residentMegabytes = (pid: number | 'self'): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

export const row = (
  name: string,
  unit: string,
  values: readonly number[],
  compared: Partial<BenchRow> = {},
): BenchRow => ({
  name,
  value: median(values),
  unit,
  runs: values.length,
  spread: [Math.min(...values), Math.max(...values)],
  ...compared,
});

export function report(rows: readonly BenchRow[]): void {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model, rows }));
    return;
  }
  for (const { name, value, unit, ratio, against, target, met, runs, spread } of rows) {
    const compared = ratio === undefined ? '' : `  ${ratio.toFixed(2)}× ${against}`;
    const wanted = target === undefined ? '' : `  (${target}: ${met ? 'met' : 'not met'})`;
    console.log(
      `${name}: ${formatted(value)} ${unit}  [${formatted(spread[0])} … ${formatted(spread[1])}, ${runs} runs]${compared}${wanted}`,
    );
  }
}

const formatted = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
