// Owns the answers that units of a bus still owe: an RTU frame does not say which question it answers, however late it comes.
import { LineFault } from '../line/line-fault.ts';
import type { Question } from './frames.ts';

type Ask = (question: Question) => Promise<number[]>;

/** Answers of equal shape cannot be told apart. */
const shapeOf = ({ fc, count }: Question): string => `${fc}/${count}`;

/** A unit that is down owes one more answer with every try: those that are older than so many never come. */
const mostOwed = 16;

/**
 * A unit answers in the order in which it was asked. So the answer to a question of a shape that it owes to nobody proves
 * that nothing older is on its way; until then a question of a shape that it owes is not asked.
 */
export class OwedAnswers {
  readonly #owed = new Map<number, Set<string>>();
  readonly #turns = new Map<number, Promise<unknown>>();

  /** Questions to one unit come one after another, so that each knows how those before it ended. */
  ask(question: Question, ask: Ask): Promise<number[]> {
    const before = this.#turns.get(question.unit) ?? Promise.resolve();
    const mine = before.then(() => this.#inTurn(question, ask));
    this.#turns.set(
      question.unit,
      mine.catch(() => undefined), // told to whoever asked
    );
    return mine;
  }

  async #inTurn(question: Question, ask: Ask): Promise<number[]> {
    const owed = this.#owed.get(question.unit);
    if (owed?.has(shapeOf(question))) {
      let count = 1;
      while (owed.has(shapeOf({ ...question, count }))) count++;
      try {
        await this.#note({ ...question, count }, ask);
      } catch (error) {
        // A refusal is an answer, too: what was asked for does not matter here.
        if (!(error instanceof LineFault && error.failure === 'exception')) throw error;
      }
    }
    return this.#note(question, ask);
  }

  async #note(question: Question, ask: Ask): Promise<number[]> {
    const { unit } = question;
    const shape = shapeOf(question);
    try {
      const words = await ask(question);
      this.#owed.delete(unit);
      return words;
    } catch (error) {
      const failure = error instanceof LineFault ? error.failure : undefined;
      // Which question was refused, it does not say: it may be an older one, and this one's answer is on its way.
      if (failure === 'exception' && this.#owed.has(unit)) this.#owed.set(unit, new Set([shape]));
      if (failure !== 'exception' && failure !== 'refused') this.#owe(unit, shape);
      throw error;
    }
  }

  #owe(unit: number, shape: string): void {
    const owed = this.#owed.get(unit) ?? new Set();
    owed.delete(shape);
    owed.add(shape);
    for (const oldest of owed) {
      if (owed.size <= mostOwed) break;
      owed.delete(oldest);
    }
    this.#owed.set(unit, owed);
  }
}
