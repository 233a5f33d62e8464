// Owns the checks of a register template: what lies on what, what no answer can hold, what nobody uses.
import type { PointId } from '../../core/points.ts';
import type { RegisterTemplate } from '../template.ts';
import type { Find } from '../template-lint.ts';
import { registerTypes } from './registers.ts';

export function checkRegisters(template: RegisterTemplate, find: Find): void {
  const owner = new Map<string, { point: PointId; first: number }>();
  for (const [index, { point, address: first, sf, type, fc = template.fc, ratios }] of template.points.entries()) {
    const path = ['points', index];
    if (type === 'sunssf') find([...path, 'type'], 'sunssf 只能用于 sf', 'sunssf is only for sf');
    for (const ratio of ratios)
      if (!(ratio in template.ratios))
        find([...path, 'ratios'], `模板没有变比 ${ratio}`, `the template has no ratio ${ratio}`);
    for (let at = first; at < first + registerTypes[type]; at++) {
      const other = owner.get(`${fc}/${at}`);
      // The same register may be two points (a state and its alarm bits); half of another's register is a typing error.
      if (other !== undefined && other.first !== first)
        find([...path, 'address'], `寄存器 ${at} 与 ${other.point} 重叠`, `register ${at} overlaps ${other.point}`);
      owner.set(`${fc}/${at}`, { point, first });
    }
    // A value and its scale factor must come in one answer.
    const last = Math.max(first + registerTypes[type], (sf ?? first) + 1);
    if (last - Math.min(first, sf ?? first) > template.blocks.maxRegisters)
      find(path, '超过一次可读的寄存器数', 'longer than what the device answers at once');
  }
  for (const [index, at] of template.blocks.alone.entries())
    if (!template.points.some(({ address: first }) => first === at))
      find(['blocks', 'alone', index], `没有测点从 ${at} 开始`, `no point begins at ${at}`);
  for (const [name, { between }] of Object.entries(template.ratios)) {
    checkRange(['ratios', name, 'between'], between, find);
    if (!template.points.some(({ ratios }) => ratios.includes(name)))
      find(['ratios', name], `没有测点使用变比 ${name}`, `no point uses the ratio ${name}`);
  }
  for (const [index, { between }] of template.probe.entries()) checkRange(['probe', index, 'between'], between, find);
  const { type, registers } = template.serialNumber ?? {};
  if (type === 'uint32' && registers !== registerTypes.uint32)
    find(['serialNumber', 'registers'], 'uint32 占 2 个寄存器', 'a uint32 has 2 registers');
}

function checkRange(path: PropertyKey[], [low, high]: readonly [number, number], find: Find): void {
  if (low > high) find(path, '范围应从小到大', 'a range begins with its lower end');
}
