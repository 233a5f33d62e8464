// Owns how what was heard from a device looks on a terminal: probe, live reading, scan, and the diagnosis of silence.
import { points as catalogue } from '../core/points.ts';
import { levelOf, qualityCode, qualityText } from '../core/quality.ts';
import type { Language } from '../core/text.ts';
import { connectionYaml, type Endpoint, endpointArguments } from '../gateway/commissioning/endpoint.ts';
import type { Diagnosis } from '../gateway/commissioning/evidence.ts';
import { exceptionName } from '../gateway/commissioning/exceptions.ts';
import type { FoundMeter } from '../gateway/commissioning/meter-reader.ts';
import type { Candidate, Check } from '../gateway/commissioning/probe.ts';
import { hexWord, type LivePoint } from '../gateway/commissioning/reader.ts';
import type { Scan } from '../gateway/commissioning/scan.ts';
import type { LineFault } from '../gateway/line/line-fault.ts';
import type { Template } from '../gateway/template.ts';
import { protocolNames } from './device-table.ts';
import { say } from './print-devices.ts';
import { indented, padEnd, table, widthOf, wrap } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

/** What is wrong, and what to check next, as one message. */
export function diagnosisText({ finding, checks }: Diagnosis, language: Language, columns: number): string {
  const word = say(language);
  // The program's own name stands before the first line.
  return [
    ...wrap(finding[language], columns - 'tanbiao: '.length),
    word('  接下来检查：', '  What to check next:'),
    ...checks.map((check, index) => indented(check[language], `   ${index + 1}. `, columns)),
  ].join('\n');
}

export const headOf = (endpoint: string, unit: number, language: Language): string =>
  say(language)(`${endpoint}  站号 ${unit}`, `${endpoint}  unit ${unit}`);

export type Probed = { endpoint: Endpoint; where: string; unit: number; candidates: readonly Candidate[] };

export function printProbe(
  { endpoint, where, unit, candidates }: Probed,
  language: Language,
  terminal: Terminal,
): string {
  const word = say(language);
  const bold = (text: string) => terminal.paint('bold', text);
  const fitting = candidates.filter(({ fits }) => fits);
  const lines = [bold(headOf(where, unit, language)), ''];
  if (fitting.length === 0)
    lines.push(
      indented(
        word(
          '设备有应答，但没有合适的模板。用 tanbiao devices guess 看寄存器里是什么，或照 CONTRIBUTING.md 添加模板。',
          'The device answers, but no template fits. See with "tanbiao devices guess" what its registers hold, or add a template as CONTRIBUTING.md says.',
        ),
        '  ',
        terminal.columns,
      ),
    );
  else
    lines.push(
      bold(
        word(
          fitting.length === 1 ? '合适的模板' : '合适的模板（按读到的测点排序）',
          fitting.length === 1 ? 'The template that fits' : 'Templates that fit, by how many points they read',
        ),
      ),
    );
  for (const candidate of fitting) lines.push(...fittingLines(candidate, language, terminal));
  const others = candidates.filter(({ fits }) => !fits);
  lines.push('', bold(word('其余为何不合', 'Why the others do not')));
  lines.push(...otherLines(others, language, terminal));
  const [best] = fitting;
  if (best === undefined) return lines.join('\n');
  lines.push(
    '',
    bold(word('写入 site.yaml', 'For site.yaml')),
    `  connections:`,
    `    ${connectionYaml(endpoint, 'line-1')}`,
    `  meters:`,
    '    - id: meter-1',
    '      name: { zh: 电表 1, en: Meter 1 }',
    '      connection: line-1',
    `      unit: ${unit}`,
    `      template: ${best.template.id}`,
    '      role: feeder',
    '',
    bold(word('与表显示核对', 'Compare with the display')),
    `  tanbiao devices read ${endpointArguments(endpoint)} --template ${best.template.id} --unit ${unit}`,
  );
  return lines.join('\n');
}

