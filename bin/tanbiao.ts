// Owns the command line: the list of commands, and how a failure looks to the person who meets it.
import { Command } from 'commander';
import { exitCodes, Fault, messageOf } from '../core/fault.ts';
import { languageOf } from '../core/text.ts';
import { addBackup } from './commands/backup.ts';
import { addConfig } from './commands/config.ts';
import { addCorrections } from './commands/corrections.ts';
import { addCost } from './commands/cost.ts';
import { addDemo } from './commands/demo.ts';
import { addDevices } from './commands/devices.ts';
import { addExport } from './commands/export.ts';
import { addFactors } from './commands/factors.ts';
import { addGaps } from './commands/gaps.ts';
import { addImport } from './commands/import.ts';
import { addLedger } from './commands/ledger.ts';
import { addPacks } from './commands/packs.ts';
import { addPark } from './commands/park.ts';
import { addRefused } from './commands/refused.ts';
import { addReports } from './commands/reports.ts';
import { addScore } from './commands/score.ts';
import { addServices } from './commands/services.ts';
import { addSnapshots } from './commands/snapshots.ts';
import { addStore } from './commands/store.ts';
import { addUsers } from './commands/users.ts';
import { software } from './software.ts';

// `tanbiao explain … | head` closes the pipe early: that is the reader's right, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.software),
);

const program = new Command('tanbiao')
  .description("碳表 — from a meter's register to a standard's score, every figure traceable.")
  .version(software.version)
  .showHelpAfterError();
addDemo(program);
addServices(program);
addConfig(program);
addScore(program);
addCost(program);
addSnapshots(program);
addReports(program);
addStore(program);
addDevices(program);
addRefused(program);
addPacks(program);
addPark(program);
addFactors(program);
addLedger(program);
addBackup(program);
addGaps(program);
addImport(program);
addExport(program);
addCorrections(program);
addUsers(program);

function languageAsked(): 'zh' | 'en' {
  const at = process.argv.indexOf('--lang');
  const asked = at < 0 ? undefined : process.argv[at + 1];
  return asked === 'zh' || asked === 'en' ? asked : languageOf(process.env);
}

try {
  await program.parseAsync();
  await new Promise((resolve) => process.stdout.write('', resolve));
  // Worker threads and sockets are closed by then; whatever a library left behind must not keep the terminal waiting.
  process.exit(process.exitCode ?? 0);
} catch (error) {
  console.error(`tanbiao: ${messageOf(error, languageAsked())}`);
  if (!(error instanceof Fault) && error instanceof Error) console.error(error.stack);
  process.exit(error instanceof Fault ? error.exitCode : exitCodes.software);
}
