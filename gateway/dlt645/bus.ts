// Owns reading data identifiers of DL/T 645-2007 meters over a line that other protocols may share.
import type { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { OwedAnswers, type Shapes } from '../line/owed-answers.ts';
import { type Answer, parse, type Question, request } from './frames.ts';

type Asked = Exclude<Question, { control: 0x13 }> & { timeout: number };

/** The longest blocks of the standard are far below this. */
const mostFrames = 16;

/** The address, the date, and energies of past months: what a meter of this standard has, or refuses. */
const always = ['04000401', '04000101', '04000102'].concat(
  Array.from({ length: 24 }, (_, index) => `000${1 + (index % 2)}00${String(1 + (index >> 1)).padStart(2, '0')}`),
);

const shapeOf = (asked: Asked): string => (asked.control === 0x12 ? `${asked.di}/${asked.sequence}` : asked.di);

/** An answer names its identifier, but not the moment: an old one of the same identifier must not pass for a new one. */
const shapes: Shapes<Asked> = {
  deviceOf: ({ address }) => address,
  shapeOf,
  another({ address, timeout }, owed) {
    const di = always.find((one) => !owed.has(one)) as string;
    return { control: 0x11, address, di, timeout };
  },
};

export class Dlt645Bus {
  readonly line: Line;
  readonly #timeout: number;
  readonly #owed = new OwedAnswers<Asked, Answer>(shapes, (asked) => this.#ask(asked));

  constructor(line: Line, timeout: number) {
    this.line = line;
    this.#timeout = timeout;
  }

  get endpoint(): string {
    return this.line.endpoint;
  }

  /** The bytes of the values, gathered from as many frames as the meter needs. */
  async read(address: string, di: string, timeout = this.#timeout): Promise<Buffer> {
    const first = await this.#owed.ask({ control: 0x11, address, di, timeout });
    const parts = [first.data];
    for (let { isMore } = first, sequence = 1; isMore; sequence++) {
      if (sequence === mostFrames)
        throw new LineFault('framing', `表 ${address}：后续帧过多`, `meter ${address}: its frames do not end`);
      const next = await this.#owed.ask({ control: 0x12, address, di, sequence, timeout });
      parts.push(next.data);
      isMore = next.isMore;
    }
    return Buffer.concat(parts);
  }

  #ask(asked: Asked): Promise<Answer> {
    return this.line.exchange({
      device: `meter ${asked.address}`,
      request: request(asked),
      parse: (received) => parse(received, asked),
      timeout: asked.timeout,
    });
  }
}

/** The address of the only meter on a line: more than one would speak at once. */
export async function readDlt645Address(line: Line, timeout: number): Promise<string> {
  const question: Question = { control: 0x13 };
  const { address } = await line.exchange({
    device: 'DL/T 645',
    request: request(question),
    parse: (received) => parse(received, question),
    timeout,
  });
  return address;
}
