// Owns reading CJ/T 188 meters over a line that other protocols may share.
import type { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { mostOwed } from '../line/owed-answers.ts';
import { type Answer, parse, type Question, request } from './frames.ts';

const serials = 256;

export class Cjt188Bus {
  readonly line: Line;
  readonly #timeout: number;
  readonly #serials = new SerialBytes();

  constructor(line: Line, timeout: number) {
    this.line = line;
    this.#timeout = timeout;
  }

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** The bytes behind the serial byte. */
  async read(type: string, address: string, di: string, timeout = this.#timeout): Promise<Buffer> {
    const serial = this.#serials.next(address);
    const question: Question = { control: 0x01, type, address, di, serial };
    try {
      const { data } = await ask(this.line, question, `meter ${address}`, timeout);
      this.#serials.answered(address);
      return data;
    } catch (error) {
      if (error instanceof LineFault && error.failure !== 'refused' && error.failure !== 'exception')
        this.#serials.owe(address, serial);
      throw error;
    }
  }
}

/** Numbers of questions, by meter: one whose answer may still come is not given to another question. */
class SerialBytes {
  readonly #last = new Map<string, number>();
  readonly #owed = new Map<string, number[]>();

  next(address: string): number {
    const owed = this.#owed.get(address) ?? [];
    let serial = this.#last.get(address) ?? 0;
    do serial = (serial + 1) % serials;
    while (owed.includes(serial));
    this.#last.set(address, serial);
    return serial;
  }

  owe(address: string, serial: number): void {
    this.#owed.set(address, [...(this.#owed.get(address) ?? []), serial].slice(-mostOwed));
  }

  /** A meter answers in order: nothing older is on its way. */
  answered(address: string): void {
    this.#owed.delete(address);
  }
}

const ask = (line: Line, question: Question, device: string, timeout: number): Promise<Answer> =>
  line.exchange({
    device,
    request: request(question),
    parse: (received) => parse(received, question),
    timeout,
  });

/** Type and address of the only meter on a line: more than one would speak at once. */
export async function readCjt188Address(line: Line, timeout: number): Promise<{ type: string; address: string }> {
  const { type, address } = await ask(line, { control: 0x03, serial: 1 }, 'CJ/T 188', timeout);
  return { type, address };
}
