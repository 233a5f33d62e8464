// Owns `tanbiao devices`: the library of templates, and finding out by hand what a device is, what it says, and why it does not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { refuseProblems } from '../../core/config/yaml-file.ts';
import { exitCodes } from '../../core/fault.ts';
import { type Language, languageOf } from '../../core/text.ts';
import { lintTemplate } from '../../gateway/commissioning/lint.ts';
import {
  checkTemplate,
  devicesFolder,
  loadTemplate,
  type Template,
  templateFiles,
  templateIds,
} from '../../gateway/template.ts';
import type { GuessOptions, ReadOptions, ScanOptions, WireOptions } from '../commission.ts';
import { printLint, printList, printTemplate } from '../print-devices.ts';
import { ourTerminal, type Terminal } from '../terminal.ts';
import { addTrust } from './trust.ts';

type Shown = { lang?: Language; json?: boolean };

const language = ({ lang }: Shown): Language => lang ?? languageOf(process.env);

/** `terminal`: where a test or the documents want the same output every time. */
export function addDevices(program: Command, terminal: () => Terminal = ourTerminal): void {
  const devices = program
    .command('devices')
    .description('The library of device templates; and finding out what a device on a wire is and says.');
  addLibrary(devices, terminal);
  addTrust(devices, terminal);

  // Only these talk to devices, and load what it takes.
  const commission = () => import('../commission.ts');
  onWire(devices.command('probe'))
    .description('Finds the templates that fit a device, and says why the others do not.')
    .option('--unit <unit>', 'unit id', wholeNumber, 1)
    .action(async (endpoint: string, options: WireOptions & Shown) =>
      (await commission()).runProbe(endpoint, options, language(options), terminal()),
    );
  onWire(devices.command('read'))
    .description('Reads a device with a template: value, unit, raw words, quality.')
    .requiredOption('-t, --template <template>', 'a template of the library, or a file')
    .option('--unit <unit>', "unit id (default: the template's, or 1)", wholeNumber)
    .option('--address <digits>', 'of a DL/T 645 or CJ/T 188 meter (default: that of the only meter on the line)')
    .option('--watch', 'read again every second, until Ctrl-C')
    .option('--count <times>', 'read so many times', wholeNumber)
    .action(async (endpoint: string, options: ReadOptions & Shown & { template: string }) =>
      (await commission()).runRead(endpoint, templateNamed(options.template), options, language(options), terminal()),
    );
  onWire(devices.command('guess'))
    .description('Reads registers several times and says what they most likely hold.')
    .option('--unit <unit>', 'unit id', wholeNumber, 1)
    .requiredOption('--addr <address>', 'wire address from 0 or 0x0000; 30001 and 40001 as in manuals are translated')
    .option('--count <registers>', 'how many registers', wholeNumber, 10)
    .option('--fc <code>', 'function code 3 or 4 (default: 3, then 4)', wholeNumber)
    .option('--wire', 'the address is the wire address, also where it looks like 30001')
    .option('--reads <times>', 'how often to read: counters show by rising', wholeNumber, 5)
    .option('--every <seconds>', 'time between two readings', wholeNumber, 1)
    .option('--all', 'list every decoding, not only the best of each place')
    .action(async (endpoint: string, options: GuessOptions & Shown) =>
      (await commission()).runGuess(endpoint, options, language(options), terminal()),
    );
  onWire(devices.command('scan'))
    .description('Asks one unit id after another which of them answer.')
    .option('--units <units>', 'for example 1-20,247', '1-247')
    .option('--identify', 'also find the template of each unit that answers')
    .action(async (endpoint: string, options: ScanOptions & Shown) =>
      (await commission()).runScan(endpoint, options, language(options), terminal()),
    );
}

function addLibrary(devices: Command, terminal: () => Terminal): void {
  shown(devices.command('list'))
    .description('Lists the templates.')
    .argument('[words...]', 'only those in which every word occurs: maker, model, protocol, point')
    .action((words: string[], options: Shown) => {
      const found = templateIds()
        .map(loadTemplate)
        .filter((template) => words.every((word) => wordsOf(template).includes(word.toLowerCase())));
      const out = terminal();
      out.print(options.json ? JSON.stringify(found.map(summaryOf)) : printList(found, language(options), out));
    });
  shown(devices.command('show'))
    .description('Shows a template: points, addresses, types, units, counters, quirks, source.')
    .argument('<template>', 'a template of the library, or a file')
    .action((name: string, options: Shown) => {
      const template = templateNamed(name);
      const out = terminal();
      out.print(options.json ? JSON.stringify(template) : printTemplate(template, language(options), out));
    });
  shown(devices.command('lint'))
    .description('Checks template files and their golden files; exit code 78 when something is wrong.')
    .argument('[files...]', 'template files (default: the library)')
    .action((files: string[], options: Shown) => {
      const all = files.length > 0 ? files : templateFiles().map((file) => join(devicesFolder, file));
      const linted = all.map(lintTemplate);
      const out = terminal();
      const ok = linted.every(({ problems }) => problems.length === 0);
      out.print(options.json ? JSON.stringify({ ok, files: linted }) : printLint(linted, language(options), out));
      if (!ok) process.exitCode = exitCodes.configuration;
    });
}

const shown = (command: Command): Command =>
  command.option('--lang <language>', "zh or en (default: the terminal's language)").option('--json', 'print JSON');

const onWire = (command: Command): Command =>
  shown(command)
    .argument('<endpoint>', 'tcp://192.168.1.20 (port 502), or serial:///dev/ttyUSB0?baud=9600&parity=even')
    .option('--protocol <protocol>', 'as in site.yaml: modbus-tcp, or line for RTU behind a serial server')
    .option('--timeout <milliseconds>', 'how long a device may take to answer', wholeNumber);

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('应为非负整数 · a whole number is expected');
}

/** A template that is being written need not be in the library yet. */
function templateNamed(name: string): Template {
  if (!existsSync(name) || !name.endsWith('.yaml')) return loadTemplate(name);
  const { template, problems } = checkTemplate(name);
  if (template === undefined || problems.length > 0) refuseProblems(problems);
  return template;
}

const wordsOf = ({ id, name, maker, models, protocol, points }: Template): string =>
  [id, name.zh, name.en, maker, ...models, protocol, ...points.map(({ point }) => point)].join(' ').toLowerCase();

const summaryOf = ({ id, name, maker, models, protocol, points, unverified }: Template) => ({
  ...{ id, name, maker, models, protocol, unverified },
  points: points.map(({ point, unverified: one }) => ({ point, unverified: unverified || one })),
});
