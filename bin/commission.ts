// Owns the run of the commands that talk to a device: opens the line, asks, prints, and explains itself when nothing answers.
import { exitCodes, Fault } from '../core/fault.ts';
import type { Language } from '../core/text.ts';
import { type Conversation, startConversation } from '../gateway/commissioning/conversation.ts';
import { diagnose } from '../gateway/commissioning/diagnosis.ts';
import { type Endpoint, endpointText, parseEndpoint } from '../gateway/commissioning/endpoint.ts';
import type { Diagnosis } from '../gateway/commissioning/evidence.ts';
import { guess } from '../gateway/commissioning/guess.ts';
import { investigate } from '../gateway/commissioning/investigate.ts';
import { findMeters } from '../gateway/commissioning/meter-reader.ts';
import { type Candidate, probe } from '../gateway/commissioning/probe.ts';
import { readerOf } from '../gateway/commissioning/reader.ts';
import { parseRegisterAddress } from '../gateway/commissioning/register-address.ts';
import { scan, unitsOf } from '../gateway/commissioning/scan.ts';
import { LineFault } from '../gateway/line/line-fault.ts';
import {
  isRegisterTemplate,
  loadTemplate,
  type RegisterTemplate,
  type Template,
  templateIds,
} from '../gateway/template.ts';
import { diagnosisText, printLive, printProbe, printScan } from './print-commissioning.ts';
import { printGuess } from './print-guess.ts';
import type { Terminal } from './terminal.ts';

export type WireOptions = { protocol?: string; timeout?: number; unit?: number; json?: boolean };
export type ReadOptions = WireOptions & { address?: string; watch?: boolean; count?: number };
export type GuessOptions = WireOptions & {
  addr: string;
  count: number;
  fc?: number;
  wire?: boolean;
  reads: number;
  every: number;
  all?: boolean;
};
export type ScanOptions = WireOptions & { units: string; identify?: boolean };

const usualTimeout = 1_000;
const mostRegisters = 125;

const registerTemplates = (): RegisterTemplate[] => templateIds().map(loadTemplate).filter(isRegisterTemplate);

export async function runProbe(text: string, options: WireOptions, language: Language, terminal: Terminal) {
  const templates = registerTemplates();
  const timeout = options.timeout ?? usualTimeout;
  // Some inverters are deaf for a second after every connection.
  const settle = Math.max(...templates.map(({ link }) => link.settle));
  await talk(text, { ...options, settle }, terminal, async ({ endpoint, bus }, unit) => {
    const progress = terminal.progress(
      { zh: '比对模板', en: 'comparing templates' },
      { zh: '个', en: 'templates' },
      language,
    );
    const onProgress = (done: number, total: number) => progress.update(done, total);
    const candidates = await probe({ bus, unit, timeout, templates, clock: terminal.clock, onProgress }).finally(() =>
      progress.clear(),
    );
    const where = endpointText(endpoint);
    if (options.json)
      terminal.print(JSON.stringify({ endpoint: where, unit, candidates: candidates.map(candidateJson) }));
    else terminal.print(printProbe({ endpoint, where, unit, candidates }, language, terminal));
  });
}

const candidateJson = ({ template, fits, good, checks, models }: Candidate) => ({
  ...{ template: template.id, fits, good, points: template.points.length + template.derived.length, models },
  checks: checks.map(({ fc, address, reading, words, value, fault, fits: fitting }) => ({
    ...{ fc, address, type: reading.type, words, value, between: reading.between, fits: fitting },
    ...(fault === undefined ? {} : { failure: fault.failure, exception: fault.exception }),
  })),
});

