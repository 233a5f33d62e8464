// Owns how what was heard from a device looks on a terminal: probe, live reading, guess, scan, and the diagnosis of silence.
import { points as catalogue } from '../core/points.ts';
import { levelOf, qualityCode, qualityText } from '../core/quality.ts';
import type { Language } from '../core/text.ts';
import { type Diagnosis, exceptionName } from '../gateway/commissioning/diagnosis.ts';
import { connectionYaml, type Endpoint, endpointArguments } from '../gateway/commissioning/endpoint.ts';
import { confidenceOf, type Guess, withoutOverlaps } from '../gateway/commissioning/guess.ts';
import type { FoundMeter } from '../gateway/commissioning/meter-reader.ts';
import type { Candidate, Check } from '../gateway/commissioning/probe.ts';
import { hexWord, type LivePoint } from '../gateway/commissioning/reader.ts';
import type { Scan } from '../gateway/commissioning/scan.ts';
import type { LineFault } from '../gateway/line/line-fault.ts';
import { registerTypes } from '../gateway/modbus/registers.ts';
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

const headOf = (endpoint: string, unit: number, language: Language): string =>
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

const plain = (value: number | undefined): string =>
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

export type Guessed = {
  where: string;
  unit: number;
  fc: 3 | 4;
  address: number;
  count: number;
  /** The number of the manual, where it was translated. */
  translated: string | undefined;
  /** The other function code was refused. */
  switched: boolean;
  readings: readonly (readonly number[])[];
  guesses: readonly Guess[];
};

const meaningNames = {
  voltage: ['电压', 'voltage', 'V'],
  frequency: ['频率', 'frequency', 'Hz'],
  power_factor: ['功率因数', 'power factor', ''],
  counter: ['计数器', 'counter', ''],
  quantity: ['数量', 'quantity', ''],
} as const;
const confidenceNames = {
  strong: ['很可能', 'strong'],
  likely: ['可能', 'likely'],
  possible: ['也许', 'possible'],
} as const;

export function printGuess(guessed: Guessed, all: boolean, language: Language, terminal: Terminal): string {
  const { where, unit, fc, address, count, readings } = guessed;
  const word = say(language);
  const kind = fc === 3 ? word('保持寄存器', 'holding registers') : word('输入寄存器', 'input registers');
  const lines = [
    terminal.paint('bold', headOf(where, unit, language)),
    `  ${word(`功能码 ${fc}（${kind}），报文地址 ${address}…${address + count - 1}，读 ${readings.length} 次`, `function code ${fc} (${kind}), wire addresses ${address}…${address + count - 1}, read ${readings.length} times`)}`,
    ...convention(guessed, language).map((note) => indented(note, '  ', terminal.columns)),
    '',
  ];
  const shown = all ? guessed.guesses : withoutOverlaps(guessed.guesses).sort((a, b) => a.address - b.address);
  if (shown.length === 0) {
    lines.push(
      `  ${word('这些寄存器全为 0：送电或带上负荷后再读', 'all of these registers are 0: read them again under load')}`,
    );
    return lines.join('\n');
  }
  const rows = shown.map((one) => rowOf(one, guessed, language));
  const columns = [
    { title: word('地址', 'addr'), align: 'right' as const },
    { title: word('原始字', 'words'), optional: 1 },
    { title: word('类型', 'type') },
    { title: word('字序', 'order') },
    { title: word('倍率', 'scale'), align: 'right' as const },
    { title: word('数值', 'value'), align: 'right' as const },
    { title: word('像是', 'looks like') },
    { title: word('把握', 'odds') },
    { title: word('理由', 'why'), wrap: true },
  ];
  lines.push(table(columns, rows, terminal.columns, (text) => terminal.paint('bold', text)));
  const notes = guessNotes(guessed, shown, language);
  lines.push('', ...notes.map((note) => indented(note, '  ', terminal.columns)));
  const yaml = yamlOf(shown, fc);
  if (!all && yaml.length > 0)
    lines.push('', terminal.paint('bold', word('模板写法', 'For a template')), ...yaml.map((line) => `  ${line}`));
  return lines.join('\n');
}

