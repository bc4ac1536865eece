import { openSync, readFileSync, writeSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';

/*
 * Loaded before a forecaster's own code (`--import`), on each of its threads. On the thread that fits it takes the time of each
 * request from its arrival to the end of the handler, which sends the answer, by the clock and by the CPU that the thread got, and
 * writes both sums to FIT_CLOCK_FILE after each.
 */
const file = process.env.FIT_CLOCK_FILE;
const LENGTH = 120;

/** Nanoseconds that this thread ran. Source: sched-stats (Linux); NaN elsewhere. */
function ranNanoseconds(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
  } catch {
    return Number.NaN;
  }
}

if (!isMainThread && parentPort && file) {
  const place = openSync(file, 'w');
  const sums = { fits: 0, seconds: 0, cpuSeconds: 0 };
  const on = parentPort.on.bind(parentPort) as (event: string, listener: (message: unknown) => void) => unknown;
  const timed = (listener: (message: unknown) => void) => (message: unknown) => {
    const [began, ran] = [performance.now(), ranNanoseconds()];
    listener(message);
    sums.fits++;
    sums.seconds += (performance.now() - began) / 1e3;
    sums.cpuSeconds += (ranNanoseconds() - ran) / 1e9;
    // In place and of one length: whoever reads meets it whole.
    writeSync(place, JSON.stringify(sums).padEnd(LENGTH), 0);
  };
  Object.assign(parentPort, {
    on: (event: string, listener: (message: unknown) => void) =>
      on(event, event === 'message' ? timed(listener) : listener),
  });
}