function fittingLines({ template, checks, models, good }: Candidate, language: Language, terminal: Terminal): string[] {
  const word = say(language);
  const total = template.points.length + template.derived.length;
  const rest = '      ';
  const lines = [
    `  ${terminal.paint('green', '✓')} ${terminal.paint('bold', template.id)}  ${template.name[language]}  ${word(`${total} 个测点中 ${good} 个有数`, `${good} of ${total} points read`)}`,
    ...checks.map((check) => `${rest}${checkText(check, language)}`),
  ];
  if (models !== undefined)
    lines.push(`${rest}${word('SunSpec 模型', 'SunSpec models')} ${models.map(({ id }) => id).join(', ')}`);
  if (template.unverified)
    lines.push(
      `${rest}${terminal.paint('yellow', word('待核实：尚无人与实物核对', 'unverified: nobody has compared a device yet'))}`,
    );
  if (template.remark !== undefined) lines.push(indented(template.remark[language], rest, terminal.columns));
  return lines;
}

/** 功能码 4 地址 70  float32 4248 0000 = 50  (40…70) */
function checkText(check: Check, language: Language): string {
  const { reading, words, value } = check;
  const [low, high] = reading.between;
  const range = low === high ? String(low) : `${low}…${high}`;
  const hex = words?.map(hexWord).join(' ') ?? '';
  return `${placeText(check, language)}  ${reading.type} ${hex} = ${plain(value)}  (${say(language)('应为', 'expected')} ${range})`;
}

const placeText = ({ fc, address }: Pick<Check, 'fc' | 'address'>, language: Language): string =>
  say(language)(`功能码 ${fc} 地址 ${address}`, `fc ${fc} address ${address}`);

export const plain = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? 'NaN' : String(Number(value.toPrecision(7)));

/** Those that were told something else one by one; those that have no such registers together. */
function otherLines(others: readonly Candidate[], language: Language, terminal: Terminal): string[] {
  const alone: string[][] = [];
  const together = new Map<string, string[]>();
  for (const { template, checks, models } of others) {
    const failed = checks.find(({ fits }) => !fits);
    if (failed !== undefined && failed.fault === undefined) {
      alone.push([template.id, checkText(failed, language)]);
      continue;
    }
    const why = failed?.fault === undefined ? modelsText(models, language) : faultText(failed.fault, language);
    together.set(why, [...(together.get(why) ?? []), template.id]);
  }
  const columns = [{ title: '' }, { title: '', wrap: true }];
  return [
    ...(alone.length === 0 ? [] : [table(columns, alone, terminal.columns)]),
    ...[...together].flatMap(([why, ids]) => [`  ${why}`, indented(ids.sort().join(', '), '    ', terminal.columns)]),
  ];
}

const modelsText = (models: Candidate['models'], language: Language): string =>
  models === undefined
    ? say(language)('没有 SunSpec 标识', 'no SunSpec marker')
    : say(language)(
        `SunSpec 模型只有 ${models.map(({ id }) => id).join(', ')}`,
        `of SunSpec models only ${models.map(({ id }) => id).join(', ')}`,
      );

function faultText({ failure, exception }: LineFault, language: Language): string {
  const word = say(language);
  if (exception !== undefined)
    return word(
      `异常码 ${exception}，${exceptionName(exception).zh}`,
      `exception ${exception}, ${exceptionName(exception).en}`,
    );
  return failure === 'timeout' ? word('无应答', 'no answer') : word('应答不成报文', 'the answer was no frame');
}

export type Live = {
  template: Template;
  where: string;
  unit: number;
  address: string | undefined;
  time: number;
  points: readonly LivePoint[];
};

