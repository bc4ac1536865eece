import { ReplayThread } from '../../console/thread/replay-thread.io.ts';
import type { WhatIfTask, WhatIfWork } from '../../console/what-if/what-if-task.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Samples } from '../../core/series.ts';
import { defaultHpa } from '../../replay/policies/hpa.ts';

/** 2026-03-02T06:00:00Z, a Monday. */
const START = 1_772_431_200;
/** A day of history, and the week that is replayed. */
const DAYS = 8;
const SCRIPT = new URL('../../console/thread/replay-worker.io.js', import.meta.url);

const BOUNDS = { min: 2, max: 40 };
const TASK: WhatIfTask = {
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
};

export interface WhatIfSeconds {
  readonly wall: number;
  /** Of this process, which does nothing else meanwhile. */
  readonly cpu: number;
}

/** What one question takes until the first answer, and until all of it is there. */
export interface WhatIfFigures {
  readonly first: WhatIfSeconds;
  readonly all: WhatIfSeconds;
}

/** The first question, with the start of its thread, and one after a slider was moved. */
export async function whatIfFigures(): Promise<{ readonly begun: WhatIfFigures; readonly moved: WhatIfFigures }> {
  const thread = new ReplayThread(SCRIPT);
  try {
    const begun = await asked(thread, TASK);
    const moved = await asked(thread, { ...TASK, asked: { ...TASK.asked, max: 12 } });
    return { begun, moved };
  } finally {
    thread.close();
  }
}

async function asked(thread: ReplayThread, task: WhatIfTask): Promise<WhatIfFigures> {
  const work: WhatIfWork = { task, samples: weeks(), hpaSamples: null };
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  const since = (): WhatIfSeconds => {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wall: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 };
  };
  let first: WhatIfSeconds | undefined;
  for await (const _ of thread.replay(work, new AbortController().signal)) first ??= since();
  return { first: first!, all: since() };
}

function weeks(): Samples {
  const random = seededRandom(7);
  const count = (DAYS * DAY_SECONDS) / MINUTE_SECONDS;
  const times = Float64Array.from({ length: count }, (_, i) => START + i * MINUTE_SECONDS);
  const values = times.map((at) => (600 - 400 * Math.cos((2 * Math.PI * at) / DAY_SECONDS)) * (0.95 + 0.1 * random()));
  return { times, values };
}
