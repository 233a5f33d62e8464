// Owns the terminal output in docs/commissioning: the commands shown there are run against simulated meters, and what they print is written back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { freePort } from '../core/free-port.ts';
import { points as catalogue, type PointId } from '../core/points.ts';
import type { Language } from '../core/text.ts';
import { answerOf, readGolden } from '../gateway/golden.ts';
import { openStream } from '../gateway/line/byte-stream.ts';
import { type Dlt645Template, loadTemplate } from '../gateway/template.ts';
import { IdentifierMeter } from '../simulators/dlt645-server.ts';
import { exceptions } from '../simulators/modbus-server.ts';
import { serveLine } from '../simulators/serve-line.ts';
import { serveModbus, type Unit } from '../simulators/serve-modbus.ts';
import { addDevices } from './commands/devices.ts';
import { projectFolder } from './context.ts';
import type { Terminal } from './terminal.ts';

export const commissioningDocuments: Record<string, Language> = {
  'docs/commissioning.md': 'zh',
  'docs/commissioning.en.md': 'en',
};

/** As wide as a page of the documents. */
const columns = 96;
/** In the morning, wherever this runs: the time is told as the clock on the wall tells it. */
const morning = new Date(2026, 2, 16, 9, 30).getTime();

/** The registers of a golden file; what it does not say is refused. */
function goldenUnit(id: string): Unit {
  const [golden] = readGolden(id).cases;
  if (golden === undefined) throw new Error(`${id} has no golden file`);
  return {
    answer(address, count, _time, _faults, fc) {
      const words = answerOf(golden, fc === 4 ? 4 : 3, address, count);
      return words === undefined ? { exception: exceptions.illegalAddress } : { words: words.map((word) => word ?? 0) };
    },
  };
}

/** A meter of no known make: three voltages, a frequency, and a counter that counts with every question. */
function strangeUnit(): Unit {
  let asked = 0;
  return {
    answer(address, count) {
      asked++;
      const words = [2_287 + (asked % 3), 2_301 - (asked % 2), 2_294, 4_998 + (asked % 2), 0x000f, 0x4240 + 3 * asked];
      if (address < 100 || address + count > 100 + words.length) return { exception: exceptions.illegalAddress };
      return { words: words.slice(address - 100, address - 100 + count) };
    },
  };
}

/** A feeder at work. */
function shown(point: PointId): number {
  const { kind } = catalogue[point];
  if (kind === 'counter') return point.endsWith('export') ? 0 : 20_642.18;
  if (point.startsWith('voltage')) return 220.4;
  if (point === 'frequency') return 49.98;
  if (point === 'power_factor') return 0.957;
  return point === 'temperature' ? 31.5 : point.startsWith('current') ? 3.128 : 1.979;
}

async function startMeters() {
  const electricity = loadTemplate('dlt645.three-phase') as Dlt645Template;
  const servers = await Promise.all([
    serveModbus({ units: new Map([[1, goldenUnit('eastron.sdm630')]]) }),
    serveModbus({ units: new Map([[1, strangeUnit()]]) }),
    serveLine({
      units: new Map([1, 4].map((unit) => [unit, goldenUnit('acrel.adw300')])),
      identifiers: new Map([['000102030425', new IdentifierMeter(electricity, shown)]]),
    }),
  ]);
  const nobody = await freePort();
  const ports: Record<string, number | undefined> = {
    '192.168.1.20:502': servers[0].port,
    '192.168.1.21:502': servers[1].port,
    '192.168.1.30:4001': servers[2].port,
    '192.168.1.40:502': nobody,
  };
  const open: typeof openStream = (address, timeout) => {
    const place = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.path;
    const port = ports[place];
    if (port === undefined) throw new Error(`the documents have no meter at ${place}`);
    return openStream({ kind: 'tcp', host: '127.0.0.1', port }, timeout);
  };
  return { open, close: () => Promise.all(servers.map((server) => server.close())) };
}

/** What a person would see who types the command. */
async function outputOf(command: string, language: Language, open: typeof openStream): Promise<string> {
  const printed: string[] = [];
  const terminal: Terminal = {
    ...{ columns, rows: 0, open },
    print: (text) => printed.push(text),
    paint: (_style, text) => text,
    progress: () => ({ update: () => undefined, clear: () => undefined }),
    stop: () => new AbortController().signal,
    clock: {
      ...systemClock,
      now: () => morning,
      // Nobody reads along: what waits for a meter's counter need not.
      sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 50), signal),
      after: (milliseconds, run) => systemClock.after(Math.min(milliseconds, 400), run),
    },
  };
  const program = new Command('tanbiao').exitOverride();
  addDevices(program, () => terminal);
  const [, ...words] = command.split(' ');
  try {
    await program.parseAsync([...words, '--lang', language], { from: 'user' });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    printed.push(`tanbiao: ${error.text[language]}`);
  }
  return printed.join('\n');
}

const block = /```console\n\$ (.*)\n[\s\S]*?```/g;

/** The documents with what their commands print today. */
export async function commissioningPages(): Promise<Record<string, string>> {
  const pages: Record<string, string> = {};
  const written = Object.entries(commissioningDocuments).map(async ([name, language]) => {
    const meters = await startMeters();
    try {
      const text = readFileSync(join(projectFolder, name), 'utf8');
      const outputs = new Map<string, string>();
      for (const [, command = ''] of text.matchAll(block))
        outputs.set(command, await outputOf(command, language, meters.open));
      pages[name] = text.replace(block, (_whole, command: string) => {
        return `\`\`\`console\n$ ${command}\n${outputs.get(command)}\n\`\`\``;
      });
    } finally {
      await meters.close();
    }
  });
  await Promise.all(written);
  return pages;
}
