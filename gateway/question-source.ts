// Owns one meter that answers named questions (DL/T 645, CJ/T 188): asks, asks again where one answer is not enough, stamps when it comes.
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { countsInTotals, type Quality, qualityCode } from '../core/quality.ts';
import type { Installation, Sample, SeriesFacts } from '../core/sample.ts';
import { LineFault, qualityOfFailure } from './line/line-fault.ts';
import type { Memory } from './memory.ts';
import { derive, factsOf, failedReadings, type Reading } from './reading.ts';
import type { PollClass, PolledSource } from './source.ts';
import type { AnyPoint, Template } from './template.ts';
import { type Answered, Trust } from './trust.ts';

/** One question, and the points in its answer. */
export type NamedQuestion<Point> = {
  /** Names the question among those of the meter. */
  key: number;
  points: readonly Point[];
  ask(): Promise<Buffer>;
  decode(answer: Buffer): Reading[];
};

/** What a protocol knows about one meter. */
export type Questions<Point extends AnyPoint> = {
  points: readonly Point[];
  /** Few questions that bring these points, without those that the meter refuses. A point that it refuses by itself is in none. */
  plan(points: readonly Point[], refused: ReadonlySet<number>): NamedQuestion<Point>[];
  /** Where a point is read, for whoever looks for the origin of a value. */
  placeOf(point: Point): string;
  /** The smallest step of a point in its template's unit; undefined until the meter has told its unit. */
  stepOf(point: Point): number | undefined;
  /** The refusal says that the meter has no such value, now and later. */
  isLack(refusal: LineFault): boolean;
};

export type QuestionedMeter<Point extends AnyPoint> = {
  meter: string;
  /** What the meter is called on its line: another address is another meter. */
  address: string;
  template: Template;
  questions: Questions<Point>;
  clock: Clock;
  memory: Memory;
  log?: Log;
  onFacts?: () => void;
};

const refusedAreTriedAfter = 3_600_000;
const mostAsked = 3;

export class QuestionSource<Point extends AnyPoint> implements PolledSource {
  readonly meter: string;
  fault: LineFault | undefined;
  readonly #device: QuestionedMeter<Point>;
  readonly #trust: Trust;
  #refused: Set<number>;
  #refusedTriedAt: number;
  #installations: readonly Installation[];