function rowOf(one: Guess, { address, readings }: Guessed, language: Language): string[] {
  const at = language === 'zh' ? 0 : 1;
  const words = readings.at(-1)?.slice(one.address - address, one.address - address + registerTypes[one.type]) ?? [];
  const [, , unit] = meaningNames[one.meaning];
  const value = plain(one.values.at(-1));
  const order = registerTypes[one.type] === 1 ? { ABCD: 'AB', BADC: 'BA', CDAB: '', DCBA: '' }[one.order] : one.order;
  return [
    String(one.address),
    words.map(hexWord).join(' '),
    one.type,
    order,
    String(one.scale),
    unit === '' ? value : `${value} ${unit}`,
    meaningNames[one.meaning][at],
    confidenceNames[confidenceOf(one)][at],
    one.reasons.map((reason) => reason[language]).join(language === 'zh' ? '；' : '; '),
  ];
}

/** Which register the number means: the oldest misunderstanding of Modbus. */
function convention({ translated, fc, address, switched }: Guessed, language: Language): string[] {
  const word = say(language);
  const notes =
    translated === undefined
      ? [
          word(
            `报文地址从 0 数起：说明书若从 1 数起，此处是它的 ${address + 1}（即 ${fc === 3 ? 4 : 3}${String(address + 1).padStart(4, '0')}）`,
            `wire addresses count from 0: where a manual counts from 1, this is its ${address + 1} (${fc === 3 ? 4 : 3}${String(address + 1).padStart(4, '0')})`,
          ),
        ]
      : [
          word(
            `${translated} 按说明书写法理解：${fc === 3 ? '4 开头是保持寄存器' : '3 开头是输入寄存器'}，报文地址 ${address}。若 ${translated} 本身就是报文地址（华为、SMA 等），加 --wire`,
            `${translated} is read as manuals write it: ${fc === 3 ? '4… is a holding register' : '3… is an input register'}, wire address ${address}. If ${translated} is itself the wire address (Huawei, SMA), add --wire`,
          ),
        ];
  if (switched)
    notes.push(word(`功能码 3 被拒绝，改用功能码 4`, 'function code 3 was refused, so function code 4 was used'));
  return notes;
}

function guessNotes({ readings }: Guessed, shown: readonly Guess[], language: Language): string[] {
  const word = say(language);
  const notes = [
    word(
      '这是猜测：与表显示或钳形表核对之后再写进模板。',
      'These are guesses: compare with the display or a clamp before you write a template.',
    ),
  ];
  if (!shown.some(({ meaning }) => meaning === 'counter'))
    notes.push(
      readings.length < 3
        ? word('只读了几次，认不出计数器：--reads 5 以上', 'too few readings to tell a counter: use --reads 5 or more')
        : word(
            '没有看到递增的计数器：带上负荷，用 --reads 10 --every 5 再看',
            'no counter was seen to rise: under load, try --reads 10 --every 5',
          ),
    );
  return notes;
}

/** Points that can be named by what was seen; which way a counter counts, only the meter's display tells. */
function yamlOf(shown: readonly Guess[], fc: 3 | 4): string[] {
  let phase = 0;
  return shown.flatMap(({ meaning, address, type, order, scale, ...guessed }) => {
    const point = meaning === 'voltage' ? `voltage_l${++phase}` : meaning;
    const unit = meaningNames[meaning][2] || '"1"';
    const named = meaning === 'frequency' || meaning === 'power_factor' || (meaning === 'voltage' && phase <= 3);
    if (!named || confidenceOf(guessed) === 'possible') return [];
    const parts = [
      `point: ${point}`,
      ...(fc === 3 ? [] : ['fc: 4']),
      ...[`address: ${address}`, `type: ${type}`],
      ...(order === 'ABCD' ? [] : [`order: ${order}`]),
      ...(scale === 1 ? [] : [`scale: ${scale}`]),
      `unit: ${unit}`,
    ];
    return [`- { ${parts.join(', ')} }`];
  });
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
