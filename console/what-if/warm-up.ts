import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { defaultHpa } from '../../replay/policies/hpa.ts';
import type { WhatIfWork } from './what-if-task.ts';

/** 2026-03-02T06:00:00Z, a Monday. */
const START = 1_772_431_200;
/** A day of history and two that are replayed: after them most of a week's code is compiled. */
const DAYS = 3;
const BOUNDS = { min: 2, max: 40 };

/** A made load like any other, whose replay goes through what every replay does. @param days the first one is history */
export function warmUpWork(days = DAYS): WhatIfWork {
  const random = seededRandom(7);
  const times = Float64Array.from(
    { length: (days * DAY_SECONDS) / MINUTE_SECONDS },
    (_, i) => START + i * MINUTE_SECONDS,
  );
  const values = times.map((at) => (600 - 400 * Math.cos((2 * Math.PI * at) / DAY_SECONDS)) * (0.95 + 0.1 * random()));
  return {
    task: {
      key: 'shop/Deployment/web',
      podCapacity: 110,
      metric: { index: 0, name: 'http-requests' },
      hpaMetric: null,
      hpa: {
        source: 'default',
        name: 'default',
        note: '',
        object: null,
        target: '70 % of what one pod serves',
        rule: defaultHpa(1, 0.7, 300, BOUNDS),
        metric: undefined,
      },
      asked: { sloPercent: 99.99, startupSeconds: 90, ...BOUNDS, startCostSeconds: 300, price: null, podCapacity: 110 },
      leastStabilizationTicks: null,
      startupRatio: 0.7,
      leftOut: ['neural'],
      annotate: null,
    },
    samples: { times, values },
    hpaSamples: null,
  };
}
