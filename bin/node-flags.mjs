// Owns the flags of Node that a command runs with.

/** Readings live for a quarter of a second: a small nursery keeps a gateway of a thousand devices below 250 MB, and its pauses short. */
export const flagsOf = (command) => [
  '--disable-warning=ExperimentalWarning',
  ...(command === 'gateway' ? ['--max-semi-space-size=8'] : []),
];
