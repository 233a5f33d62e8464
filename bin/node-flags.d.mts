// Owns the types of node-flags.mjs, which runs before anything that could check them is installed.
export function flagsOf(command: string | undefined): string[];
