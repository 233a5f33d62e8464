// Owns how a guess at unknown registers looks on a terminal: what they may be and why, and how a template would say it.
import type { Language } from '../core/text.ts';
import { confidenceOf, type Guess, withoutOverlaps } from '../gateway/commissioning/guess.ts';
import { hexWord } from '../gateway/commissioning/reader.ts';
import { registerTypes } from '../gateway/modbus/registers.ts';
import { headOf, plain } from './print-commissioning.ts';
import { say } from './print-devices.ts';
import { indented, table } from './table.ts';
import type { Terminal } from './terminal.ts';

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
