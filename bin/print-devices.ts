// Owns how the library of device templates looks on a terminal: the list, one template, and what lint finds.
import { formatProblem, type Problem } from '../core/config/yaml-file.ts';
import { points as catalogue } from '../core/points.ts';
import type { Language } from '../core/text.ts';
import { type AnyPoint, isRegisterTemplate, type Template } from '../gateway/template.ts';
import { protocolNames } from './device-table.ts';
import { indented, padEnd, table, widthOf } from './table.ts';
import type { Terminal } from './terminal.ts';

export const say =
  (language: Language) =>
  (zh: string, en: string): string =>
    language === 'zh' ? zh : en;

/** How much of a template nobody has compared with a device yet. */
function verification({ unverified, points }: Template, language: Language): string {
  const word = say(language);
  const some = points.filter((point) => point.unverified).length;
  if (unverified) return word('待核实', 'unverified');
  return some === 0 ? '' : word(`${some} 点待核实`, `${some} unverified`);
}

export function printList(templates: readonly Template[], language: Language, terminal: Terminal): string {
  const word = say(language);
  const rows = templates.map((template) => [
    template.id,
    template.name[language],
    template.models.join(', '),
    protocolNames[template.protocol],
    String(template.points.length),
    verification(template, language),
  ]);
  const columns = [
    { title: word('模板', 'template') },
    { title: word('设备', 'device'), wrap: true },
    { title: word('型号', 'models'), optional: 2 },
    { title: word('协议', 'protocol') },
    { title: word('测点', 'points'), align: 'right' as const },
    { title: word('核实', 'state'), optional: 1 },
  ];
  return [
    table(columns, rows, terminal.columns, (text) => terminal.paint('bold', text)),
    '',
    indented(
      word(
        `共 ${templates.length} 个模板。空白：来源一致；待核实：来源不一致或不确定，尚无人与实物核对。详情：tanbiao devices show <模板>`,
        `${templates.length} ${templates.length === 1 ? 'template' : 'templates'}. "unverified": sources disagree or are not sure, and nobody has compared a device yet. More: tanbiao devices show <template>`,
      ),
      '  ',
      terminal.columns,
    ),
  ].join('\n');
}

export function printTemplate(template: Template, language: Language, terminal: Terminal): string {
  const word = say(language);
  const facts: [string, string | undefined][] = [
    [word('厂家', 'maker'), template.maker],
    [word('型号', 'models'), template.models.join(', ')],
    [word('协议', 'protocol'), `${protocolNames[template.protocol]}${linkText(template, language)}`],
    [word('准确度', 'accuracy'), template.accuracyClass],
    [word('读取', 'reading'), readingText(template, language)],
    [word('互感器', 'ratios'), ratiosText(template, language)],
    [word('识别', 'probe'), probeText(template, language)],
    [word('来源', 'source'), template.source],
    [word('注意', 'look at'), template.remark?.[language]],
    [
      word('核实', 'state'),
      template.unverified
        ? word('待核实：尚无人与实物核对', 'unverified: nobody has compared a device yet')
        : undefined,
    ],
  ];
  const known = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = Math.max(...known.map(([name]) => widthOf(name)));
  const derived = template.derived.map(({ point, sum }) => [
    point,
    catalogue[point].name[language],
    `= ${sum.join(' + ')}`,
  ]);
  return [
    terminal.paint('bold', `${template.id}  ${template.name[language]}`),
    ...known.map(([name, value]) => indented(value, `  ${padEnd(name, width)}  `, terminal.columns)),
    '',
    pointTable(template, language, terminal),
    ...(derived.length === 0 ? [] : ['', ...derived.map((cells) => `  ${cells.join('  ')}`)]),
    '',
    indented(addressNote(template, word), '  ', terminal.columns),
  ].join('\n');
}

const addressNote = (template: Template, word: ReturnType<typeof say>): string => {
  if (!isRegisterTemplate(template)) return word('? 待核实', '? unverified');
  return template.protocol === 'sunspec'
    ? word(
        '地址为模型内偏移（含编号和长度两个寄存器）。? 待核实',
        'Addresses are offsets in the model, id and length included. ? unverified',
      )
    : word(
        '地址为报文地址，从 0 数起；说明书多从 1 数起，或写作 40001（保持寄存器，功能码 3）、30001（输入寄存器，功能码 4）。? 待核实',
        'Addresses are those on the wire, counted from 0. Manuals often count from 1, or write 40001 (holding, function code 3) and 30001 (input, function code 4). ? unverified',
      );
};

function linkText({ link }: Template, language: Language): string {
  const { baud, parity, stopBits, unit } = link;
  const serial =
    baud === undefined ? [] : [`${baud}${parity === undefined ? '' : ` 8${parity[0]?.toUpperCase()}${stopBits ?? 1}`}`];
  const parts = [
    ...serial,
    ...(unit === undefined ? [] : [say(language)(`出厂站号 ${unit}`, `unit ${unit} by default`)]),
  ];
  return parts.length === 0 ? '' : `  ${parts.join('  ')}`;
}

function readingText(template: Template, language: Language): string | undefined {
  if (!isRegisterTemplate(template)) return undefined;
  const { blocks, fc, order } = template;
  const word = say(language);
  const kind = fc === 3 ? word('保持寄存器', 'holding registers') : word('输入寄存器', 'input registers');
  return word(
    `功能码 ${fc}（${kind}），字序 ${order}，一次至多 ${blocks.maxRegisters} 个寄存器`,
    `function code ${fc} (${kind}), word order ${order}, at most ${blocks.maxRegisters} registers at once`,
  );
}