  constructor(device: QuestionedMeter<Point>) {
    this.meter = device.meter;
    this.#device = device;
    const { points, stepOf } = device.questions;
    const byId = new Map(points.map((point) => [point.point, point]));
    this.#trust = new Trust(points, (id) => {
      const point = byId.get(id);
      return point === undefined ? undefined : stepOf(point);
    });
    const { holes, installations } = device.memory.of(device.meter, device.template.id);
    this.#refused = new Set(holes);
    this.#refusedTriedAt = device.clock.monotonic();
    this.#installations = installations;
  }

  facts(): SeriesFacts[] {
    const { template, questions, meter } = this.#device;
    return questions.points.map((point) =>
      factsOf(meter, template, point, {
        source: questions.placeOf(point),
        installations: this.#installations,
        rawUnit: questions.stepOf(point),
      }),
    );
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    const { clock, template, questions } = this.#device;
    if (this.#refused.size > 0 && clock.monotonic() - this.#refusedTriedAt > refusedAreTriedAfter) this.#forgive();
    const wasDown = this.fault !== undefined;
    this.fault = undefined;
    const due = questions.points.filter(({ poll }) => poll === pollClass);
    const answers = await this.#readAll(due, wasDown);
    const readings = answers.flatMap((answer) => answer.readings);
    const read = new Set(readings.map(({ point }) => point));
    const lacking = due.filter(({ point }) => !read.has(point));
    return [
      ...answers.flatMap((answer) => this.#stamp(answer)),
      ...this.#stamp({ readings: failedReadings(lacking, 'bad_not_available'), time: clock.now() }),
      ...this.#stamp({ readings: derive(readings, template.derived), time: clock.now() }),
    ];
  }

  async #readAll(points: readonly Point[], wasDown: boolean): Promise<Answered[]> {
    const answers: Answered[] = [];
    for (const question of this.#device.questions.plan(points, this.#refused)) {
      // A meter that did not answer one question is not asked the next: its bus has others to serve.
      if (this.fault === undefined) answers.push(...(await this.#read(question, wasDown)));
      else answers.push(this.#failed(question, qualityOfFailure[this.fault.failure]));
    }
    return answers;
  }

  async #read(question: NamedQuestion<Point>, wasDown: boolean): Promise<Answered[]> {
    let answer = await this.#ask(question);
    // One more try for a meter that answered a moment ago; one that is down is only probed.
    const isLost = answer instanceof LineFault && answer.failure !== 'exception' && answer.failure !== 'refused';
    if (isLost && !wasDown) answer = await this.#ask(question);
    if (!(answer instanceof LineFault)) return [await this.#borneOut(question, answer)];
    if (answer.failure !== 'exception') {
      this.fault = answer;
      return [this.#failed(question, qualityOfFailure[answer.failure])];
    }
    if (!this.#device.questions.isLack(answer)) return [this.#failed(question, 'bad_exception')];
    this.#remember(this.#refused.add(question.key));
    return this.#readAll(question.points, wasDown);
  }

  /** Asks until each value is borne out by another answer, where one answer is not enough. */
  async #borneOut(question: NamedQuestion<Point>, first: Answered): Promise<Answered> {
    const trust = this.#trust;
    const answers = [first];
    const wasFirm = trust.isFirm;
    const isEnough = wasFirm && !first.readings.some((reading) => trust.isDoubtful(reading, first.time));
    let last = first;
    let open: Reading[] = isEnough ? [] : first.readings;
    for (let asked = 1; open.length > 0 && asked < mostAsked; asked++) {
      const next = await this.#ask(question);
      if (next instanceof LineFault) continue;
      open = next.readings.filter((reading) => !answers.some((answer) => trust.agrees(answer, reading, next.time)));
      answers.push(next);
      last = next;
    }
    const isSpike = (reading: Reading) => open.includes(reading) && countsInTotals(reading.quality) && !moves(reading);
    // What is another in every answer may move: a counter as fast as it can, a state where all answers were sound.
    const moves = (reading: Reading) =>
      answers.length === mostAsked &&
      (trust.isState(reading)
        ? wasFirm && trust.isFirm
        : answers.slice(0, -1).every((answer) => trust.canFollow(answer, reading, last.time)));
    const spike = qualityCode('uncertain_spike');
    const readings = last.readings.map((reading) => (isSpike(reading) ? { ...reading, quality: spike } : reading));
    const answer: Answered = { readings, time: last.time };
    trust.settle(answer);
    return answer;
  }

  async #ask(question: NamedQuestion<Point>): Promise<Answered | LineFault> {
    let answer: Buffer;
    try {
      answer = await question.ask();
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      if (error.failure === 'framing') this.#trust.heard(false);
      return error;
    }
    this.#identify();
    const readings = question.decode(answer);
    this.#trust.heard(readings.every(({ quality }) => quality !== qualityCode('bad_decode')));
    return { readings, time: this.#device.clock.now() };
  }

  #identify(): void {
    const { address: serial, template, clock, memory, meter, log, onFacts } = this.#device;
    const before = this.#installations.at(-1)?.serial;
    if (before === serial) return;
    if (before !== undefined) log?.warn({ event: 'meter_replaced', meter, before, serial }, 'meter replaced');
    this.#installations = [...this.#installations, { serial, from: clock.now() }];
    memory.keep(meter, template.id, { installations: [...this.#installations] });
    onFacts?.();
  }

  #forgive(): void {
    this.#refusedTriedAt = this.#device.clock.monotonic();
    this.#remember(new Set());
  }

  #remember(refused: Set<number>): void {
    const { memory, meter, template } = this.#device;
    this.#refused = refused;
    memory.keep(meter, template.id, { holes: [...refused] });
  }

  #failed({ points }: NamedQuestion<Point>, reason: Quality): Answered {
    return { readings: failedReadings(points, reason), time: this.#device.clock.now() };
  }

  #stamp({ readings, time }: Answered): Sample[] {
    return readings.map(({ point, value, quality }) => ({ meter: this.meter, point, time, value, quality }));
  }
}
