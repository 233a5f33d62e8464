// Owns the real programs that tests run against: finds them, starts them on loopback, ends them by their own process.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

export type Program =
  | 'chromium'
  | 'mosquitto'
  | 'influxd'
  | 'victoria-metrics'
  | 'mbpoll'
  | 'socat'
  | 'libmodbus'
  | 'openssl'
  | 'pdftotext'
  | 'python3'
  | 'systemd-analyze'
  | 'unshare';

/** `needs`: a file that comes with it, where the program alone is not enough. */
const programs: Record<Program, { names: readonly string[]; get: string; needs?: string }> = {
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], get: 'apt install chromium fonts-noto-cjk' },
  mosquitto: { names: ['mosquitto'], get: 'apt install mosquitto' },
  influxd: { names: ['influxd'], get: 'apt install influxdb' },
  'victoria-metrics': { names: ['victoria-metrics'], get: 'apt install victoria-metrics' },
  mbpoll: { names: ['mbpoll'], get: 'apt install mbpoll' },
  socat: { names: ['socat'], get: 'apt install socat' },
  libmodbus: {
    names: ['gcc', 'cc'],
    needs: '/usr/include/modbus/modbus.h',
    get: 'apt install gcc libc6-dev libmodbus-dev',
  },
  openssl: { names: ['openssl'], get: 'apt install openssl' },
  pdftotext: { names: ['pdftotext'], get: 'apt install poppler-utils' },
  python3: { names: ['python3'], get: 'apt install python3' },
  'systemd-analyze': { names: ['systemd-analyze'], get: 'apt install systemd' },
  unshare: { names: ['unshare'], get: 'apt install util-linux' },
};

export type Found = { path: string; skip: false } | { path: ''; skip: string };

/** Where a program is. A test without it passes `skip: reason`; with REQUIRE_REAL=1 it must fail instead. */
export function findProgram(program: Program): Found {
  const { names, get, needs } = programs[program];
  // Debian keeps servers where only root looks.
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined && (needs === undefined || existsSync(needs))) return { path: found, skip: false };
  }
  return missing(`${program} is not installed: ${get}`);
}

/** Debian's own Python, which has Debian's Python packages. */
export function findPython(module: string, get: string): Found {
  const path = '/usr/bin/python3';
  const folder = `/usr/lib/python3/dist-packages/${module}`;
  return existsSync(path) && existsSync(folder)
    ? { path, skip: false }
    : missing(`${module} for ${path} is not installed: ${get}`);
}

function missing(reason: string): { path: ''; skip: string } {
  if (process.env.REQUIRE_REAL === '1') throw new Error(reason);
  return { path: '', skip: reason };
}

export type RunningProgram = {
  child: ChildProcess;
  /** Ends the process and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

/** Starts a server and waits until its port answers. */
export async function startServer(path: string, args: readonly string[], port: number): Promise<RunningProgram> {
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for (const end = performance.now() + 120_000; !(await answers(port)); ) {
    if (child.exitCode !== null || performance.now() > end) throw new Error(`${path} did not come up: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return {
    child,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await gone;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
