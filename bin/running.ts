// Owns the note that a running process leaves in the data folder, so that other commands find it.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Running = { pid: number; answers?: string | undefined; broker: string; control?: string };

const fileOf = (dataFolder: string): string => join(dataFolder, 'running.json');

/** Gives the way to take the note back. */
export function announceRunning(dataFolder: string, what: Omit<Running, 'pid'>): () => void {
  const file = fileOf(dataFolder);
  const whole = `${file}.${process.pid}`; // whoever looks must find the old note or the new one, never half of it
  writeFileSync(whole, JSON.stringify({ pid: process.pid, ...what } satisfies Running));
  renameSync(whole, file);
  return () => rmSync(file, { force: true });
}

export function whoRuns(dataFolder: string): Running | undefined {
  const file = fileOf(dataFolder);
  if (!existsSync(file)) return undefined;
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running;
  try {
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined; // it was killed and left its note behind
  }
}
