// Owns gathering readings into batches: by time so that they are fresh, by number so that messages stay small.
import type { Clock } from '../core/clock.ts';
import { BatchBuilder, type Sample } from '../core/sample.ts';
import { encodeBatch } from '../core/wire.ts';
import type { Spool } from './spool.ts';

export type BatcherOptions = {
  gateway: string;
  spool: Pick<Spool, 'append'>;
  clock: Clock;
  /** Called when a batch is safely in the spool. */
  onSpooled: () => void;
  every?: number;
  most?: number;
};

export class Batcher {
  readonly #options: Required<BatcherOptions>;
  #builder = new BatchBuilder();

  constructor(options: BatcherOptions) {
    this.#options = { every: 250, most: 500, ...options };
  }

  add(samples: readonly Sample[]): void {
    for (const sample of samples) {
      this.#builder.add(sample);
      if (this.#builder.size >= this.#options.most) this.flush();
    }
  }

  flush(): void {
    if (this.#builder.size === 0) return;
    const { spool, gateway } = this.#options;
    spool.append((epoch, seq) => encodeBatch(this.#builder.build(gateway, epoch, seq)));
    this.#builder = new BatchBuilder(); // only now: what could not be spooled is not forgotten
    this.#options.onSpooled();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(this.#options.every, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      this.flush();
    }
  }
}
