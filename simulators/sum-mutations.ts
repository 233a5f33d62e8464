// Owns how an answer of DL/T 645 or CJ/T 188 can go wrong on its way, by a seed: frames that a single byte of sum protects.
import { closed } from './decimals.ts';
import { flip, insideOf, type Mutate, type Mutation, noise, now, onTheWay, unharmed, upTo } from './mutations.ts';

/** Where the fields of a frame lie, counted from its start byte. */
export type Layout = {
  /** First byte of the address, and how many it has. */
  address: readonly [number, number];
  control: number;
  length: number;
  /** First byte of the values: behind the identifier, and the number of the question where there is one. */
  values: number;
};

export const dlt645Layout: Layout = { address: [1, 6], control: 8, length: 9, values: 14 };
export const cjt188Layout: Layout = { address: [2, 7], control: 9, length: 10, values: 14 };

/** Behind the bytes that wake the listener. */
const startOf = (frame: Buffer): number => frame.indexOf(0x68);

/** The frame with another body and the sum that belongs to it, as a correct meter would send it. */
function rebuilt(frame: Buffer, change: (body: Buffer) => Buffer): Buffer {
  const start = startOf(frame);
  return Buffer.concat([frame.subarray(0, start), closed(change(Buffer.from(frame.subarray(start, -2))))]);
}

function withByte(frame: Buffer, at: number, change: (byte: number) => number): Buffer {
  return rebuilt(frame, (body) => {
    body[at] = change(body[at] as number) & 0xff;
    return body;
  });
}

/** What a correct reader must never take for the answer, unless the answer is in it unharmed. */
const certain = ({ address, control, length, values }: Layout): Readonly<Record<string, Mutate>> => ({
  ...onTheWay,
  /** A sum finds every error within one byte. */
  'one byte changed': (frame, wire) => {
    const bytes = Buffer.from(frame);
    const at = Math.floor(wire.random() * bytes.length);
    bytes[at] = ((bytes[at] as number) + upTo(255, wire)) & 0xff;
    return now(bytes);
  },
  /** And every burst of up to eight bits, in the order of the wire. */
  'a burst of up to eight bits': (frame, wire) => {
    const size = upTo(8, wire);
    const first = Math.floor(wire.random() * (8 * frame.length - size));
    const inner = Array.from({ length: size - 1 }, (_, at) => at + 1).filter(() => wire.random() < 0.5);
    return now(
      flip(
        frame,
        [0, ...inner].map((at) => first + at),
      ),
    );
  },
  'from another meter': (frame, wire) =>
    now(withByte(frame, address[0] + upTo(address[1], wire) - 1, (byte) => byte + upTo(255, wire))),
  'with another control code': (frame, wire) => now(withByte(frame, control, (byte) => byte ^ upTo(31, wire))),
  'of another identifier': (frame, wire) =>
    now(withByte(frame, length + upTo(2, wire), (byte) => byte + upTo(255, wire))),
  'with another length': (frame, wire) => now(withByte(frame, length, (byte) => byte + upTo(200, wire))),
  'fewer values than asked for': (frame, wire) =>
    now(
      rebuilt(frame, (body) => {
        const shorter = body.subarray(0, Math.max(values, body.length - upTo(4, wire)));
        shorter[length] = (body[length] as number) - (body.length - shorter.length);
        return shorter;
      }),
    ),
  'more values than asked for': (frame, wire) =>
    now(
      rebuilt(frame, (body) => {
        const behind = noise(upTo(4, wire), wire);
        body[length] = (body[length] as number) + behind.length;
        return Buffer.concat([body, behind]);
      }),
    ),
});

/** Harm beyond what one byte of sum can promise. */
const byChance = ({ values }: Layout): Readonly<Record<string, Mutate>> => ({
  /** One in sixteen of those that fall into different bytes takes the sum along. */
  'two bits turned': (frame, wire) => {
    const bits = new Set<number>();
    while (bits.size < 2) bits.add(Math.floor(wire.random() * 8 * frame.length));
    return now(flip(frame, [...bits]));
  },
  'a burst of nine to forty bits': (frame, wire) => {
    const size = 8 + upTo(32, wire);
    const first = Math.floor(wire.random() * (8 * frame.length - size));
    const bits = Array.from({ length: size }, (_, at) => at).filter(() => wire.random() < 0.5);
    return now(
      flip(
        frame,
        [0, ...bits].map((at) => first + at),
      ),
    );
  },
  'values replaced': (frame, wire) => {
    const at = startOf(frame) + values;
    return now(Buffer.concat([frame.subarray(0, at), noise(frame.length - at - 2, wire), frame.subarray(-2)]));
  },
  /** No sum sees it. */
  'two bytes exchanged': (frame, wire) => {
    const bytes = Buffer.from(frame);
    const at = insideOf(frame, wire);
    [bytes[at - 1], bytes[at]] = [bytes[at] as number, bytes[at - 1] as number];
    return now(bytes);
  },
  'bytes put in': (frame, wire) => {
    const at = insideOf(frame, wire);
    return now(Buffer.concat([frame.subarray(0, at), noise(upTo(8, wire), wire), frame.subarray(at)]));
  },
  'the end replaced': (frame, wire) => {
    const at = insideOf(frame, wire);
    return now(Buffer.concat([frame.subarray(0, at), noise(frame.length - at, wire)]));
  },
});

const named = (kinds: Readonly<Record<string, Mutate>>, isByChance: boolean): Mutation[] =>
  Object.entries(kinds).map(([name, mutate]) => ({ name, mutate, isByChance }));

export const sumMutationsOf = (layout: Layout): Mutation[] => [
  unharmed,
  ...named(certain(layout), false),
  ...named(byChance(layout), true),
];

/** Whether a spoiled frame has a right sum and everything around the values right, and other values. */
export function foolsTheSum(spoiled: Buffer, frame: Buffer, { values }: Layout): boolean {
  const start = startOf(frame);
  const at = startOf(spoiled);
  const body = spoiled.subarray(at, -2);
  return (
    spoiled.length - at === frame.length - start &&
    body.subarray(0, values).equals(frame.subarray(start, start + values)) &&
    !body.equals(frame.subarray(start, -2)) &&
    closed(body).equals(spoiled.subarray(at))
  );
}
