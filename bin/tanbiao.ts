// Owns the command line: the list of commands, and how a failure looks to the person who meets it.
import { Command } from 'commander';
import { exitCodes, Fault, messageOf } from '../core/fault.ts';
import { languageOf } from '../core/text.ts';
import { software } from './software.ts';

// `tanbiao explain … | head` closes the pipe early: that is the reader's right, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.software),
);

type Home = { commands: string[]; add: (program: Command) => Promise<void> };

/** In the order in which help lists them. Only what is asked for is loaded: a command starts in a third of a second. */
const homes: Home[] = [
  { commands: ['demo', 'up'], add: async (to) => (await import('./commands/demo.ts')).addDemo(to) },
  {
    commands: ['gateway', 'ingest', 'slots', 'scoring', 'dashboards'],
    add: async (to) => (await import('./commands/services.ts')).addServices(to),
  },
  { commands: ['config'], add: async (to) => (await import('./commands/config.ts')).addConfig(to) },
  { commands: ['score', 'plan', 'explain'], add: async (to) => (await import('./commands/score.ts')).addScore(to) },
  { commands: ['cost'], add: async (to) => (await import('./commands/cost.ts')).addCost(to) },
  { commands: ['snapshots', 'verify'], add: async (to) => (await import('./commands/snapshots.ts')).addSnapshots(to) },
  { commands: ['report', 'reports'], add: async (to) => (await import('./commands/reports.ts')).addReports(to) },
  { commands: ['store'], add: async (to) => (await import('./commands/store.ts')).addStore(to) },
  { commands: ['devices'], add: async (to) => (await import('./commands/devices.ts')).addDevices(to) },
  { commands: ['refused'], add: async (to) => (await import('./commands/refused.ts')).addRefused(to) },
  { commands: ['packs'], add: async (to) => (await import('./commands/packs.ts')).addPacks(to) },
  { commands: ['park'], add: async (to) => (await import('./commands/park.ts')).addPark(to) },
  { commands: ['factors'], add: async (to) => (await import('./commands/factors.ts')).addFactors(to) },
  { commands: ['ledger'], add: async (to) => (await import('./commands/ledger.ts')).addLedger(to) },
  { commands: ['backup', 'restore'], add: async (to) => (await import('./commands/backup.ts')).addBackup(to) },
  { commands: ['gaps'], add: async (to) => (await import('./commands/gaps.ts')).addGaps(to) },
  { commands: ['import'], add: async (to) => (await import('./commands/import.ts')).addImport(to) },
  { commands: ['export'], add: async (to) => (await import('./commands/export.ts')).addExport(to) },
  { commands: ['corrections'], add: async (to) => (await import('./commands/corrections.ts')).addCorrections(to) },
  { commands: ['users'], add: async (to) => (await import('./commands/users.ts')).addUsers(to) },
];

const program = new Command('tanbiao')
  .description("碳表 — from a meter's register to a standard's score, every figure traceable.")
  .version(software.version)
  .showHelpAfterError();
const asked = homes.filter(({ commands }) => commands.includes(process.argv[2] ?? ''));
for (const { add } of asked.length > 0 ? asked : homes) await add(program);

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
