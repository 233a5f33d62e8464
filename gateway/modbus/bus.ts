// Owns reading registers over one line: Modbus TCP, or RTU on a bus that other protocols may share.
import type { Line } from '../line/line.ts';
import { OwedAnswers, type Shapes } from '../line/owed-answers.ts';
import { type Framing, mbap, type Question, rtu } from './frames.ts';

type Asked = Question & { timeout: number };

const shapeOf = ({ fc, count }: Question): string => `${fc}/${count}`;

const shapes: Shapes<Asked> = {
  deviceOf: ({ unit }) => unit,
  shapeOf,
  another(question, owed) {
    let count = 1;
    while (owed.has(shapeOf({ ...question, count }))) count++;
    return { ...question, count };
  },
};

export class ModbusBus {
  readonly line: Line;
  readonly #framing: Framing;
  readonly #timeout: number;
  /** On a bus frames carry no number: what is still owed must be known. */
  readonly #owed: OwedAnswers<Asked, number[]> | undefined;
  #turn = 0;

  constructor(line: Line, framing: 'tcp' | 'rtu', timeout: number) {
    this.line = line;
    this.#framing = framing === 'tcp' ? mbap : rtu;
    this.#timeout = timeout;
    this.#owed = framing === 'tcp' ? undefined : new OwedAnswers(shapes, (asked) => this.#ask(asked));
  }

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** Register words, in the order of their addresses. */
  read(unit: number, fc: 3 | 4, address: number, count: number, timeout = this.#timeout): Promise<number[]> {
    const asked: Asked = { unit, fc, address, count, timeout };
    return this.#owed === undefined ? this.#ask(asked) : this.#owed.ask(asked);
  }

  #ask(asked: Asked): Promise<number[]> {
    this.#turn = (this.#turn + 1) & 0xffff;
    const turn = this.#turn;
    return this.line.exchange({
      device: `unit ${asked.unit}`,
      request: this.#framing.request(asked, turn),
      parse: (received) => this.#framing.parse(received, asked, turn),
      timeout: asked.timeout,
    });
  }
}
