// Owns one DL/T 645-2007 meter: which identifiers bring its points, and what its refusals mean.
import { LineFault } from '../line/line-fault.ts';
import { type NamedQuestion, type QuestionedMeter, QuestionSource, type Questions } from '../question-source.ts';
import type { Dlt645Template, IdentifierPoint } from '../template.ts';
import type { Dlt645Bus } from './bus.ts';
import { decodeInquiry, direct, type Inquiry, keyOf, planInquiries, type Ratios, ratioOf } from './decode.ts';
import { noSuchData } from './frames.ts';

export type Dlt645Meter = Omit<QuestionedMeter<IdentifierPoint>, 'template' | 'questions'> & {
  template: Dlt645Template;
  bus: Dlt645Bus;
  ratios?: Ratios;
};

export function dlt645Source({ bus, ratios = direct, ...device }: Dlt645Meter): QuestionSource<IdentifierPoint> {
  const { address, template } = device;
  const ask = async (inquiry: Inquiry): Promise<Buffer> => {
    const data = await bus.read(address, inquiry.di, template.link.timeout);
    if (data.length === inquiry.length) return data;
    const text = `${inquiry.di}: ${data.length} ≠ ${inquiry.length}`;
    throw new LineFault(
      // A block of another make-up is as good as none: its values are asked for one by one.
      inquiry.isBlock ? 'exception' : 'framing',
      `表 ${address}：应答字节数不符（${text}）`,
      `meter ${address}: the answer has another number of bytes (${text})`,
      inquiry.isBlock ? { exception: noSuchData } : {},
    );
  };
  const questionOf = (inquiry: Inquiry): NamedQuestion<IdentifierPoint> => ({
    key: keyOf(inquiry.di),
    points: inquiry.points,
    ask: () => ask(inquiry),
    decode: (data) => decodeInquiry(data, inquiry, ratios),
  });
  const questions: Questions<IdentifierPoint> = {
    points: template.points.map((point) => behindTransformers(point, ratioOf(point, ratios))),
    plan: (points, refused) => planInquiries(points, template.blocks, refused).map(questionOf),
    placeOf: ({ di }) => `${bus.endpoint} meter ${address} identifier ${di}`,
    stepOf: (point) => ratioOf(point, ratios) / 10 ** point.decimals,
    isLack: ({ exception = 0 }) => (exception & noSuchData) !== 0,
  };
  return new QuestionSource({ ...device, questions });
}

/** What the meter can count in an hour is that of its own terminals. */
const behindTransformers = (point: IdentifierPoint, ratio: number): IdentifierPoint =>
  point.counter === undefined
    ? point
    : { ...point, counter: { ...point.counter, maxPerHour: point.counter.maxPerHour * ratio } };
