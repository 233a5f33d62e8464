// Owns the answers that devices of a bus still owe: a frame without a number does not say which question it answers, however late it comes.
import { LineFault } from './line-fault.ts';

/** What a protocol knows about its questions. */
export type Shapes<Question> = {
  deviceOf(question: Question): number | string;
  /** Answers of equal shape cannot be told apart. */
  shapeOf(question: Question): string;
  /** A question to the same device whose shape is not owed. */
  another(question: Question, owed: ReadonlySet<string>): Question;
};

/** A device that is down owes one more answer with every try: those that are older than so many never come. */
export const mostOwed = 16;

/**
 * A device answers in the order in which it was asked. So the answer to a question of a shape that it owes to nobody proves
 * that nothing older is on its way; until then a question of a shape that it owes is not asked.
 */
export class OwedAnswers<Question, Answer> {
  readonly #shapes: Shapes<Question>;
  readonly #ask: (question: Question) => Promise<Answer>;
  readonly #owed = new Map<number | string, Set<string>>();
  readonly #turns = new Map<number | string, Promise<unknown>>();

  constructor(shapes: Shapes<Question>, ask: (question: Question) => Promise<Answer>) {
    this.#shapes = shapes;
    this.#ask = ask;
  }

  /** Questions to one device come one after another, so that each knows how those before it ended. */
  ask(question: Question): Promise<Answer> {
    const device = this.#shapes.deviceOf(question);
    const before = this.#turns.get(device) ?? Promise.resolve();
    const mine = before.then(() => this.#inTurn(question));
    this.#turns.set(
      device,
      mine.catch(() => undefined), // told to whoever asked
    );
    return mine;
  }

  async #inTurn(question: Question): Promise<Answer> {
    const { deviceOf, shapeOf, another } = this.#shapes;
    const owed = this.#owed.get(deviceOf(question));
    if (owed?.has(shapeOf(question))) {
      try {
        await this.#note(another(question, owed));
      } catch (error) {
        // A refusal is an answer, too: what was asked for does not matter here.
        if (!(error instanceof LineFault && error.failure === 'exception')) throw error;
      }
    }
    return this.#note(question);
  }

  async #note(question: Question): Promise<Answer> {
    const device = this.#shapes.deviceOf(question);
    const shape = this.#shapes.shapeOf(question);
    try {
      const answer = await this.#ask(question);
      this.#owed.delete(device);
      return answer;
    } catch (error) {
      const failure = error instanceof LineFault ? error.failure : undefined;
      // Which question was refused, it does not say: it may be an older one, and this one's answer is on its way.
      if (failure === 'exception' && this.#owed.has(device)) this.#owed.set(device, new Set([shape]));
      if (failure !== 'exception' && failure !== 'refused') this.#owe(device, shape);
      throw error;
    }
  }

  #owe(device: number | string, shape: string): void {
    const owed = this.#owed.get(device) ?? new Set();
    owed.delete(shape);
    owed.add(shape);
    for (const oldest of owed) {
      if (owed.size <= mostOwed) break;
      owed.delete(oldest);
    }
    this.#owed.set(device, owed);
  }
}
