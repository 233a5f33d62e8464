// Owns how an answer frame can go wrong on its way, and what else one of Modbus can be, by a seed: for fuzzing in memory, and in a proxy between programs.
import { checksum } from './modbus-rtu-server.ts';

/** Bytes that reach the client, and how many milliseconds after the answer was due. What is late holds up what comes behind it. */
export type Delivery = { bytes: Buffer; after: number };

export type Wire = {
  framing: 'tcp' | 'rtu' | 'sum';
  /** Milliseconds that the client waits for an answer. */
  deadline: number;
  /** From 0 up to 1. */
  random: () => number;
};

export type Mutate = (frame: Buffer, wire: Wire) => Delivery[];

export const upTo = (most: number, { random }: Wire): number => 1 + Math.floor(random() * most);
export const noise = (length: number, { random }: Wire): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
export const now = (...chunks: Buffer[]): Delivery[] => chunks.map((bytes) => ({ bytes, after: 0 }));
/** The second comes up to so many milliseconds behind the first. */
const apart = (first: Buffer, second: Buffer, most: number, { random }: Wire): Delivery[] => [
  { bytes: first, after: 0 },
  { bytes: second, after: most * random() },
];
/** What follows within this time is heard before anybody may speak on a bus. */
const withinGap = 4;
const soon = 20;
export const insideOf = (frame: Buffer, wire: Wire): number => upTo(frame.length - 1, wire);

export function flip(frame: Buffer, bits: readonly number[]): Buffer {
  const bytes = Buffer.from(frame);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return bytes;
}

/** TCP itself vouches for the values: no field of Modbus TCP could show a bit that was turned in them. */
const bitsAtRisk = (frame: Buffer, { framing }: Wire): number => 8 * (framing === 'tcp' ? 9 : frame.length);

/** Unit, function code and what follows; on TCP behind the header. */
const bodyStart = ({ framing }: Wire): number => (framing === 'tcp' ? 6 : 0);

