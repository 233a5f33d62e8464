// Owns the contract of everything that can be read: one meter, two speeds, failures as readings of bad quality.
import type { Fault } from '../core/fault.ts';
import type { Sample, SeriesFacts } from '../core/sample.ts';

/** fast: powers and states. slow: counters, which lose nothing by waiting. */
export type PollClass = 'fast' | 'slow';
export const pollClasses: readonly PollClass[] = ['fast', 'slow'];

export interface Source {
  readonly meter: string;
  /** Why the last read failed. */
  readonly fault: Fault | undefined;
  /** What is known about the series: may grow when the device is first met. */
  facts(): SeriesFacts[];
  /** A device's failure is data, not an exception: null values whose quality says why. */
  read(pollClass: PollClass): Promise<Sample[]>;
}
