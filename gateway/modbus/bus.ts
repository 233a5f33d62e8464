// Owns reading registers over one line: Modbus TCP, or RTU on a bus that other protocols may share.
import type { Line } from '../line/line.ts';
import { type Framing, mbap, type Question, rtu } from './frames.ts';

export class ModbusBus {
  readonly line: Line;
  readonly #framing: Framing;
  readonly #timeout: number;
  #turn = 0;

  constructor(line: Line, framing: 'tcp' | 'rtu', timeout: number) {
    this.line = line;
    this.#framing = framing === 'tcp' ? mbap : rtu;
    this.#timeout = timeout;
  }

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** Register words, in the order of their addresses. */
  read(unit: number, fc: 3 | 4, address: number, count: number, timeout = this.#timeout): Promise<number[]> {
    const question: Question = { unit, fc, address, count };
    this.#turn = (this.#turn + 1) & 0xffff;
    const turn = this.#turn;
    return this.line.exchange({
      device: `unit ${unit}`,
      request: this.#framing.request(question, turn),
      parse: (received) => this.#framing.parse(received, question, turn),
      timeout,
    });
  }
}
