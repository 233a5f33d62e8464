// Owns reading registers over one line: Modbus TCP, or RTU on a bus that other protocols may share.
import type { Line } from '../line/line.ts';
import { type Framing, mbap, type Question, rtu } from './frames.ts';
import { OwedAnswers } from './owed-answers.ts';

export class ModbusBus {
  readonly line: Line;
  readonly #framing: Framing;
  readonly #timeout: number;
  /** On a bus frames carry no number: what is still owed must be known. */
  readonly #owed: OwedAnswers | undefined;
  #turn = 0;

  constructor(line: Line, framing: 'tcp' | 'rtu', timeout: number) {
    this.line = line;
    this.#framing = framing === 'tcp' ? mbap : rtu;
    this.#timeout = timeout;
    this.#owed = framing === 'tcp' ? undefined : new OwedAnswers();
  }

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** Register words, in the order of their addresses. */
  read(unit: number, fc: 3 | 4, address: number, count: number, timeout = this.#timeout): Promise<number[]> {
    const question: Question = { unit, fc, address, count };
    if (this.#owed === undefined) return this.#ask(question, timeout);
    return this.#owed.ask(question, (one) => this.#ask(one, timeout));
  }

  #ask(question: Question, timeout: number): Promise<number[]> {
    this.#turn = (this.#turn + 1) & 0xffff;
    const turn = this.#turn;
    return this.line.exchange({
      device: `unit ${question.unit}`,
      request: this.#framing.request(question, turn),
      parse: (received) => this.#framing.parse(received, question, turn),
      timeout,
    });
  }
}
