// Owns how a running program ends: the first signal stops it in order, the second one at once.

/** Aborted by Ctrl-C, by a service manager, or by the terminal that goes away. */
export function untilSignalled(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}
