// Owns starting the Modbus programs that we did not write: compiled or interpreted here, over TCP or a pair of pseudo-terminals.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram, findPython } from '../../core/real-programs.ts';

export const libmodbus = findProgram('libmodbus');
export const pymodbus = findPython('pymodbus', 'apt install python3-pymodbus');
export const mbpoll = findProgram('mbpoll');
export const socat = findProgram('socat');

const run = promisify(execFile);
const here = (file: string): string => join(import.meta.dirname, file);

/** The commands of peers; C is compiled once a process. */
const compiled = new Map<string, Promise<string>>();

export function compile(name: 'libmodbus_server' | 'libmodbus_client'): Promise<string> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-peer-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, name);
  const done = run(libmodbus.path, ['-O2', '-I/usr/include/modbus', here(`${name}.c`), '-lmodbus', '-o', out]);
  const path = done.then(() => out);
  compiled.set(name, path);
  return path;
}

export type Peer = { child: ChildProcess; said: string; end(): Promise<void> };

/** Starts a server, gives it its registers, and waits for the line by which it says that it serves. */
export async function startPeer(command: string, args: readonly string[], input: string): Promise<Peer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.write(input); // and left open: a peer ends with its input, also when this process dies
  const lines = createInterface(child.stdout);
  const said = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    gone.then(() => Promise.reject(new Error(`${command} ended with ${child.exitCode}`))),
  ]);
  return {
    child,
    said,
    end: async () => {
      child.stdin.end();
      child.kill();
      await gone;
    },
  };
}

export const startLibmodbus = async (args: readonly string[], registers: readonly string[] = []): Promise<Peer> =>
  startPeer(await compile('libmodbus_server'), args, [...registers, '.\n'].join('\n'));

/** By unit, function code and address. */
export type Image = Record<number, Partial<Record<3 | 4, Record<number, number>>>>;

export const startPymodbus = (args: readonly string[], image: Image): Promise<Peer> =>
  startPeer(pymodbus.path, [here('pymodbus_server.py'), ...args], `${JSON.stringify(image)}\n`);

/** What a client printed. */
export async function runPeer(command: string, args: readonly string[], input = ''): Promise<string> {
  const running = run(command, args, { timeout: 120_000 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

export const askPymodbus = async (args: readonly string[], questions: readonly number[][]): Promise<unknown> =>
  JSON.parse(await runPeer(pymodbus.path, [here('pymodbus_client.py'), ...args], JSON.stringify(questions)));

/** Two serial ports that are wired to each other. */
export async function wiredPorts(): Promise<{ ports: [string, string]; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-pty-'));
  const ports: [string, string] = [join(folder, 'a'), join(folder, 'b')];
  const child = spawn(
    socat.path,
    ports.map((port) => `pty,raw,echo=0,link=${port}`),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for (const end = performance.now() + 60_000; !ports.every((port) => existsSync(port)); await pause(10)) {
    if (child.exitCode !== null || performance.now() > end) throw new Error('socat made no ports');
  }
  return {
    ports,
    end: async () => {
      child.kill();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
