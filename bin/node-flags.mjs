// Owns the flags of Node that a command runs with.

/** Those that run for months, and the benches of them. */
const services = ['up', 'demo', 'gateway', 'ingest', 'scoring', 'dashboards', 'soak', 'pages'];

/**
 * V8 lets garbage grow to several times what lives, and a plant's computer has other work: services collect when it is half of that.
 * Readings live for a quarter of a second, a nursery of 16 MB is enough for them; one of 8 keeps a gateway of a thousand devices
 * below 250 MB, and its pauses short.
 */
export const flagsOf = (command) => [
  '--disable-warning=ExperimentalWarning',
  ...(services.includes(command)
    ? ['--heap-growing-percent=50', `--max-semi-space-size=${command === 'gateway' ? 8 : 16}`]
    : []),
];