function ratiosText(template: Template, language: Language): string | undefined {
  if (!isRegisterTemplate(template) || Object.keys(template.ratios).length === 0) return undefined;
  const list = Object.entries(template.ratios).map(([name, { address }]) => `${name} (${hexAddress(address)})`);
  return say(language)(`变比从表中读取：${list.join('、')}`, `ratios are read from the meter: ${list.join(', ')}`);
}

function probeText(template: Template, language: Language): string | undefined {
  if (!isRegisterTemplate(template)) return undefined;
  if (template.protocol === 'sunspec')
    return say(language)(
      `SunSpec 标识与模型 ${template.sunspec.models.join('、')}`,
      `SunSpec marker and model ${template.sunspec.models.join(', ')}`,
    );
  return template.probe
    .map(({ address, between: [low, high] }) => `${hexAddress(address)} = ${low}${low === high ? '' : `…${high}`}`)
    .join(language === 'zh' ? '，' : ', ');
}

const hexAddress = (address: number): string => `0x${address.toString(16).toUpperCase().padStart(4, '0')}`;

function pointTable(template: Template, language: Language, terminal: Terminal): string {
  const word = say(language);
  const rows = template.points.map((point) => [
    `${point.point}${point.unverified && !template.unverified ? ' ?' : ''}`,
    catalogue[point.point].name[language],
    ...placeOf(point, template),
    point.unit === '1' ? '' : point.unit,
    counterText(point, language),
    point.poll === 'slow' ? word('慢', 'slow') : word('快', 'fast'),
    quirksOf(point, language),
  ]);
  const columns = [
    { title: word('测点', 'point') },
    { title: word('名称', 'name'), optional: 3 },
    { title: word('地址', 'address'), align: 'right' as const },
    { title: word('十六进制', 'hex'), optional: 4 },
    { title: word('类型', 'type') },
    { title: word('倍率', 'scale'), align: 'right' as const },
    { title: word('单位', 'unit') },
    { title: word('回绕于', 'wraps at'), align: 'right' as const, optional: 1 },
    { title: word('轮询', 'poll'), optional: 5 },
    { title: word('特点', 'quirks'), wrap: true, optional: 2 },
  ];
  return table(columns, rows, terminal.columns, (text) => terminal.paint('bold', text));
}

/** Address, its hexadecimal form, type, scale. */
function placeOf(point: AnyPoint, template: Template): [string, string, string, string] {
  if ('di' in point) return [point.di, '', `bcd${point.digits}`, decimalScale(point.decimals)];
  if ('offset' in point) return [String(point.offset), '', `bcd × ${point.bytes}`, decimalScale(point.decimals)];
  const { address, type, scale, sf } = point;
  const hex = template.protocol === 'sunspec' ? '' : hexAddress(address);
  return [String(address), hex, type, sf === undefined ? String(scale) : `10^[${sf}]`];
}

const decimalScale = (decimals: number): string => String(1 / 10 ** decimals);

function counterText({ counter }: AnyPoint, language: Language): string {
  if (counter === undefined) return '';
  if (counter.modulus === null) return say(language)('未载明', 'not stated');
  const exponent = Math.log2(counter.modulus);
  return Number.isInteger(exponent) ? `2^${exponent}` : counter.modulus.toLocaleString('en-US');
}

function quirksOf(point: AnyPoint, language: Language): string {
  const word = say(language);
  const quirks: string[] = [];
  if ('address' in point) {
    const { fc, order, ratios, notAvailable, scale } = point;
    if (fc !== undefined) quirks.push(word(`功能码 ${fc}`, `function code ${fc}`));
    if (order !== undefined) quirks.push(order);
    if (ratios.length > 0) quirks.push(`× ${ratios.join(' × ')}`);
    if (scale < 0) quirks.push(word('方向相反', 'counts the other way round'));
    if (notAvailable.length > 0)
      quirks.push(
        `${notAvailable.map((raw) => `0x${raw.toString(16).toUpperCase()}`).join('/')} = ${word('无', 'none')}`,
      );
  }
  if ('signed' in point && point.signed) quirks.push(word('带符号', 'signed'));
  if (point.states !== undefined)
    quirks.push(word(`${Object.keys(point.states).length} 种状态`, `${Object.keys(point.states).length} states`));
  if (point.bits !== undefined)
    quirks.push(word(`${Object.keys(point.bits).length} 个告警位`, `${Object.keys(point.bits).length} alarm bits`));
  return quirks.join(language === 'zh' ? '，' : ', ');
}

export type Linted = { file: string; problems: readonly Problem[]; cases: number };

export function printLint(linted: readonly Linted[], language: Language, terminal: Terminal): string {
  const word = say(language);
  const bad = linted.filter(({ problems }) => problems.length > 0);
  const lines = bad.flatMap(({ problems }) =>
    problems.map((problem) =>
      indented(formatProblem(problem, language), `${terminal.paint('red', '✗')} `, terminal.columns),
    ),
  );
  const cases = linted.reduce((sum, one) => sum + one.cases, 0);
  const mistakes = bad.reduce((sum, one) => sum + one.problems.length, 0);
  const summary = word(
    mistakes === 0
      ? `${linted.length} 个模板正确，${cases} 组样例寄存器读数相符`
      : `${linted.length} 个模板中 ${bad.length} 个有错，共 ${mistakes} 处`,
    mistakes === 0
      ? `${count(linted.length, 'template is', 'templates are')} sound; ${count(cases, 'set', 'sets')} of golden registers read as they must`
      : `${bad.length} of ${count(linted.length, 'template', 'templates')} wrong, ${count(mistakes, 'mistake', 'mistakes')}`,
  );
  return [...lines, `${mistakes === 0 ? terminal.paint('green', '✓') : terminal.paint('red', '✗')} ${summary}`].join(
    '\n',
  );
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
