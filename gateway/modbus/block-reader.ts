// Owns reading a plan from a device that may not want it: asks again, halves refused blocks, remembers what is refused.
import type { Clock } from '../../core/clock.ts';
import { LineFault, qualityOfFailure } from '../line/line-fault.ts';
import type { Memory } from '../memory.ts';
import { failedReadings, type Reading } from '../reading.ts';
import type { PollClass } from '../source.ts';
import type { RegisterPoint, RegisterTemplate } from '../template.ts';
import type { ModbusBus } from './bus.ts';
import { decodeBlock, type Ratios } from './decode.ts';
import { type Block, planReads } from './read-plan.ts';

export type BlockReaderOptions = {
  meter: string;
  unit: number;
  template: RegisterTemplate;
  bus: ModbusBus;
  clock: Clock;
  memory: Memory;
};

/** Words of one answer, with the readings in them. */
export type BlockAnswer = { block: Block; words: readonly number[] | undefined; readings: Reading[]; time: number };

const holesAreTriedAfter = 3_600_000;
const busyPause = 250;
const busyTries = 3;

export class BlockReader {
  readonly #options: BlockReaderOptions;
  readonly #points: readonly RegisterPoint[];
  #plans: Record<PollClass, Block[]>;
  #refused: { holes: Set<number>; cuts: Set<number> };
  #holesTriedAt: number;
  /** Why the device as a whole could not be read. */
  fault: LineFault | undefined;

  constructor(options: BlockReaderOptions, points: readonly RegisterPoint[]) {
    this.#options = options;
    this.#points = points;
    const { holes, cuts } = options.memory.of(options.meter, options.template.id);
    this.#refused = { holes: new Set(holes), cuts: new Set(cuts) };
    this.#holesTriedAt = options.clock.monotonic();
    this.#plans = this.#plan();
  }

  /** One answer a block, and the points that the device is known to refuse. */
  async read(pollClass: PollClass, ratios: Ratios): Promise<BlockAnswer[]> {
    const { clock } = this.#options;
    if (this.#refused.holes.size > 0 && clock.monotonic() - this.#holesTriedAt > holesAreTriedAfter)
      this.#forgetHoles();
    const wasDown = this.fault !== undefined;
    this.fault = undefined;
    // Before the device is asked: a hole that this read finds is told by the answer that finds it.
    const refused = this.#points.filter(({ poll, address }) => poll === pollClass && this.#refused.holes.has(address));
    const answers: BlockAnswer[] = [];
    for (const block of this.#plans[pollClass]) {
      // A device that did not answer one block is not asked for the next: its bus has others to serve.
      if (this.fault === undefined) answers.push(...(await this.#readBlock(block, ratios, wasDown)));
      else answers.push(this.#failed(block, this.fault));
    }
    if (refused.length > 0) {
      const block: Block = { fc: 3, address: 0, count: 0, points: refused };
      answers.push({ block, words: undefined, readings: failedReadings(refused, 'bad_exception'), time: clock.now() });
    }
    return answers;
  }

  /** The same block once more, for a value that cannot be right. */
  async readAgain(block: Block, ratios: Ratios): Promise<BlockAnswer> {
    const words = await this.#ask(block);
    return words instanceof LineFault ? this.#failed(block, words) : this.#answered(block, words, ratios);
  }

  async #readBlock(block: Block, ratios: Ratios, wasDown: boolean): Promise<BlockAnswer[]> {
    let words = await this.#ask(block);
    // One more try for a device that answered a moment ago; one that is down is only probed.
    if (words instanceof LineFault && words.failure !== 'exception' && words.failure !== 'refused' && !wasDown)
      words = await this.#ask(block);
    if (!(words instanceof LineFault)) return [this.#answered(block, words, ratios)];
    if (words.failure !== 'exception' || words.exception === 10 || words.exception === 11 || words.exception === 4) {
      this.fault = words;
      return [this.#failed(block, words)];
    }
    return this.#halve(block, words, ratios, wasDown);
  }

  /** Exceptions 1 to 3: something in the block is not there. The half without it can still be read. */
  async #halve(block: Block, refusal: LineFault, ratios: Ratios, wasDown: boolean): Promise<BlockAnswer[]> {
    if (block.points.length === 1) {
      this.#learn({ hole: block.points[0]?.address ?? block.address });
      return [this.#failed(block, refusal)];
    }
    const middle = Math.ceil(block.points.length / 2);
    const halves = [block.points.slice(0, middle), block.points.slice(middle)].flatMap((points) =>
      planReads(points, this.#options.template, this.#refused),
    );
    const answers: BlockAnswer[] = [];
    for (const half of halves)
      answers.push(
        ...(this.fault === undefined ? await this.#readBlock(half, ratios, wasDown) : [this.#failed(half, this.fault)]),
      );
    const right = halves.at(-1);
    // Both halves can be read, the whole cannot: the registers between them are not there.
    if (right !== undefined && answers.every(({ words }) => words !== undefined)) this.#learn({ cut: right.address });
    return answers;
  }

  async #ask({ fc, address, count }: Block): Promise<number[] | LineFault> {
    const { bus, unit, template, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await bus.read(unit, fc, address, count, template.link.timeout);
      } catch (error) {
        if (!(error instanceof LineFault)) throw error;
        const busy = error.exception === 5 || error.exception === 6;
        if (!busy || attempt === busyTries) return error;
        await clock.sleep(busyPause * attempt);
      }
    }
  }

  #answered(block: Block, words: readonly number[], ratios: Ratios): BlockAnswer {
    const { template, clock } = this.#options;
    return { block, words, readings: decodeBlock(words, block, template, ratios), time: clock.now() };
  }

  #failed(block: Block, fault: LineFault): BlockAnswer {
    return {
      block,
      words: undefined,
      readings: failedReadings(block.points, qualityOfFailure[fault.failure]),
      time: this.#options.clock.now(),
    };
  }

  #learn({ hole, cut }: { hole?: number; cut?: number }): void {
    if (hole !== undefined) this.#refused.holes.add(hole);
    if (cut !== undefined) this.#refused.cuts.add(cut);
    this.#plans = this.#plan();
    this.#remember();
  }

  #forgetHoles(): void {
    this.#holesTriedAt = this.#options.clock.monotonic();
    this.#refused.holes.clear();
    this.#plans = this.#plan();
    this.#remember();
  }

  #remember(): void {
    const { memory, meter, template } = this.#options;
    memory.keep(meter, template.id, { holes: [...this.#refused.holes], cuts: [...this.#refused.cuts] });
  }

  #plan(): Record<PollClass, Block[]> {
    const { template } = this.#options;
    const planFor = (pollClass: PollClass) =>
      planReads(
        this.#points.filter(({ poll }) => poll === pollClass),
        template,
        this.#refused,
      );
    return { fast: planFor('fast'), slow: planFor('slow') };
  }
}
