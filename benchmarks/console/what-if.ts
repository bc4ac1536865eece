import { replayPast, type whatIfWork } from '../../console/what-if/replay-past.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Samples } from '../../core/series.ts';

/** 2026-03-02T06:00:00Z, a Monday. */
const START = 1_772_431_200;
const DAYS = 7;

function week(): Samples {
  const random = seededRandom(7);
  const count = (DAYS * DAY_SECONDS) / MINUTE_SECONDS;
  const times = Float64Array.from({ length: count }, (_, i) => START + i * MINUTE_SECONDS);
  const values = times.map((at) => (600 - 400 * Math.cos((2 * Math.PI * at) / DAY_SECONDS)) * (0.95 + 0.1 * random()));
  return { times, values };
}

/** What one question costs, on this thread. */
export async function whatIfSeconds(): Promise<{ readonly wallSeconds: number; readonly cpuSeconds: number }> {
  const today = { sloPercent: 99.99, startupSeconds: 90, min: 2, max: 40, startCostSeconds: 300 };
  const work: Exclude<ReturnType<typeof whatIfWork>, string> = {
    key: 'shop/Deployment/web',
    podCapacity: 110,
    samples: week(),
    question: {},
    today,
    startupRatio: 0.7,
  };
  const begun = performance.now();
  const cpu = process.cpuUsage();
  replayPast(work);
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 };
}
