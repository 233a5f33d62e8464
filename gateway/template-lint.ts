// Owns the checks of a template that reach across its parts: units, counters, and what each protocol asks for.
import { points as catalogue, type PointId } from '../core/points.ts';
import { checkFields } from './cjt188/field-template.ts';
import { checkIdentifiers } from './dlt645/identifier-template.ts';
import { checkRegisters } from './modbus/register-lint.ts';
import type { Template } from './template.ts';
import { unitsFit } from './template-parts.ts';

export type Find = (path: PropertyKey[], zh: string, en: string) => void;

export function lintTemplate(template: Template, find: Find): void {
  const seen = new Set<PointId>();
  for (const [index, point] of template.points.entries()) {
    const path = ['points', index];
    const { kind, unit: wanted } = catalogue[point.point];
    if (seen.has(point.point)) find([...path, 'point'], `测点 ${point.point} 重复`, `${point.point} is given twice`);
    seen.add(point.point);
    if ((kind === 'counter') !== (point.counter !== undefined)) {
      find(
        [...path, 'counter'],
        `${point.point} 是 ${kind}：计数器必须且只有计数器可以说明 counter`,
        `${point.point} is a ${kind}: counters, and only they, must say what their counter does`,
      );
    }
    if (!unitsFit(point.unit, wanted)) {
      find(
        [...path, 'unit'],
        `单位 ${point.unit} 不能换算为 ${point.point} 的 ${wanted}`,
        `the unit ${point.unit} cannot become ${wanted}, the unit of ${point.point}`,
      );
    }
    if ((point.states ?? point.bits) !== undefined && kind !== 'state')
      find([...path], `${point.point} 不是状态量`, `${point.point} is not a state`);
  }
  checkOwn(template, find);
  for (const [index, { point, sum }] of template.derived.entries()) {
    if (seen.has(point)) find(['derived', index, 'point'], `测点 ${point} 重复`, `${point} is given twice`);
    seen.add(point);
    for (const part of sum) {
      if (!template.points.some((one) => one.point === part))
        find(['derived', index, 'sum'], `模板没有 ${part}`, `the template has no ${part}`);
      else if (catalogue[part].unit !== catalogue[point].unit)
        find(['derived', index, 'sum'], `${part} 与 ${point} 单位不同`, `${part} has another unit than ${point}`);
    }
  }
}

function checkOwn(template: Template, find: Find): void {
  if (template.protocol === 'dlt645') checkIdentifiers(template, find);
  else if (template.protocol === 'cjt188') checkFields(template, find);
  else checkRegisters(template, find);
}