export async function runRead(
  text: string,
  template: Template,
  options: ReadOptions,
  language: Language,
  terminal: Terminal,
) {
  const { clock } = terminal;
  const { link } = template;
  const own = { unit: options.unit ?? link.unit ?? 1, timeout: options.timeout ?? link.timeout ?? usualTimeout };
  const meter = isRegisterTemplate(template) ? {} : { meter: { address: options.address } };
  await talk(
    text,
    { ...options, ...own, ...meter, template, settle: link.settle },
    terminal,
    async (conversation, unit) => {
      const where = endpointText(conversation.endpoint);
      const reader = readerOf(template, {
        bus: conversation.bus,
        unit,
        address: options.address,
        timeout: own.timeout,
        clock,
      });
      const signal = terminal.stop();
      const times = options.count ?? (options.watch ? Number.POSITIVE_INFINITY : 1);
      let drawn = 0;
      for (let turn = 0; turn < times && !signal.aborted; turn++) {
        if (turn > 0 && !(await pause(terminal, 1_000, signal))) break;
        const started = clock.now();
        let shown: string;
        try {
          const points = await reader.read();
          shown = options.json
            ? JSON.stringify({
                endpoint: where,
                unit,
                template: template.id,
                time: new Date(started).toISOString(),
                points,
              })
            : printLive({ template, where, unit, address: reader.address, time: started, points }, language, terminal);
        } catch (error) {
          // A watched device that goes away is awaited; one that was never there is a diagnosis.
          if (turn === 0 || !(error instanceof LineFault)) throw error;
          shown = options.json
            ? JSON.stringify({
                endpoint: where,
                unit,
                template: template.id,
                time: new Date(started).toISOString(),
                error: error.code,
              })
            : `  ${terminal.paint('red', error.text[language])}`;
        }
        const over = !options.json && drawn > 0 && drawn < terminal.rows ? `\x1b[${drawn}A\x1b[J` : '';
        terminal.print(over + shown);
        drawn = shown.split('\n').length;
      }
    },
  );
}

export async function runGuess(text: string, options: GuessOptions, language: Language, terminal: Terminal) {
  const { address, fc: told, translated } = parseRegisterAddress(options.addr, options.wire);
  const { count, reads, every } = options;
  if (count < 1 || count > mostRegisters)
    throw refuse(
      `--count 应为 1–${mostRegisters}：一次至多读这么多`,
      `--count is 1 to ${mostRegisters}: no more are read at once`,
    );
  if (address + count > 0x1_0000)
    throw refuse(`最后一个寄存器是 65535：减小 --count`, 'the last register is 65535: lower --count');
  if (options.fc !== undefined && options.fc !== 3 && options.fc !== 4)
    throw refuse('--fc 应为 3（保持寄存器）或 4（输入寄存器）', '--fc is 3 (holding registers) or 4 (input registers)');
  await talk(text, options, terminal, async ({ endpoint, bus }, unit) => {
    let fc: 3 | 4 = (options.fc as 3 | 4 | undefined) ?? told ?? 3;
    let switched = false;
    const readings: number[][] = [];
    const signal = terminal.stop();
    for (let turn = 0; turn < Math.max(1, reads) && !signal.aborted; turn++) {
      if (turn > 0 && !(await pause(terminal, every * 1_000, signal))) break;
      try {
        readings.push(await bus.read(unit, fc, address, count));
      } catch (error) {
        const isFree = options.fc === undefined && told === undefined && fc === 3 && turn === 0;
        if (!isFree || !(error instanceof LineFault) || (error.exception !== 1 && error.exception !== 2)) throw error;
        readings.push(await bus.read(unit, 4, address, count));
        fc = 4;
        switched = true;
      }
    }
    const guesses = guess(address, readings);
    const guessed = {
      where: endpointText(endpoint),
      unit,
      fc,
      address,
      count,
      translated,
      switched,
      readings,
      guesses,
    };
    if (options.json) terminal.print(JSON.stringify({ ...guessed, endpoint: guessed.where, where: undefined }));
    else terminal.print(printGuess(guessed, options.all ?? false, language, terminal));
  });
}

