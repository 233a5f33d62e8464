// Owns how an exchange with a device can fail, and which quality its readings then have.
import { Fault } from '../../core/fault.ts';
import type { Quality } from '../../core/quality.ts';

/** refused: no connection. closed: it went away. timeout: silence. framing: an answer that cannot be right. exception: the device says no. */
export type LineFailure = 'refused' | 'closed' | 'timeout' | 'framing' | 'exception';

export class LineFault extends Fault {
  readonly failure: LineFailure;
  /** The device's own code, where it answered with one. */
  readonly exception: number | undefined;

  constructor(failure: LineFailure, zh: string, en: string, options: { cause?: unknown; exception?: number } = {}) {
    super(`line_${failure}`, { zh, en }, { cause: options.cause, retry: true });
    this.failure = failure;
    this.exception = options.exception;
  }
}

export const qualityOfFailure: Record<LineFailure, Quality> = {
  refused: 'bad_connection',
  closed: 'bad_connection',
  timeout: 'bad_timeout',
  framing: 'bad_decode',
  exception: 'bad_exception',
};
