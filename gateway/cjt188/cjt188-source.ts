// Owns one CJ/T 188 meter: a single question brings all its points, each in the unit that the meter states.
import { points as catalogue, type PointId, quantise } from '../../core/points.ts';
import { type Quality, qualityCode } from '../../core/quality.ts';
import { convert } from '../../core/units.ts';
import { readDecimal } from '../line/bcd.ts';
import { LineFault } from '../line/line-fault.ts';
import { type QuestionedMeter, QuestionSource, type Questions } from '../question-source.ts';
import type { Reading } from '../reading.ts';
import type { Cjt188Template, FieldPoint } from '../template.ts';
import { unitsFit } from '../template-parts.ts';
import type { Cjt188Bus } from './bus.ts';

export type Cjt188Meter = Omit<QuestionedMeter<FieldPoint>, 'template' | 'questions'> & {
  template: Cjt188Template;
  bus: Cjt188Bus;
};

export function cjt188Source({ bus, ...device }: Cjt188Meter): QuestionSource<FieldPoint> {
  const { address, template } = device;
  const { meterType, di, length, link } = template;
  /** The unit in which the meter last gave each point. */
  const stated = new Map<PointId, string>();
  const learn = (data: Buffer) => {
    let isNew = false;
    for (const point of template.points) {
      const unit = unitIn(data, point, template);
      if (unit === undefined || stated.get(point.point) === unit) continue;
      stated.set(point.point, unit);
      isNew = true;
    }
    if (isNew) device.onFacts?.();
  };
  const questions: Questions<FieldPoint> = {
    points: template.points,
    plan: (points) =>
      points.length === 0
        ? []
        : [{ key: Number.parseInt(di, 16), points, ask, decode: (data) => decodeFields(data, points, template) }],
    placeOf: ({ offset }) => `${bus.endpoint} meter ${address} identifier ${di} byte ${offset}`,
    stepOf({ point, unit, decimals, unitOffset }) {
      const shown = unitOffset === undefined ? unit : stated.get(point);
      return shown === undefined ? undefined : convert(10 ** -decimals, shown, unit);
    },
    isLack: () => false,
  };
  async function ask(): Promise<Buffer> {
    const data = await bus.read(meterType, address, di, link.timeout);
    if (data.length !== length)
      throw new LineFault(
        'framing',
        `表 ${address}：应答有 ${data.length} 字节数据，模板为 ${length}`,
        `meter ${address}: the answer has ${data.length} bytes of data, the template ${length}`,
      );
    learn(data);
    return data;
  }
  return new QuestionSource({ ...device, questions });
}

/** The unit of a value in this answer; undefined where its code means nothing that the point could be. */
function unitIn(data: Buffer, { unit, unitOffset }: FieldPoint, { units }: Cjt188Template): string | undefined {
  if (unitOffset === undefined) return unit;
  const code = (data[unitOffset] ?? 0).toString(16).padStart(2, '0').toUpperCase();
  const shown = units[code];
  return shown !== undefined && unitsFit(shown, unit) ? shown : undefined;
}

const decodeFields = (data: Buffer, points: readonly FieldPoint[], template: Cjt188Template): Reading[] =>
  points.map((definition) => {
    const { point, offset, bytes, decimals, unit, range } = definition;
    const bad = (reason: Quality): Reading => ({ point, value: null, quality: qualityCode(reason) });
    const raw = readDecimal(data, offset, bytes);
    if (raw === 'absent') return bad('bad_not_available');
    const shown = unitIn(data, definition, template);
    if (raw === 'broken' || shown === undefined) return bad('bad_decode');
    const amount = raw / 10 ** decimals;
    const own = convert(amount, shown, unit);
    const isOutside = range !== undefined && (own < range[0] || own > range[1]);
    return {
      point,
      value: quantise(convert(amount, shown, catalogue[point].unit), point),
      quality: qualityCode(isOutside ? 'uncertain_range' : 'good'),
    };
  });
