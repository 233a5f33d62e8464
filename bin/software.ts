// Owns the program's name and version, as package.json says them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './context.ts';

const { name, version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

export const software = { name, version };