/** The frame with another body, as a correct device would send it. */
function rebuilt(frame: Buffer, wire: Wire, change: (body: Buffer) => Buffer): Buffer {
  if (wire.framing === 'rtu') {
    const body = change(Buffer.from(frame.subarray(0, -2)));
    const end = Buffer.alloc(2);
    end.writeUInt16LE(checksum(body));
    return Buffer.concat([body, end]);
  }
  const body = change(Buffer.from(frame.subarray(6)));
  const head = Buffer.from(frame.subarray(0, 6));
  head.writeUInt16BE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** What can befall any frame, whatever is in it. */
export const onTheWay: Readonly<Record<string, Mutate>> = {
  silence: () => [],
  truncated: (frame, wire) => now(frame.subarray(0, insideOf(frame, wire))),
  extended: (frame, wire) => now(Buffer.concat([frame, noise(upTo(20, wire), wire)])),
  'sent twice': (frame, wire) =>
    wire.random() < 0.5 ? apart(frame, frame, withinGap, wire) : now(Buffer.concat([frame, frame])),
  'in pieces': (frame, wire) => {
    const at = insideOf(frame, wire);
    return apart(frame.subarray(0, at), frame.subarray(at), soon, wire);
  },
  'byte by byte': (frame) => now(...Array.from(frame, (byte) => Buffer.from([byte]))),
  'noise before': (frame, wire) => now(Buffer.concat([noise(upTo(8, wire), wire), frame])),
  'noise in front, apart': (frame, wire) => apart(noise(upTo(8, wire), wire), frame, soon, wire),
  'noise behind, apart': (frame, wire) => apart(frame, noise(upTo(8, wire), wire), soon, wire),
  'noise alone': (frame, wire) => now(noise(upTo(2 * frame.length, wire), wire)),
  late: (frame, wire) => [{ bytes: frame, after: wire.deadline * (1.01 + 4 * wire.random()) }],
  'the end late': (frame, wire) => {
    const at = insideOf(frame, wire);
    return [
      ...now(frame.subarray(0, at)),
      { bytes: frame.subarray(at), after: wire.deadline * (1.01 + 4 * wire.random()) },
    ];
  },
};

/** What a correct reader must never take for the answer, unless the answer is in it unharmed. */
const certain: Readonly<Record<string, Mutate>> = {
  ...onTheWay,
  /** CRC-16 finds every error of up to three bits in a frame of this size. */
  'up to three bits turned': (frame, wire) => {
    const bits = new Set<number>();
    for (let left = upTo(3, wire); left > 0; left--) bits.add(Math.floor(wire.random() * bitsAtRisk(frame, wire)));
    return now(flip(frame, [...bits]));
  },
  /** And every burst of up to sixteen. */
  'a burst of up to sixteen bits': (frame, wire) => {
    const length = upTo(16, wire);
    const first = Math.floor(wire.random() * (bitsAtRisk(frame, wire) - length));
    const inner = Array.from({ length: length - 1 }, (_, at) => at + 1).filter(() => wire.random() < 0.5);
    // In the order in which the checksum and the wire take bits: the lowest of each byte first.
    return now(
      flip(
        frame,
        [0, ...inner].map((at) => first + at),
      ),
    );
  },
  'from another unit': (frame, wire) =>
    now(
      rebuilt(frame, wire, (body) =>
        Buffer.concat([Buffer.from([(body[0] as number) + upTo(254, wire)]), body.subarray(1)]),
      ),
    ),
  'with another function code': (frame, wire) =>
    now(
      rebuilt(frame, wire, (body) =>
        Buffer.concat([body.subarray(0, 1), Buffer.from([(body[1] as number) ^ 7]), body.subarray(2)]),
      ),
    ),
  'of another question': (frame, wire) => {
    if (wire.framing === 'tcp') return now(flip(frame, [Math.floor(wire.random() * 16)]));
    return now(
      rebuilt(frame, wire, (body) =>
        Buffer.concat([body.subarray(0, 2), Buffer.from([(body[2] as number) + 2]), noise(2, wire), body.subarray(3)]),
      ),
    );
  },
  'fewer values than asked for': (frame, wire) =>
    now(
      rebuilt(frame, wire, (body) =>
        Buffer.concat([body.subarray(0, 2), Buffer.from([(body[2] as number) - 2]), body.subarray(5)]),
      ),
    ),
  'an exception': (frame, wire) =>
    now(rebuilt(frame, wire, (body) => Buffer.from([body[0] as number, (body[1] as number) | 0x80, upTo(11, wire)]))),
  'a wrong header': (frame, wire) => {
    const at = bodyStart(wire);
    return now(Buffer.concat([noise(at + 3, wire), frame.subarray(at + 3)]));
  },
};

/**
 * Harm beyond what sixteen bits of checksum can promise: one in 65,536 passes, whoever reads. RTU only: on TCP nothing of
 * Modbus guards the values, and TCP's own checksum does.
 */
const byChance: Readonly<Record<string, Mutate>> = {
  'values replaced': (frame, wire) =>
    now(Buffer.concat([frame.subarray(0, 3), noise(frame.length - 5, wire), frame.subarray(-2)])),
  'bytes put in': (frame, wire) => {
    const at = Math.max(3, insideOf(frame, wire));
    return now(Buffer.concat([frame.subarray(0, at), noise(upTo(8, wire), wire), frame.subarray(at)]));
  },
  'the end replaced': (frame, wire) => {
    const at = Math.max(3, insideOf(frame, wire));
    return now(Buffer.concat([frame.subarray(0, at), noise(frame.length - at, wire)]));
  },
};

export type Mutation = { name: string; mutate: Mutate; isByChance: boolean };

export const unharmed: Mutation = {
  name: 'unharmed',
  mutate: (frame) => now(frame),
  isByChance: false,
};

export const mutationsOf = (framing: 'tcp' | 'rtu'): Mutation[] => [
  unharmed,
  ...Object.entries(certain).map(([name, mutate]) => ({ name, mutate, isByChance: false })),
  ...(framing === 'rtu' ? Object.entries(byChance) : []).map(([name, mutate]) => ({ name, mutate, isByChance: true })),
];

/** Any of them, each as often as the others. */
export function pick(mutations: readonly Mutation[], { random }: Wire): Mutation {
  return mutations[Math.floor(random() * mutations.length)] as Mutation;
}
