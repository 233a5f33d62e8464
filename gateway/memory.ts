// Owns what a gateway has learned about its devices and keeps across restarts: refused registers, serial numbers.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../core/fault.ts';
import type { Log } from '../core/log.ts';
import type { Installation } from '../core/sample.ts';

const learned = z.strictObject({
  /** Addresses of points that the device refuses. */
  holes: z.array(z.int()).default([]),
  /** Addresses at which a block must begin, because the device refuses to read across. */
  cuts: z.array(z.int()).default([]),
  installations: z.array(z.strictObject({ serial: z.string(), from: z.int() })).default([]),
});

export type Learned = { holes: number[]; cuts: number[]; installations: Installation[] };

/** A device is known by the template it is read with: another template starts afresh. */
export class Memory {
  readonly #file: string | undefined;
  readonly #log: Log | undefined;
  readonly #devices: Record<string, Learned>;

  /** Without a file it forgets with the process: for tools and tests. */
  constructor(file?: string, log?: Log) {
    this.#file = file;
    this.#log = log;
    this.#devices =
      file !== undefined && existsSync(file)
        ? z.record(z.string(), learned).parse(JSON.parse(readFileSync(file, 'utf8')))
        : {};
  }

  of(meter: string, template: string): Learned {
    return this.#devices[`${meter}/${template}`] ?? { holes: [], cuts: [], installations: [] };
  }

  keep(meter: string, template: string, change: Partial<Learned>): void {
    this.#devices[`${meter}/${template}`] = { ...this.of(meter, template), ...change };
    if (this.#file === undefined) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(`${this.#file}.new`, JSON.stringify(this.#devices, null, 2), { flush: true });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      // A meter that is read goes on being read. What was learned is written with the next thing learned, or learned again.
      this.#log?.error(
        { event: 'memory_not_kept', meter, reason: messageOf(error) },
        'what was learned is not on disk',
      );
    }
  }
}
