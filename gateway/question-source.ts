// Owns one meter that answers named questions (DL/T 645, CJ/T 188): asks, asks again where one answer is not enough, stamps when it comes.
import { hour } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import { points as catalogue, type PointId } from '../core/points.ts';
import { countsInTotals, type Quality, qualityCode } from '../core/quality.ts';
import type { Installation, Sample, SeriesFacts } from '../core/sample.ts';
import { convert } from '../core/units.ts';
import { LineFault, qualityOfFailure } from './line/line-fault.ts';
import type { Memory } from './memory.ts';
import { CounterWatch, derive, factsOf, failedReadings, type Reading } from './reading.ts';
import type { PollClass, PolledSource } from './source.ts';
import type { AnyPoint, Template } from './template.ts';

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
  onFacts?: () => void;
};

/** How fast a counter grew when it was read last, a millisecond. */
type Count = { value: number; time: number; pace: number };
type Answered = { readings: Reading[]; time: number };

const refusedAreTriedAfter = 3_600_000;
/** So many sound answers in a row make one answer enough. */
const enoughSound = 10;
const mostAsked = 3;
/** A counter may besides have shown the last of an answer's steps, and begun the next. */
const growsSteps = 2;
/** A counter that grew more than this many times as fast as before, and more than so many steps, is asked again. */
const hastens = 2;
const hastensSteps = 5;
/** How much a state may move between two answers of one poll: this share of it, or so many steps. */
const movesBy = 0.05;
const movesSteps = 20;

/**
 * One byte of checksum lets one in 256 spoiled answers pass. So one answer is enough only from a meter whose answers were
 * all sound lately, for counters that grew about as before and states that moved a little: anything else is asked again,
 * and good when another answer bears it out.
 */
export class QuestionSource<Point extends AnyPoint> implements PolledSource {
  readonly meter: string;
  fault: LineFault | undefined;
  readonly #device: QuestionedMeter<Point>;
  readonly #byId: ReadonlyMap<PointId, Point>;
  readonly #watch = new CounterWatch();
  #refused: Set<number>;
  #refusedTriedAt: number;
  #installations: readonly Installation[];
  #sound = 0;
  readonly #lastStates = new Map<PointId, Reading>();
  readonly #lastCounts = new Map<PointId, Count>();

  constructor(device: QuestionedMeter<Point>) {
    this.meter = device.meter;
    this.#device = device;
    this.#byId = new Map(device.questions.points.map((point) => [point.point, point]));
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
    const answers = [first];
    const isTrusted = this.#sound >= enoughSound;
    const isDoubtful = first.readings.some((reading) => this.#isDoubtful(reading, first.time));
    let last = first;
    let open: Reading[] = !isTrusted || isDoubtful ? first.readings : [];
    for (let asked = 1; open.length > 0 && asked < mostAsked; asked++) {
      const next = await this.#ask(question);
      if (next instanceof LineFault) continue;
      open = next.readings.filter(
        (reading) => !answers.some(({ readings, time }) => this.#agrees(readings, reading, next.time - time)),
      );
      answers.push(next);
      last = next;
    }
    // Where every answer was sound, a state that is another in each of them moves: it is no spike.
    const areStatesSure = isTrusted && answers.length === mostAsked && this.#sound >= enoughSound;
    const isSpike = (reading: Reading) =>
      open.includes(reading) && countsInTotals(reading.quality) && !(areStatesSure && this.#isState(reading));
    const spike = qualityCode('uncertain_spike');
    const readings = last.readings.map((reading) => (isSpike(reading) ? { ...reading, quality: spike } : reading));
    for (const reading of readings) {
      if (this.#isState(reading)) this.#lastStates.set(reading.point, reading);
      else this.#count(reading, last.time);
    }
    return { readings, time: last.time };
  }

  #hastens({ point, value }: Reading, time: number): boolean {
    const last = this.#lastCounts.get(point);
    if (last === undefined || value === null) return false;
    const usual = last.pace * (time - last.time);
    return value - last.value > hastens * usual + hastensSteps * this.#stepOf(point);
  }

  #count(reading: Reading, time: number): void {
    const { point, value, quality } = reading;
    this.#watch.accept(reading, time);
    if (value === null || !countsInTotals(quality)) return;
    const { value: before, time: then } = this.#lastCounts.get(point) ?? { value, time };
    this.#lastCounts.set(point, { value, time, pace: time > then ? Math.max(0, value - before) / (time - then) : 0 });
  }

  #isState(reading: Reading): boolean {
    return this.#limitOf(reading) === undefined;
  }

  #isDoubtful(reading: Reading, time: number): boolean {
    if (!this.#isState(reading))
      return this.#watch.isDoubtful(reading, time, this.#limitOf(reading)) || this.#hastens(reading, time);
    const before = this.#lastStates.get(reading.point);
    return before !== undefined && !this.#agrees([before], reading, 0);
  }

  /** What a later answer says can follow what an earlier one said so many milliseconds before. */
  #agrees(earlier: readonly Reading[], { point, value, quality }: Reading, elapsed: number): boolean {
    const before = earlier.find((reading) => reading.point === point);
    if (before === undefined || before.value === null || value === null) return before?.quality === quality;
    const limit = this.#limitOf(before);
    const change = value - before.value;
    const step = this.#stepOf(point);
    if (limit !== undefined) return change >= 0 && change <= (limit * elapsed) / hour + growsSteps * step;
    if (catalogue[point].kind === 'state') return change === 0;
    return Math.abs(change) <= Math.max(movesBy * Math.max(Math.abs(value), Math.abs(before.value)), movesSteps * step);
  }

  /** The most that a counter can count in an hour, in the catalogue's unit. */
  #limitOf({ point }: Reading): number | undefined {
    const { counter, unit } = this.#byId.get(point) ?? {};
    return counter === undefined || unit === undefined
      ? undefined
      : convert(counter.maxPerHour, unit, catalogue[point].unit);
  }

  #stepOf(id: PointId): number {
    const point = this.#byId.get(id);
    const step = point === undefined ? undefined : this.#device.questions.stepOf(point);
    return point === undefined || step === undefined ? 0 : convert(step, point.unit, catalogue[id].unit);
  }

  async #ask(question: NamedQuestion<Point>): Promise<Answered | LineFault> {
    let answer: Buffer;
    try {
      answer = await question.ask();
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      if (error.failure === 'framing') this.#sound = 0;
      return error;
    }
    this.#identify();
    const readings = question.decode(answer);
    const isSound = readings.every(({ quality }) => quality !== qualityCode('bad_decode'));
    this.#sound = isSound ? this.#sound + 1 : 0;
    return { readings, time: this.#device.clock.now() };
  }

  #identify(): void {
    const { address: serial, template, clock, memory, meter, onFacts } = this.#device;
    if (this.#installations.at(-1)?.serial === serial) return;
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
