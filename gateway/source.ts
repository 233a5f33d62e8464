// Owns the contract of everything that can be read: one meter, by asking at two speeds or by listening.
import { type Fault, messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { Sample, SeriesFacts } from '../core/sample.ts';

/** fast: powers and states. slow: counters, which lose nothing by waiting. */
export type PollClass = 'fast' | 'slow';
export const pollClasses: readonly PollClass[] = ['fast', 'slow'];

type Described = {
  readonly meter: string;
  /** Why the meter could not be read the last time. */
  readonly fault: Fault | undefined;
  /** What is known about the series: may grow when the device is first met. */
  facts(): SeriesFacts[];
};

export interface PolledSource extends Described {
  /** A device's failure is data, not an exception: null values whose quality says why. */
  read(pollClass: PollClass): Promise<Sample[]>;
}

export interface PushedSource extends Described {
  /** Delivers readings as they come, until the signal. Ends early only by a mistake of ours. */
  follow(deliver: (samples: readonly Sample[]) => void, signal: AbortSignal): Promise<void>;
}

export type Source = PolledSource | PushedSource;

export const isPolled = (source: Source): source is PolledSource => 'read' in source;

/** One line when a source goes down, and one when it is back. */
export function tellChange(log: Log, { meter, fault }: Described, wasDown: boolean): void {
  const isDown = fault !== undefined;
  if (isDown === wasDown) return;
  if (isDown) log.warn({ event: 'source_down', meter, reason: messageOf(fault) }, 'source down');
  else log.info({ event: 'source_back', meter }, 'source back');
}