export async function runScan(text: string, options: ScanOptions, language: Language, terminal: Terminal) {
  const units = unitsOf(options.units);
  if (units === undefined) throw refuse(`--units 应写成 1-20,247`, '--units is written as 1-20,247');
  const endpoint = parseEndpoint(text, options.protocol);
  // A gateway itself waits about a second before it says that nobody is there; a bus is faster and its silences are many.
  const timeout = options.timeout ?? (endpoint.protocol === 'line' ? 300 : 1_500);
  await talk(text, { ...options, timeout, asked: units.length }, terminal, async ({ bus }) => {
    const progress = terminal.progress({ zh: '扫描', en: 'scanning' }, { zh: '个站号', en: 'unit ids' }, language);
    const signal = terminal.stop();
    const onUnit = ({ asked }: { asked: number }) => progress.update(asked, units.length);
    const result = await scan(bus, units, { timeout, signal, onUnit }).finally(() => progress.clear());
    const meters = endpoint.protocol === 'line' && !signal.aborted ? await findMeters(bus.line, usualTimeout) : [];
    // A scan that found nobody is a case for a diagnosis like any other silence.
    if (result.found.length + meters.length === 0 && !result.interrupted)
      throw new LineFault('timeout', '没有站号应答', 'no unit id answers');
    const identified = new Map<number, Candidate | undefined>();
    for (const unit of options.identify && !signal.aborted ? result.found : []) {
      const candidates = await probe({
        bus,
        unit,
        timeout,
        templates: registerTemplates(),
        clock: terminal.clock,
        signal,
      });
      identified.set(
        unit,
        candidates.find(({ fits }) => fits),
      );
    }
    const where = endpointText(endpoint);
    if (options.json) {
      const found = result.found.map((unit) => ({ unit, template: identified.get(unit)?.template.id }));
      terminal.print(JSON.stringify({ ...result, endpoint: where, found, meters }));
    } else terminal.print(printScan({ ...result, where, units, identified, meters }, language, terminal));
    if (result.interrupted) process.exitCode = interruptedCode;
  });
}

/** As shells say of a program that Ctrl-C ended. */
const interruptedCode = 130;

const refuse = (zh: string, en: string): Fault =>
  new Fault('option_invalid', { zh, en }, { exitCode: exitCodes.configuration });

/** False when the person has seen enough. */
async function pause({ clock }: Terminal, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(milliseconds, signal);
    return true;
  } catch (reason) {
    if (signal.aborted) return false;
    throw reason;
  }
}

type TalkOptions = WireOptions & {
  settle?: number;
  /** Of a scan: how many units are asked. */
  asked?: number;
  template?: Template;
  /** Of a DL/T 645 or CJ/T 188 meter. */
  meter?: { address: string | undefined };
};

/** One conversation with one unit; what goes wrong on the wire is looked into before it is told. */
async function talk(
  text: string,
  { protocol, timeout = usualTimeout, unit = 1, settle = 0, asked, json, template, meter }: TalkOptions,
  { clock, open, columns, print }: Terminal,
  run: (conversation: Conversation, unit: number) => Promise<void>,
): Promise<void> {
  const endpoint: Endpoint = parseEndpoint(text, protocol, template);
  const parts = { clock, timeout, settle, open };
  const conversation = startConversation(endpoint, parts);
  try {
    await run(conversation, unit);
  } catch (error) {
    if (!(error instanceof LineFault)) throw error;
    const evidence = await investigate(conversation, unit, error, { ...parts, settle: 0 }, meter);
    const diagnosis = diagnose(asked === undefined ? evidence : { ...evidence, asked });
    if (!json) throw diagnosisFault(diagnosis, columns);
    print(JSON.stringify({ ok: false, diagnosis, evidence: { ...evidence, received: hexOf(conversation) } }));
    process.exitCode = exitCodes.unavailable;
  } finally {
    conversation.close();
  }
}

const hexOf = ({ said }: Conversation): string => said.received.toString('hex').toUpperCase();

function diagnosisFault(diagnosis: Diagnosis, columns: number): Fault {
  const text = { zh: diagnosisText(diagnosis, 'zh', columns), en: diagnosisText(diagnosis, 'en', columns) };
  return new Fault(diagnosis.code, text, { exitCode: exitCodes.unavailable });
}