export function printLive(
  { template, where, unit, address, time, points }: Live,
  language: Language,
  terminal: Terminal,
): string {
  const word = say(language);
  const values = alignPoints(points.map(({ value }) => value));
  const rows = points.map(({ point, unverified, ...live }, index) => [
    `${catalogue[point].name[language]}${unverified && !template.unverified ? ' ?' : ''}`,
    point,
    values[index] ?? '',
    catalogue[point].unit === '1' ? '' : catalogue[point].unit,
    live.place,
    live.raw ?? '',
    terminal.paint(styleOf(live.quality), qualityText(live.quality)[language]),
  ]);
  const columns = [
    { title: word('测点', 'point') },
    { title: word('编号', 'id'), optional: 2 },
    { title: word('数值', 'value'), align: 'right' as const },
    { title: word('单位', 'unit') },
    { title: placeTitle(template, language), align: 'right' as const, optional: 1 },
    { title: word('原始字', 'words') },
    { title: word('质量', 'quality') },
  ];
  const head = address === undefined ? headOf(where, unit, language) : `${where}  ${word('表', 'meter')} ${address}`;
  const good = points.filter(({ quality }) => quality === 'good').length;
  const clock = new Date(time).toLocaleTimeString('sv-SE');
  return [
    terminal.paint('bold', `${head}  ${template.id}`),
    '',
    table(columns, rows, terminal.columns, (text) => terminal.paint('bold', text)),
    '',
    `  ${word(`${clock}  ${points.length} 个测点中 ${good} 个有效`, `${clock}  ${good} of ${points.length} points are good`)}`,
    ...(points.some(({ raw }) => raw?.includes('^'))
      ? [`  ${word('^ 之后是倍率寄存器（10 的幂）', '^ the register of the power of ten')}`]
      : []),
    ...(template.unverified || points.some(({ unverified }) => unverified)
      ? [
          indented(
            template.unverified
              ? word(
                  '模板待核实：请与表显示逐项核对',
                  'The template is unverified: compare each value with the display',
                )
              : word('? 待核实：请与表显示核对', '? unverified: compare with the display'),
            '  ',
            terminal.columns,
          ),
        ]
      : []),
  ].join('\n');
}

const placeTitle = ({ protocol }: Template, language: Language): string =>
  protocol === 'modbus' || protocol === 'sunspec'
    ? say(language)('功能码:地址', 'fc:address')
    : say(language)('数据标识', 'identifier');

const styleOf = (quality: LivePoint['quality']): Style =>
  (({ good: 'green', uncertain: 'yellow', bad: 'red' }) as const)[levelOf(qualityCode(quality))];

/** Decimal points under one another; missing is a dash, never 0. */
function alignPoints(values: readonly (number | null)[]): string[] {
  const texts = values.map((value) => (value === null ? '—' : String(value)));
  const behind = (text: string) => (text.includes('.') ? text.length - text.indexOf('.') : 0);
  const most = Math.max(0, ...texts.map(behind));
  return texts.map((text) => text + ' '.repeat(most - behind(text)));
}

export type Scanned = Scan & {
  where: string;
  units: readonly number[];
  identified: ReadonlyMap<number, Candidate | undefined>;
  meters: readonly FoundMeter[];
};

export function printScan(
  { where, units, asked, found, interrupted, identified, meters }: Scanned,
  language: Language,
  terminal: Terminal,
): string {
  const word = say(language);
  const lines = [
    terminal.paint('bold', where),
    `  ${word(`询问 ${asked} 个站号，${found.length} 个有应答`, `${asked} unit ids asked, ${found.length} answer`)}`,
    '',
  ];
  const width = Math.max(...found.map((unit) => widthOf(String(unit))), 0);
  for (const unit of found) {
    const best = identified.get(unit);
    const name =
      best === undefined
        ? identified.has(unit)
          ? word('没有合适的模板', 'no template fits')
          : ''
        : `${best.template.id}  ${best.template.name[language]}`;
    lines.push(
      `  ${terminal.paint('green', '✓')} ${word('站号', 'unit')} ${padEnd(String(unit), width)}  ${name}`.trimEnd(),
    );
  }
  for (const meter of meters)
    lines.push(
      'address' in meter
        ? `  ${terminal.paint('green', '✓')} ${protocolNames[meter.protocol]}  ${word('表地址', 'meter address')} ${meter.address}`
        : `  ${terminal.paint('yellow', '!')} ${protocolNames[meter.protocol]}  ${word('不止一块表同时应答：逐块接上再扫描', 'several meters answer at once: connect one at a time')}`,
    );
  if (found.length > 8 && found.length === asked)
    lines.push(
      '',
      indented(
        word(
          '所有站号都有应答：设备不看站号，或网关代答。用设备面板上的站号。',
          'Every unit id answers: the device does not look at it, or a gateway answers for all. Use the one of its panel.',
        ),
        '  ',
        terminal.columns,
      ),
    );
  const left = units.slice(asked);
  if (interrupted && left.length > 0)
    lines.push(
      '',
      `  ${word(`已停止；继续：--units ${rangeText(left)}`, `stopped; go on with --units ${rangeText(left)}`)}`,
    );
  return lines.join('\n');
}

function rangeText(units: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const unit of units) {
    const last = ranges.at(-1);
    if (last !== undefined && unit === last[1] + 1) last[1] = unit;
    else ranges.push([unit, unit]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}
